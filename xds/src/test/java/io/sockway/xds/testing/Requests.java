package io.sockway.xds.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** What clients do, proper and not: requests, gRPC calls, text that is no request, bytes over TCP. */
public final class Requests {
    /** How many messages a gRPC call has, and how many {@link Backends} answer to it. */
    public static final int GRPC_REQUEST_MESSAGES = 2;
    public static final int GRPC_RESPONSE_MESSAGES = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final String address;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Asks at ports of this address. */
    public Requests(String address) {
        this.address = address;
    }

    /** The status that is answered; {@code headers} are names and values in turn. */
    public int get(int port, String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(port, path)).timeout(PATIENCE);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    /** A call with two messages, of 3 and 0 bytes. */
    public void callGrpc(int port) throws IOException, InterruptedException {
        byte[] body = {0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0};
        HttpRequest call = HttpRequest.newBuilder(uri(port, "/grpc/Method")).header("content-type", "application/grpc")
                .header("te", "trailers").timeout(PATIENCE).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
        assertThat(client.send(call, HttpResponse.BodyHandlers.ofByteArray()).statusCode()).isEqualTo(200);
    }

    private URI uri(int port, String path) {
        return URI.create("http://" + address + ":" + port + path);
    }

    /** Sends text as it is, and reads the answer or hangs up before it comes. */
    public void send(int port, String text, boolean read) throws IOException {
        try (Socket socket = connect(port)) {
            socket.getOutputStream().write(text.getBytes());
            pause(20);
            if (read) {
                socket.getInputStream().read(new byte[1000]);
            }
        }
    }

    /** A connection that gives up reading after a while. */
    public Socket connect(int port) throws IOException {
        Socket socket = new Socket(address, port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    /** Sends so many bytes and reads them back. */
    public void echo(int port, int bytes) throws IOException {
        try (Socket socket = connect(port)) {
            Thread writer = Thread.startVirtualThread(() -> {
                try {
                    socket.getOutputStream().write(new byte[bytes]);
                    socket.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(bytes)).hasSize(bytes);
            writer.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
