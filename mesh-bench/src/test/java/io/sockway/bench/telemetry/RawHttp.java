package io.sockway.bench.telemetry;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One kept connection that sends requests written by hand. */
final class RawHttp implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    /**
     * An answer.
     *
     * @param status its code
     * @param headers in lower case, without the status
     */
    record Answer(int status, Map<String, String> headers) {
    }

    RawHttp(String address, int port) throws IOException {
        socket = new Socket(address, port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    }

    /** Sends GETs for the paths, one after the other, and returns how often each status came. */
    Map<Integer, Integer> get(String... paths) throws IOException {
        Map<Integer, Integer> statuses = new TreeMap<>();
        for (String path : paths) {
            ask(path);
            statuses.merge(read().status(), 1, Integer::sum);
        }
        return statuses;
    }

    /** Sends a GET and does not wait. */
    void ask(String path) throws IOException {
        send("GET " + path + " HTTP/1.1\r\nhost: web\r\n\r\n");
    }

    /** Sends text as it is. */
    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads one answer to its end. */
    Answer read() throws IOException {
        int status = Integer.parseInt(line().split(" ")[1]);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        in.skipNBytes(Long.parseLong(headers.getOrDefault("content-length", "0")));
        return new Answer(status, headers);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the connection ended");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
