/* Hooks of an HTTP filter that looks at no more than requests' headers and streams' ends. For one source file of a module. */
#ifndef SOCKWAY_BENCH_PASSIVE_HOOKS_H
#define SOCKWAY_BENCH_PASSIVE_HOOKS_H

#include "abi.h"

int envoy_dynamic_module_on_http_filter_request_body(abi_handle envoy, abi_stream stream, bool end) {
    (void)envoy, (void)stream, (void)end;
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_request_trailers(abi_handle envoy, abi_stream stream) {
    (void)envoy, (void)stream;
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_response_headers(abi_handle envoy, abi_stream stream, bool end) {
    (void)envoy, (void)stream, (void)end;
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_response_body(abi_handle envoy, abi_stream stream, bool end) {
    (void)envoy, (void)stream, (void)end;
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_response_trailers(abi_handle envoy, abi_stream stream) {
    (void)envoy, (void)stream;
    return ABI_CONTINUE;
}

void envoy_dynamic_module_on_http_filter_http_callout_done(void) {}
void envoy_dynamic_module_on_http_filter_http_stream_headers(void) {}
void envoy_dynamic_module_on_http_filter_http_stream_data(void) {}
void envoy_dynamic_module_on_http_filter_http_stream_trailers(void) {}
void envoy_dynamic_module_on_http_filter_http_stream_complete(void) {}
void envoy_dynamic_module_on_http_filter_http_stream_reset(void) {}
void envoy_dynamic_module_on_http_filter_scheduled(void) {}
void envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(void) {}
void envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(void) {}

#endif
