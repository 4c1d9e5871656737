package io.sockway.bench.hop;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.Resource;
import io.sockway.bench.lab.Scope;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A kept-alive connection of this process to a server in a pod. The scope that it was opened in owns it. */
final class HttpConnection implements Resource {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String HEAD_END = "\r\n\r\n";
    private static final Pattern HEAD = Pattern.compile("HTTP/1\\.1 200 .*\r\nContent-Length: (\\d+)\r\n.*", Pattern.DOTALL);

    private final Socket socket;
    private final InputStream input;

    /**
     * An answer.
     *
     * @param body as text
     * @param exchanged how many bytes the request and the answer have, with their heads
     */
    record Reply(String body, long exchanged) {
    }

    private HttpConnection(Socket socket) {
        this.socket = socket;
        try {
            this.input = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new LabException("cannot read a connection that was just made", e);
        }
    }

    /** Connects to {@code server}, as soon as it listens. */
    static HttpConnection open(Scope scope, Pod pod, LabProcess server, String address, int port) {
        Socket[] socket = new Socket[1];
        Await.until(() -> {
            server.requireAlive();
            socket[0] = connect(pod, address, port);
            return socket[0] != null;
        }, LIMIT, () -> "%s does not listen on port %d".formatted(server.name(), port));
        return scope.own(() -> new HttpConnection(socket[0]));
    }

    /** Asks for a path and waits for the whole answer; {@code host} is what the request says of the server. */
    Reply get(String host, String path) {
        byte[] request = "GET %s HTTP/1.1\r\nHost: %s%s".formatted(path, host, HEAD_END).getBytes(StandardCharsets.ISO_8859_1);
        try {
            socket.getOutputStream().write(request);
            StringBuilder head = new StringBuilder();
            while (head.indexOf(HEAD_END) < 0) {
                int next = input.read();
                if (next < 0) {
                    throw new LabException("the server closed the connection instead of answering");
                }
                head.append((char) next);
            }
            Matcher matcher = HEAD.matcher(head);
            if (!matcher.matches()) {
                throw new LabException("GET %s was answered by: %s".formatted(path, head.substring(0, head.indexOf("\r"))));
            }
            String body = new String(input.readNBytes(Integer.parseInt(matcher.group(1))), StandardCharsets.ISO_8859_1);
            return new Reply(body, request.length + head.length() + body.length());
        } catch (IOException e) {
            throw new LabException("no answer to GET " + path, e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new LabException("cannot close a connection", e);
        }
    }

    /** Null if nobody listens. */
    private static Socket connect(Pod pod, String address, int port) {
        try {
            return pod.namespace().call(() -> {
                Socket made = new Socket();
                made.setSoTimeout((int) LIMIT.toMillis());
                made.setTcpNoDelay(true);
                try {
                    made.connect(new InetSocketAddress(address, port), (int) LIMIT.toMillis());
                    return made;
                } catch (IOException e) {
                    made.close();
                    throw e;
                }
            });
        } catch (ConnectException e) {
            return null;
        } catch (Exception e) {
            throw new LabException("cannot connect to %s:%d in a pod".formatted(address, port), e);
        }
    }
}
