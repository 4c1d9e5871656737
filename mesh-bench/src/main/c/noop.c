/* An HTTP filter that does nothing: what the extension point itself costs. */
#include "passive_hooks.h"

static const char nothing;

const char *envoy_dynamic_module_on_program_init(void) {
    return ABI_VERSION;
}

abi_config envoy_dynamic_module_on_http_filter_config_new(abi_handle envoy, struct abi_text name, struct abi_text config) {
    (void)envoy, (void)name, (void)config;
    return &nothing;
}

void envoy_dynamic_module_on_http_filter_config_destroy(abi_config config) {
    (void)config;
}

abi_stream envoy_dynamic_module_on_http_filter_new(abi_config config, abi_handle envoy) {
    (void)envoy;
    return config;
}

void envoy_dynamic_module_on_http_filter_stream_complete(abi_handle envoy, abi_stream stream) {
    (void)envoy, (void)stream;
}

int envoy_dynamic_module_on_http_filter_request_headers(abi_handle envoy, abi_stream stream, bool end) {
    (void)envoy, (void)stream, (void)end;
    return ABI_CONTINUE;
}

void envoy_dynamic_module_on_http_filter_destroy(abi_stream stream) {
    (void)stream;
}
