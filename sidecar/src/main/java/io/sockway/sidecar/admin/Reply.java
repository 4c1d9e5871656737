package io.sockway.sidecar.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;

/**
 * An answer to a request. {@code body} belongs to the reply and is not changed.
 *
 * @param contentType of the body
 * @param body in pieces
 * @param gzip whether it is packed
 * @param contentSecurityPolicy what a browser may load for it
 * @param last whether the connection ends with it
 */
record Reply(HttpResponseStatus status, String contentType, List<byte[]> body, boolean gzip, String contentSecurityPolicy,
        boolean last) {
    private static final String NOTHING = "default-src 'none'; frame-ancestors 'none'";

    private Reply(HttpResponseStatus status, String contentType, String body) {
        this(status, contentType, List.of(body.getBytes(UTF_8)), false, NOTHING, false);
    }

    static Reply text(HttpResponseStatus status, String line) {
        return new Reply(status, "text/plain; charset=utf-8", line + "\n");
    }

    static Reply json(JsonElement tree) {
        return new Reply(HttpResponseStatus.OK, "application/json", tree.toString());
    }

    static Reply yaml(String document) {
        return new Reply(HttpResponseStatus.OK, "application/yaml", document);
    }

    static Reply metrics(String contentType, String exposition) {
        return new Reply(HttpResponseStatus.OK, contentType, exposition);
    }

    static Reply metrics(String contentType, Segments exposition, boolean gzip) {
        return new Reply(HttpResponseStatus.OK, contentType, exposition.bytes(), gzip, NOTHING, false);
    }

    static Reply page(byte[] html, String contentSecurityPolicy) {
        return new Reply(HttpResponseStatus.OK, "text/html; charset=utf-8", List.of(html), false, contentSecurityPolicy, false);
    }

    /** How many bytes the body has. */
    int length() {
        return body.stream().mapToInt(piece -> piece.length).sum();
    }

    /** The same, after which the connection is closed. */
    Reply closing() {
        return new Reply(status, contentType, body, gzip, contentSecurityPolicy, true);
    }
}
