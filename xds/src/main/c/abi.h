/*
 * Envoy's dynamic-module ABI, version v0.2.0 (Envoy 1.40): the part that the stats plugin uses. Envoy checks only that the mandatory hooks
 * are there and that every callback resolves, never their types: these declarations were tried against the binary by the tests.
 *
 * Hooks (envoy_dynamic_module_on_*) are ours, called by Envoy. Callbacks (envoy_dynamic_module_callback_*) are Envoy's. Text that a callback
 * hands out belongs to Envoy, has no terminator, and is valid until the hook returns.
 */
#ifndef SOCKWAY_ABI_H
#define SOCKWAY_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ABI_VERSION "v0.2.0"

#define HOOK __attribute__((visibility("default")))

struct abi_text {
    const char *data;
    size_t length;
};

enum abi_log_level { ABI_LOG_INFO = 2, ABI_LOG_ERROR = 4 };

/* Attributes of a stream or connection, by their number. */
enum abi_attribute {
    ABI_REQUEST_TOTAL_SIZE = 14,
    ABI_RESPONSE_CODE = 15,
    ABI_RESPONSE_FLAGS = 17,
    ABI_GRPC_STATUS = 18,
    ABI_RESPONSE_TOTAL_SIZE = 22,
    ABI_LOCAL_URI_SAN = 36,
    ABI_PEER_URI_SAN = 37,
    ABI_UPSTREAM_ADDRESS = 41,
    ABI_UPSTREAM_LOCAL_URI_SAN = 48,
    ABI_UPSTREAM_PEER_URI_SAN = 49,
    ABI_ROUTE_NAME = 61,
};

enum abi_metadata_source { ABI_METADATA_HOST = 3 };

enum abi_header_map { ABI_REQUEST_HEADERS = 0 };

enum abi_body { ABI_RECEIVED_REQUEST_BODY = 0, ABI_RECEIVED_RESPONSE_BODY = 2 };

enum abi_connection_event { ABI_REMOTE_CLOSE = 0, ABI_LOCAL_CLOSE = 1 };

/* Hooks that may hold a stream back return a status; 0 lets it go on. */
enum abi_status { ABI_CONTINUE = 0 };

/* Times of a stream. Envoy 1.40 writes 19 of these numbers and a flag for each; the tail leaves room for what a later one may add. */
struct abi_timing {
    int64_t start_unix_ns;
    int64_t unused[16];
    int64_t request_complete_duration_ns; /* from the start to the last byte answered; not positive when it is not known */
    int64_t downstream_end_ns;
    uint8_t tail[744];
};

typedef const void *abi_config;
typedef const void *abi_stream;
typedef void *abi_handle;

#define CALLBACK(name) envoy_dynamic_module_callback_##name

void CALLBACK(log)(int level, struct abi_text message);
uint32_t CALLBACK(get_concurrency)(void);
bool CALLBACK(is_validation_mode)(void);

uint32_t CALLBACK(http_filter_get_worker_index)(abi_handle stream);
bool CALLBACK(http_filter_get_attribute_int)(abi_handle stream, int attribute, uint64_t *value);
bool CALLBACK(http_filter_get_attribute_string)(abi_handle stream, int attribute, struct abi_text *value);
bool CALLBACK(http_get_cluster_name)(abi_handle stream, struct abi_text *name);
bool CALLBACK(http_get_metadata_string)(abi_handle stream, int source, struct abi_text name_space, struct abi_text key,
                                        struct abi_text *value);
bool CALLBACK(http_get_downstream_direct_remote_address)(abi_handle stream, struct abi_text *address_and_port);
void CALLBACK(http_get_timing_info)(abi_handle stream, struct abi_timing *timing);
bool CALLBACK(http_get_header)(abi_handle stream, int map, struct abi_text key, struct abi_text *value, size_t index, size_t *count);
size_t CALLBACK(http_get_body_chunks_size)(abi_handle stream, int body);
bool CALLBACK(http_get_body_chunks)(abi_handle stream, int body, struct abi_text *chunks);

