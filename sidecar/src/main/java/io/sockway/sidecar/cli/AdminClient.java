package io.sockway.sidecar.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;

/** Asks the admin server of a running sidecar. The JDK's old client is the one that is loaded in no time. */
final class AdminClient {
    private static final int CONNECT_MILLIS = 500;

    private final String base;
    private final Duration patience;

    AdminClient(InetSocketAddress address, Duration patience) {
        this.base = "http://" + Lines.hostPort(address);
        this.patience = patience;
    }

    /** The answer's document; {@code null} where there is none at this path. */
    JsonObject get(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create(base + path).toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout((int) patience.toMillis());
        try {
            if (connection.getResponseCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return null;
            }
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException("answered " + connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                return JsonParser.parseString(new String(in.readAllBytes(), UTF_8)).getAsJsonObject();
            }
        } catch (JsonParseException | IllegalStateException e) {
            throw new IOException("did not answer with JSON", e);
        } finally {
            connection.disconnect();
        }
    }

    @Override
    public String toString() {
        return base + "/";
    }
}
