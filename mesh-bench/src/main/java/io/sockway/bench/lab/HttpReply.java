package io.sockway.bench.lab;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * An HTTP response.
 *
 * @param status the code
 * @param server the header of that name, or null
 * @param body its bytes as text
 */
public record HttpReply(int status, String server, String body) {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** One GET on a connection of its own, made by the calling thread and no other. */
    public static HttpReply get(URI uri) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout((int) LIMIT.toMillis());
        connection.setReadTimeout((int) LIMIT.toMillis());
        // A kept connection would be watched by a thread that stays in the caller's network namespace.
        connection.setRequestProperty("Connection", "close");
        int status = connection.getResponseCode();
        try (InputStream body = status < HttpURLConnection.HTTP_BAD_REQUEST ? connection.getInputStream() : connection.getErrorStream()) {
            return new HttpReply(status, connection.getHeaderField("server"),
                    body == null ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            connection.disconnect();
        }
    }
}