uint32_t CALLBACK(network_filter_get_worker_index)(abi_handle connection);
bool CALLBACK(network_filter_get_attribute_int)(abi_handle connection, int attribute, uint64_t *value);
bool CALLBACK(network_filter_get_attribute_string)(abi_handle connection, int attribute, struct abi_text *value);
bool CALLBACK(network_filter_get_direct_remote_address)(abi_handle connection, struct abi_text *address, uint32_t *port);
bool CALLBACK(network_filter_get_upstream_host_address)(abi_handle connection, struct abi_text *address, uint32_t *port);
bool CALLBACK(network_filter_get_upstream_host_cluster)(abi_handle connection, struct abi_text *name);

HOOK const char *envoy_dynamic_module_on_program_init(void);

HOOK abi_config envoy_dynamic_module_on_http_filter_config_new(abi_handle envoy, struct abi_text name, struct abi_text json);
HOOK void envoy_dynamic_module_on_http_filter_config_destroy(abi_config config);
HOOK abi_stream envoy_dynamic_module_on_http_filter_new(abi_config config, abi_handle envoy);
HOOK int envoy_dynamic_module_on_http_filter_request_headers(abi_handle envoy, abi_stream stream, bool end);
HOOK int envoy_dynamic_module_on_http_filter_request_body(abi_handle envoy, abi_stream stream, bool end);
HOOK int envoy_dynamic_module_on_http_filter_request_trailers(abi_handle envoy, abi_stream stream);
HOOK int envoy_dynamic_module_on_http_filter_response_headers(abi_handle envoy, abi_stream stream, bool end);
HOOK int envoy_dynamic_module_on_http_filter_response_body(abi_handle envoy, abi_stream stream, bool end);
HOOK int envoy_dynamic_module_on_http_filter_response_trailers(abi_handle envoy, abi_stream stream);
HOOK void envoy_dynamic_module_on_http_filter_stream_complete(abi_handle envoy, abi_stream stream);
HOOK void envoy_dynamic_module_on_http_filter_destroy(abi_stream stream);

/* Envoy loads no HTTP filter without these; they answer callouts and events that the plugin never asks for. */
HOOK void envoy_dynamic_module_on_http_filter_http_callout_done(void);
HOOK void envoy_dynamic_module_on_http_filter_http_stream_headers(void);
HOOK void envoy_dynamic_module_on_http_filter_http_stream_data(void);
HOOK void envoy_dynamic_module_on_http_filter_http_stream_trailers(void);
HOOK void envoy_dynamic_module_on_http_filter_http_stream_complete(void);
HOOK void envoy_dynamic_module_on_http_filter_http_stream_reset(void);
HOOK void envoy_dynamic_module_on_http_filter_scheduled(void);
HOOK void envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(void);
HOOK void envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(void);

HOOK abi_config envoy_dynamic_module_on_network_filter_config_new(abi_handle envoy, struct abi_text name, struct abi_text json);
HOOK void envoy_dynamic_module_on_network_filter_config_destroy(abi_config config);
HOOK abi_stream envoy_dynamic_module_on_network_filter_new(abi_config config, abi_handle envoy);
HOOK int envoy_dynamic_module_on_network_filter_new_connection(abi_handle envoy, abi_stream connection);
HOOK int envoy_dynamic_module_on_network_filter_read(abi_handle envoy, abi_stream connection, size_t length, bool end);
HOOK int envoy_dynamic_module_on_network_filter_write(abi_handle envoy, abi_stream connection, size_t length, bool end);
HOOK void envoy_dynamic_module_on_network_filter_event(abi_handle envoy, abi_stream connection, int event);
HOOK void envoy_dynamic_module_on_network_filter_destroy(abi_stream connection);

#endif
