package io.sockway.sidecar.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * An answer to a request. {@code body} belongs to the reply and is not changed.
 *
 * @param contentType of the body
 * @param contentSecurityPolicy what a browser may load for it
 * @param last whether the connection ends with it
 */
record Reply(HttpResponseStatus status, String contentType, byte[] body, String contentSecurityPolicy, boolean last) {
    private static final String NOTHING = "default-src 'none'; frame-ancestors 'none'";

    static Reply text(HttpResponseStatus status, String line) {
        return new Reply(status, "text/plain; charset=utf-8", (line + "\n").getBytes(UTF_8), NOTHING, false);
    }

    static Reply json(JsonElement tree) {
        return new Reply(HttpResponseStatus.OK, "application/json", tree.toString().getBytes(UTF_8), NOTHING, false);
    }

    static Reply metrics(String contentType, String exposition) {
        return new Reply(HttpResponseStatus.OK, contentType, exposition.getBytes(UTF_8), NOTHING, false);
    }

    static Reply page(byte[] html, String contentSecurityPolicy) {
        return new Reply(HttpResponseStatus.OK, "text/html; charset=utf-8", html, contentSecurityPolicy, false);
    }

    /** The same, after which the connection is closed. */
    Reply closing() {
        return new Reply(status, contentType, body, contentSecurityPolicy, true);
    }
}
