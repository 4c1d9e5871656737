package io.sockway.xds.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What an Envoy under test proxies to: an HTTP server, one that echoes bytes, and one that breaks every connection. */
public final class Backends implements AutoCloseable {
    private final HttpServer http;
    private final ServerSocket echo;
    private final ServerSocket broken;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger flaky = new AtomicInteger();

    /** Serves on free ports of a loopback address. */
    public Backends(String address) throws IOException {
        InetAddress loopback = InetAddress.getByName(address);
        echo = new ServerSocket(0, 50, loopback);
        broken = new ServerSocket(0, 50, loopback);
        http = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        http.setExecutor(threads);
        http.createContext("/", exchange -> answer(exchange, 200, "fine".getBytes()));
        http.createContext("/slow", exchange -> {
            Requests.pause(400);
            answer(exchange, 200, new byte[10]);
        });
        http.createContext("/flaky", exchange -> answer(exchange, flaky.getAndIncrement() % 2 == 0 ? 503 : 200, new byte[100]));
        http.createContext("/grpc", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("content-type", "application/grpc");
            exchange.getResponseHeaders().add("grpc-status", "5");
            // Three messages of 0, 2 and 1 bytes.
            answer(exchange, 200, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9, 0, 0, 0, 0, 1, 9});
        });
        http.start();
        accept(echo, socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
        accept(broken, socket -> socket.getInputStream().read());
    }

    public int httpPort() {
        return http.getAddress().getPort();
    }

    public int echoPort() {
        return echo.getLocalPort();
    }

    public int brokenPort() {
        return broken.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        http.stop(0);
        echo.close();
        broken.close();
        threads.shutdownNow();
    }

    private interface Handler {
        void handle(Socket socket) throws IOException;
    }

    private void accept(ServerSocket server, Handler handler) {
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket accepted = server.accept();
                    threads.execute(() -> {
                        try (Socket socket = accepted) {
                            handler.handle(socket);
                        } catch (IOException e) {
                            // The other end went away, which is part of the tests.
                            return;
                        }
                    });
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (InputStream in = exchange.getRequestBody()) {
            in.readAllBytes();
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
