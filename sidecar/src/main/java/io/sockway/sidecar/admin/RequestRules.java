package io.sockway.sidecar.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;

/**
 * Which requests are not looked at further.
 *
 * @param loopback whether the server listens on a loopback address only
 */
record RequestRules(boolean loopback) {

    /** Why {@code request} is refused, or null. Needs only the head of the request. */
    Reply refusal(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return malformed(request.decoderResult().cause()).closing();
        }
        if (request.protocolVersion().majorVersion() != 1) {
            return Reply.text(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "this server speaks HTTP/1.1").closing();
        }
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1 || hosts.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return Reply.text(HttpResponseStatus.BAD_REQUEST, "a request needs one Host header").closing();
        }
        if (!request.uri().startsWith("/")) {
            return Reply.text(HttpResponseStatus.BAD_REQUEST, "the request target has to be a path").closing();
        }
        if (loopback && !hosts.isEmpty() && !HostRule.isLocal(hosts.getFirst().strip())) {
            return Reply.text(HttpResponseStatus.FORBIDDEN, "the Host header has to be an IP address or localhost").closing();
        }
        if (HttpUtil.is100ContinueExpected(request)) {
            return Reply.text(HttpResponseStatus.EXPECTATION_FAILED, "this server takes no request bodies").closing();
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            return Reply.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET and HEAD");
        }
        return null;
    }

    static Reply malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return Reply.text(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is too long");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Reply.text(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's headers are too large");
        }
        return Reply.text(HttpResponseStatus.BAD_REQUEST, "not a valid HTTP/1.1 request");
    }
}
