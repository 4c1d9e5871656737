/*
 * The part of Envoy 1.40's dynamic-module ABI that is for extensions of the bootstrap, and more callbacks for HTTP filters, besides what
 * the plugin's abi.h declares. Tried against the binary by the tests.
 */
#ifndef SOCKWAY_BENCH_BOOTSTRAP_ABI_H
#define SOCKWAY_BENCH_BOOTSTRAP_ABI_H

#include "abi.h"

struct abi_header {
    struct abi_text name;
    struct abi_text value;
};

/* Attributes and header maps besides the plugin's. */
enum { ABI_RESPONSE_HEADERS = 2 };
enum {
    ABI_REQUEST_SIZE = 13,
    ABI_RESPONSE_SIZE = 21,
    ABI_CONNECTION_MTLS = 29,
    ABI_REQUESTED_SERVER_NAME = 30,
    ABI_UPSTREAM_PORT = 42,
};

/* Whether a callout could be begun, and how it ended. */
enum { ABI_CALLOUT_BEGUN = 0 };
enum { ABI_CALLOUT_ANSWERED = 0 };

bool CALLBACK(http_filter_get_attribute_bool)(abi_handle stream, int attribute, bool *value);
size_t CALLBACK(http_get_headers_size)(abi_handle stream, int map);
bool CALLBACK(http_get_headers)(abi_handle stream, int map, struct abi_header *headers);

void CALLBACK(bootstrap_extension_config_signal_init_complete)(abi_handle envoy);
/* A scheduler may be used by any thread; the hook it asks for runs on the main thread. */
abi_handle CALLBACK(bootstrap_extension_config_scheduler_new)(abi_handle envoy);
void CALLBACK(bootstrap_extension_config_scheduler_commit)(abi_handle scheduler, uint64_t event);
void CALLBACK(bootstrap_extension_config_scheduler_delete)(abi_handle scheduler);
/* Timers belong to the main thread and fire once. */
abi_handle CALLBACK(bootstrap_extension_timer_new)(abi_handle envoy);
void CALLBACK(bootstrap_extension_timer_enable)(abi_handle timer, uint64_t delay_ms);
void CALLBACK(bootstrap_extension_timer_delete)(abi_handle timer);
/* Copies headers and body. */
int CALLBACK(bootstrap_extension_http_callout)(abi_handle envoy, uint64_t *callout, struct abi_text cluster, struct abi_header *headers,
                                               size_t header_count, struct abi_text body, uint64_t timeout_ms);
int CALLBACK(bootstrap_extension_config_define_counter)(abi_handle envoy, struct abi_text name, struct abi_text *labels, size_t label_count,
                                                        size_t *counter);
int CALLBACK(bootstrap_extension_config_increment_counter)(abi_handle envoy, size_t counter, struct abi_text *labels, size_t label_count,
                                                           uint64_t by);

HOOK abi_config envoy_dynamic_module_on_bootstrap_extension_config_new(abi_handle envoy, struct abi_text name, struct abi_text config);
HOOK void envoy_dynamic_module_on_bootstrap_extension_config_destroy(abi_config config);
HOOK const void *envoy_dynamic_module_on_bootstrap_extension_new(abi_config config, abi_handle envoy);
HOOK void envoy_dynamic_module_on_bootstrap_extension_destroy(const void *extension);
HOOK void envoy_dynamic_module_on_bootstrap_extension_server_initialized(abi_handle envoy, const void *extension);
HOOK void envoy_dynamic_module_on_bootstrap_extension_worker_thread_initialized(abi_handle envoy, const void *extension);
HOOK void envoy_dynamic_module_on_bootstrap_extension_drain_started(abi_handle envoy, const void *extension);
HOOK void envoy_dynamic_module_on_bootstrap_extension_shutdown(abi_handle envoy, const void *extension, void (*done)(void *),
                                                               void *context);
HOOK void envoy_dynamic_module_on_bootstrap_extension_config_scheduled(abi_handle envoy, abi_config config, uint64_t event);
HOOK void envoy_dynamic_module_on_bootstrap_extension_timer_fired(abi_handle envoy, abi_config config, abi_handle timer);
HOOK void envoy_dynamic_module_on_bootstrap_extension_http_callout_done(abi_handle envoy, abi_config config, uint64_t callout, int result,
                                                                        const struct abi_header *headers, size_t header_count,
                                                                        const struct abi_text *body, size_t pieces);

/* Envoy loads no bootstrap extension without these; they tell of things that are not asked for here. */
HOOK void envoy_dynamic_module_on_bootstrap_extension_admin_request(void);
HOOK void envoy_dynamic_module_on_bootstrap_extension_file_changed(void);
HOOK void envoy_dynamic_module_on_bootstrap_extension_cluster_add_or_update(void);
HOOK void envoy_dynamic_module_on_bootstrap_extension_cluster_removal(void);
HOOK void envoy_dynamic_module_on_bootstrap_extension_listener_add_or_update(void);
HOOK void envoy_dynamic_module_on_bootstrap_extension_listener_removal(void);

#endif
