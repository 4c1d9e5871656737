#include "client.h"
#include "request.h"

abi_stream client_new(const struct constants *constants) {
    return constants;
}

void client_headers(abi_stream stream, abi_handle envoy) {
    (void)stream, (void)envoy;
}

void client_complete(abi_stream stream, abi_handle envoy, struct report *report) {
    struct abi_timing timing = {0};
    struct entry *entry = entry_begin(report);
    CALLBACK(http_get_timing_info)(envoy, &timing);
    entry_constants(entry, stream);
    bool grpc = request_put_start(entry, envoy, timing.start_unix_ns);
    request_put_end(entry, envoy, &timing, grpc);
    entry_end(entry, report);
}

void client_free(abi_stream stream) {
    (void)stream;
}
