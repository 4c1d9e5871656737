package io.sockway.sidecar.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a client asks for.
 *
 * @param path without a query
 * @param accept the Accept headers, empty without one
 * @param gzip whether the client can unpack it
 */
record Ask(String path, String accept, boolean gzip) {

    static Ask of(HttpRequest request) {
        int query = request.uri().indexOf('?');
        boolean gzip = request.headers().getAll(HttpHeaderNames.ACCEPT_ENCODING).stream().flatMap(value -> Stream.of(value.split(",")))
                .map(coding -> coding.replace(" ", "").toLowerCase(Locale.ROOT))
                .anyMatch(coding -> coding.startsWith("gzip") && !coding.matches("gzip;q=0(\\.0*)?"));
        return new Ask(query < 0 ? request.uri() : request.uri().substring(0, query),
                String.join(",", request.headers().getAll(HttpHeaderNames.ACCEPT)), gzip);
    }
}
