#include "client.h"
#include "report_protobuf.h"
#include "request.h"

#include <stdlib.h>

/* What the original's filter held of a stream until its end. */
struct stream {
    const struct constants *constants;
    struct entry *entry; /* NULL before the headers */
    bool grpc;
};

static struct stream *stream_of(abi_stream stream) {
    return (struct stream *)(uintptr_t)stream;
}

abi_stream client_new(const struct constants *constants) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        abort();
    }
    stream->constants = constants;
    return stream;
}

void client_headers(abi_stream in, abi_handle envoy) {
    struct stream *stream = stream_of(in);
    stream->entry = entry_begin(NULL);
    entry_constants(stream->entry, stream->constants);
    stream->grpc = request_put_start(stream->entry, envoy, wall_clock_ns());
}

void client_complete(abi_stream in, abi_handle envoy, struct report *report) {
    struct stream *stream = stream_of(in);
    struct abi_timing timing = {0};
    struct pair headers[MOST_HEADERS];
    /* Requests that were answered before they came to this filter. */
    if (!stream->entry) {
        client_headers(in, envoy);
    }
    CALLBACK(http_get_timing_info)(envoy, &timing);
    request_put_end(stream->entry, envoy, &timing, stream->grpc);
    entry_tracing_headers(stream->entry, request_headers_name(), headers, request_get_headers(envoy, ABI_REQUEST_HEADERS, headers));
    entry_end(stream->entry, report);
    stream->entry = NULL;
}

void client_free(abi_stream in) {
    struct stream *stream = stream_of(in);
    if (stream->entry) {
        entry_end(stream->entry, NULL);
    }
    free(stream);
}
