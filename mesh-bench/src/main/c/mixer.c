/*
 * Istio 1.4's client of mixer, rebuilt as a module for Envoy 1.40: what a request was is told to a collector, in batches.
 *
 *     HTTP filter, on each worker     at the end of a stream its attributes go into the worker's report; a report of 100 entries is full
 *     bootstrap extension, main       sends full reports, and those that have waited for a second, as Mixer/Report calls over gRPC
 *
 * Configuration of the filter: a line "NAME VALUE" for each attribute that is the same for all requests. That of the extension: the
 * name of the cluster that the collector is in.
 */
#define _GNU_SOURCE
#include "bootstrap_abi.h"
#include "passive_hooks.h"
#include "report.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_ENTRIES 100
#define BATCH_NS 1000000000LL
/* How often the age of reports is looked at. */
#define TICK_MS 50
/* Reports on their way, beyond which new ones are dropped: what a collector that hangs can cost in memory is bounded. */
#define MOST_UNDER_WAY 256
#define CALL_TIMEOUT_MS 5000
/* Reports that wait to be used again, on each worker and on the main thread together. */
#define MOST_SPARE 32
#define MOST_HEADERS 128
#define MOST_PARAMETERS 64

#define TEXT(literal) ((struct abi_text){literal, sizeof literal - 1})

struct worker {
    pthread_mutex_t lock; /* of the worker against the main thread's timer */
    struct report *report;
    int64_t begun_ns;
    char padding[64];
};

enum counter { SENT, FAILED, DROPPED, COUNTERS };

struct sender {
    abi_handle envoy;
    abi_handle scheduler;
    abi_handle timer;
    char *cluster;
    struct worker *workers;
    uint32_t worker_count;

    pthread_mutex_t lock; /* of what follows */
    struct report *full;
    struct report **full_end;
    struct report *spare;
    uint32_t spares;
    uint64_t lost_entries;

    uint32_t under_way; /* main thread only, as what follows */
    uint64_t answered;
    size_t counters[COUNTERS];
};

struct pair {
    struct text name;
    struct text value;
};

struct config {
    char *text;
    struct pair *attributes;
    size_t count;
};

/* Codes of the words that every request has. */
static struct {
    uint32_t authority, method, path, scheme, referer, user_agent, content_type;
    uint32_t request_headers, response_headers, request_host, request_method, request_path, request_scheme, request_referer,
        request_useragent, request_url_path, request_query_params, request_time, request_size, request_total_size;
    uint32_t response_time, response_size, response_total_size, response_duration, response_code, response_grpc_status;
    uint32_t source_principal, destination_principal, destination_ip, destination_port;
    uint32_t connection_mtls, requested_server_name, context_protocol, proxy_error_code;
} word;

static struct sender *sender;
static uint32_t workers;

const char *envoy_dynamic_module_on_program_init(void) {
    report_learn_global_words();
    workers = CALLBACK(get_concurrency)();
    word.authority = report_global_code(":authority");
    word.method = report_global_code(":method");
    word.path = report_global_code(":path");
    word.scheme = report_global_code(":scheme");
    word.referer = report_global_code("referer");
    word.user_agent = report_global_code("user-agent");
    word.content_type = report_global_code("content-type");
    word.request_headers = report_global_code("request.headers");
    word.response_headers = report_global_code("response.headers");
    word.request_host = report_global_code("request.host");
    word.request_method = report_global_code("request.method");
    word.request_path = report_global_code("request.path");
    word.request_scheme = report_global_code("request.scheme");
    word.request_referer = report_global_code("request.referer");
    word.request_useragent = report_global_code("request.useragent");
    word.request_url_path = report_global_code("request.url_path");
    word.request_query_params = report_global_code("request.query_params");
    word.request_time = report_global_code("request.time");
    word.request_size = report_global_code("request.size");
    word.request_total_size = report_global_code("request.total_size");
    word.response_time = report_global_code("response.time");
    word.response_size = report_global_code("response.size");
    word.response_total_size = report_global_code("response.total_size");
    word.response_duration = report_global_code("response.duration");
    word.response_code = report_global_code("response.code");
    word.response_grpc_status = report_global_code("response.grpc_status");
    word.source_principal = report_global_code("source.principal");
    word.destination_principal = report_global_code("destination.principal");
    word.destination_ip = report_global_code("destination.ip");
    word.destination_port = report_global_code("destination.port");
    word.connection_mtls = report_global_code("connection.mtls");
    word.requested_server_name = report_global_code("connection.requested_server_name");
    word.context_protocol = report_global_code("context.protocol");
    word.proxy_error_code = report_global_code("context.proxy_error_code");
    return ABI_VERSION;
}

static void log_error(const char *line) {
    CALLBACK(log)(ABI_LOG_ERROR, (struct abi_text){line, strlen(line)});
}

static int64_t now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --------------------------------------------------------------------------------------------------------------------------- sending */

/* An empty report, or NULL without memory. */
static struct report *take_spare(void) {
    pthread_mutex_lock(&sender->lock);
    struct report *report = sender->spare;
    if (report) {
        sender->spare = report->next;
        sender->spares--;
    }
    pthread_mutex_unlock(&sender->lock);
    return report ? report : report_new();
}

static void give_spare(struct report *report) {
    report_clear(report);
    pthread_mutex_lock(&sender->lock);
    bool keep = sender->spares < MOST_SPARE;
    if (keep) {
        report->next = sender->spare;
        sender->spare = report;
        sender->spares++;
    }
    pthread_mutex_unlock(&sender->lock);
    if (!keep) {
        report_free(report);
    }
}

/* Takes a worker's report away to be sent. The worker's lock is held. */
static void hand_over(struct worker *worker) {
    struct report *report = worker->report;
    worker->report = NULL;
    report->next = NULL;
    pthread_mutex_lock(&sender->lock);
    *sender->full_end = report;
    sender->full_end = &report->next;
    pthread_mutex_unlock(&sender->lock);
}

static void count(enum counter counter, uint64_t by) {
    CALLBACK(bootstrap_extension_config_increment_counter)(sender->envoy, sender->counters[counter], NULL, 0, by);
}

static void send_report(struct report *report) {
    struct abi_header headers[] = {
        {TEXT(":method"), TEXT("POST")},
        {TEXT(":path"), TEXT("/istio.mixer.v1.Mixer/Report")},
        {TEXT(":scheme"), TEXT("http")},
        {TEXT(":authority"), {sender->cluster, strlen(sender->cluster)}},
        {TEXT("content-type"), TEXT("application/grpc")},
        {TEXT("te"), TEXT("trailers")},
    };
    struct text message = report_finish(report);
    if (!message.length || sender->under_way >= MOST_UNDER_WAY) {
        count(DROPPED, report->entries);
        return;
    }
    uint64_t callout;
    uint64_t answered = sender->answered;
    sender->under_way++;
    int begun = CALLBACK(bootstrap_extension_http_callout)(sender->envoy, &callout,
                                                           (struct abi_text){sender->cluster, strlen(sender->cluster)}, headers,
                                                           sizeof headers / sizeof *headers,
                                                           (struct abi_text){message.data, message.length}, CALL_TIMEOUT_MS);
    if (begun == ABI_CALLOUT_BEGUN) {
        count(SENT, report->entries);
        return;
    }
    count(DROPPED, report->entries);
    /* A callout that fails at once may have told so already. */
    if (sender->answered == answered) {
        sender->under_way--;
    }
}

static void send_full(void) {
    pthread_mutex_lock(&sender->lock);
    struct report *report = sender->full;
    sender->full = NULL;
    sender->full_end = &sender->full;
    uint64_t lost = sender->lost_entries;
    sender->lost_entries = 0;
    pthread_mutex_unlock(&sender->lock);
    if (lost) {
        count(DROPPED, lost);
    }
    while (report) {
        struct report *next = report->next;
        send_report(report);
        give_spare(report);
        report = next;
    }
}

void envoy_dynamic_module_on_bootstrap_extension_config_scheduled(abi_handle envoy, abi_config config, uint64_t event) {
    (void)envoy, (void)config, (void)event;
    send_full();
}

void envoy_dynamic_module_on_bootstrap_extension_timer_fired(abi_handle envoy, abi_config config, abi_handle timer) {
    (void)envoy, (void)config;
    int64_t now = now_ns(CLOCK_MONOTONIC_COARSE);
    for (uint32_t i = 0; i < sender->worker_count; i++) {
        struct worker *worker = &sender->workers[i];
        pthread_mutex_lock(&worker->lock);
        if (worker->report && worker->report->entries && now - worker->begun_ns >= BATCH_NS) {
            hand_over(worker);
        }
        pthread_mutex_unlock(&worker->lock);
    }
    send_full();
    CALLBACK(bootstrap_extension_timer_enable)(timer, TICK_MS);
}

static bool is_ok(const struct abi_header *headers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct abi_text name = headers[i].name;
        struct abi_text value = headers[i].value;
        if (name.length == 7 && memcmp(name.data, ":status", 7) == 0 && !(value.length == 3 && memcmp(value.data, "200", 3) == 0)) {
            return false;
        }
        /* Among the headers only where an error is all of the answer. */
        if (name.length == 11 && memcmp(name.data, "grpc-status", 11) == 0 && !(value.length == 1 && *value.data == '0')) {
            return false;
        }
    }
    return true;
}

void envoy_dynamic_module_on_bootstrap_extension_http_callout_done(abi_handle envoy, abi_config config, uint64_t callout, int result,
                                                                   const struct abi_header *headers, size_t header_count,
                                                                   const struct abi_text *body, size_t pieces) {
    (void)envoy, (void)config, (void)callout, (void)body, (void)pieces;
    sender->under_way--;
    sender->answered++;
    if (result != ABI_CALLOUT_ANSWERED || !is_ok(headers, header_count)) {
        count(FAILED, 1);
    }
}

abi_config envoy_dynamic_module_on_bootstrap_extension_config_new(abi_handle envoy, struct abi_text name, struct abi_text cluster) {
    static const char *const counter_names[COUNTERS] = {"mixer_entries_sent", "mixer_calls_failed", "mixer_entries_dropped"};
    (void)name;
    if (sender || !cluster.length) {
        log_error(sender ? "mixer: configured twice" : "mixer: the configuration names no cluster");
        return NULL;
    }
    struct sender *new = calloc(1, sizeof *new);
    if (!new) {
        return NULL;
    }
    new->envoy = envoy;
    new->cluster = strndup(cluster.data, cluster.length);
    new->worker_count = workers;
    new->workers = calloc(workers, sizeof *new->workers);
    if (!new->cluster || !new->workers) {
        free(new->cluster);
        free(new->workers);
        free(new);
        return NULL;
    }
    new->full_end = &new->full;
    pthread_mutex_init(&new->lock, NULL);
    for (uint32_t i = 0; i < workers; i++) {
        pthread_mutex_init(&new->workers[i].lock, NULL);
    }
    for (int i = 0; i < COUNTERS; i++) {
        CALLBACK(bootstrap_extension_config_define_counter)(envoy, (struct abi_text){counter_names[i], strlen(counter_names[i])}, NULL, 0,
                                                            &new->counters[i]);
    }
    new->scheduler = CALLBACK(bootstrap_extension_config_scheduler_new)(envoy);
    new->timer = CALLBACK(bootstrap_extension_timer_new)(envoy);
    sender = new;
    CALLBACK(bootstrap_extension_config_signal_init_complete)(envoy);
    return new;
}

/* The process ends with the extension: the rest of its memory goes with it. */
void envoy_dynamic_module_on_bootstrap_extension_config_destroy(abi_config config) {
    (void)config;
    CALLBACK(bootstrap_extension_config_scheduler_delete)(sender->scheduler);
    CALLBACK(bootstrap_extension_timer_delete)(sender->timer);
}

const void *envoy_dynamic_module_on_bootstrap_extension_new(abi_config config, abi_handle envoy) {
    (void)envoy;
    return config;
}

void envoy_dynamic_module_on_bootstrap_extension_server_initialized(abi_handle envoy, const void *extension) {
    (void)envoy, (void)extension;
    CALLBACK(bootstrap_extension_timer_enable)(sender->timer, TICK_MS);
}

void envoy_dynamic_module_on_bootstrap_extension_shutdown(abi_handle envoy, const void *extension, void (*done)(void *), void *context) {
    (void)envoy, (void)extension;
    done(context);
}

void envoy_dynamic_module_on_bootstrap_extension_destroy(const void *extension) {
    (void)extension;
}

void envoy_dynamic_module_on_bootstrap_extension_worker_thread_initialized(abi_handle envoy, const void *extension) {
    (void)envoy, (void)extension;
}

void envoy_dynamic_module_on_bootstrap_extension_drain_started(abi_handle envoy, const void *extension) {
    (void)envoy, (void)extension;
}

void envoy_dynamic_module_on_bootstrap_extension_admin_request(void) {}
void envoy_dynamic_module_on_bootstrap_extension_file_changed(void) {}
void envoy_dynamic_module_on_bootstrap_extension_cluster_add_or_update(void) {}
void envoy_dynamic_module_on_bootstrap_extension_cluster_removal(void) {}
void envoy_dynamic_module_on_bootstrap_extension_listener_add_or_update(void) {}
void envoy_dynamic_module_on_bootstrap_extension_listener_removal(void) {}

/* ------------------------------------------------------------------------------------------------------------------------- attributes */

static struct text text_of(struct abi_text text) {
    return (struct text){text.data, text.length};
}

#define ABSENT UINT32_MAX

/* What of a request's headers has attributes of its own, as codes. */
struct request {
    uint32_t host, method, path, scheme, referer, user_agent;
    struct text path_text;
    bool grpc;
};

static void put_headers(struct report *report, abi_handle envoy, int map, uint32_t name, struct request *request) {
    struct abi_header headers[MOST_HEADERS];
    size_t size = CALLBACK(http_get_headers_size)(envoy, map);
    if (!size || size > MOST_HEADERS || !CALLBACK(http_get_headers)(envoy, map, headers)) {
        return;
    }
    report_begin_map(report, name);
    for (size_t i = 0; i < size; i++) {
        uint32_t header = report_code(report, text_of(headers[i].name));
        uint32_t value = report_code(report, text_of(headers[i].value));
        report_map_entry(report, header, value);
        if (!request) {
            continue;
        }
        if (header == word.path) {
            request->path = value;
            request->path_text = text_of(headers[i].value);
        } else if (header == word.authority) {
            request->host = value;
        } else if (header == word.method) {
            request->method = value;
        } else if (header == word.scheme) {
            request->scheme = value;
        } else if (header == word.referer) {
            request->referer = value;
        } else if (header == word.user_agent) {
            request->user_agent = value;
        } else if (header == word.content_type) {
            struct abi_text type = headers[i].value;
            request->grpc = type.length >= 16 && memcmp(type.data, "application/grpc", 16) == 0 &&
                            (type.length == 16 || type.data[16] == '+');
        }
    }
    report_end_map(report);
}

/* The path without its parameters, and these as a map. */
static void put_path(struct report *report, struct text path) {
    const char *question = path.length ? memchr(path.data, '?', path.length) : NULL;
    size_t length = question ? (size_t)(question - path.data) : path.length;
    report_string(report, word.request_url_path, report_code(report, (struct text){path.data, length}));
    const char *at = question ? question + 1 : NULL;
    const char *end = path.data + path.length;
    if (!at || at == end) {
        return;
    }
    struct pair parameters[MOST_PARAMETERS];
    size_t count = 0;
    for (; at < end && count < MOST_PARAMETERS; count++) {
        const char *ampersand = memchr(at, '&', (size_t)(end - at));
        const char *stop = ampersand ? ampersand : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        const char *value = equals ? equals + 1 : stop;
        parameters[count].name = (struct text){at, (size_t)((equals ? equals : stop) - at)};
        parameters[count].value = (struct text){value, (size_t)(stop - value)};
        at = stop + 1;
    }
    report_begin_map(report, word.request_query_params);
    for (size_t i = 0; i < count; i++) {
        uint32_t name = report_code(report, parameters[i].name);
        report_map_entry(report, name, report_code(report, parameters[i].value));
    }
    report_end_map(report);
}

/* The bytes of the address in "10.1.2.3:80" or "[fd00::1]:80"; their number is 0 if there is none. */
static struct text address_bytes(struct abi_text address, uint8_t bytes[16], uint32_t *port) {
    char text[INET6_ADDRSTRLEN];
    const char *colon = address.length ? memrchr(address.data, ':', address.length) : NULL;
    bool six = colon && address.data[0] == '[';
    const char *begin = address.data + six;
    size_t length = colon ? (size_t)(colon - begin) - six : 0;
    if (!colon || length >= sizeof text) {
        return (struct text){NULL, 0};
    }
    memcpy(text, begin, length);
    text[length] = 0;
    *port = 0;
    for (const char *digit = colon + 1; digit < address.data + address.length; digit++) {
        *port = *port * 10 + (uint32_t)(*digit - '0');
    }
    return (struct text){(const char *)bytes, inet_pton(six ? AF_INET6 : AF_INET, text, bytes) == 1 ? (six ? 16 : 4) : 0};
}

static uint64_t number(abi_handle envoy, int attribute) {
    uint64_t value;
    return CALLBACK(http_filter_get_attribute_int)(envoy, attribute, &value) ? value : 0;
}

static void put_attribute(struct report *report, abi_handle envoy, int attribute, uint32_t name) {
    struct abi_text value;
    if (CALLBACK(http_filter_get_attribute_string)(envoy, attribute, &value) && value.length) {
        report_string(report, name, report_code(report, text_of(value)));
    }
}

/* Envoy's response flags as mixer's client wrote them: names with commas between, "-" for none. */
static uint32_t flags_code(struct report *report, uint64_t flags) {
    static const char *const names[] = {"LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC",
                                        "URX", "SI", "IH", "DPE"};
    char text[128];
    size_t length = 0;
    for (size_t i = 0; flags && i < sizeof names / sizeof *names; i++) {
        if (flags >> i & 1) {
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? "," : "", names[i]);
        }
    }
    return report_code(report, length ? (struct text){text, length} : (struct text){"-", 1});
}

static void put_addresses(struct report *report, abi_handle envoy) {
    struct abi_text address;
    uint8_t bytes[16];
    uint32_t port;
    if (CALLBACK(http_get_downstream_direct_remote_address)(envoy, &address)) {
        struct text ip = address_bytes(address, bytes, &port);
        if (ip.length) {
            report_bytes(report, report_code(report, (struct text){"origin.ip", 9}), ip);
        }
    }
    if (CALLBACK(http_filter_get_attribute_string)(envoy, ABI_UPSTREAM_ADDRESS, &address)) {
        struct text ip = address_bytes(address, bytes, &port);
        if (ip.length) {
            report_bytes(report, word.destination_ip, ip);
            report_int(report, word.destination_port, port);
        }
    }
}

static void put_stream(struct report *report, const struct config *config, abi_handle envoy) {
    struct request request = {ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, {"", 0}, false};
    struct abi_timing timing = {0};
    uint64_t grpc_status;
    bool mtls = false;
    char digits[24];

    report_begin_entry(report);
    for (size_t i = 0; i < config->count; i++) {
        uint32_t name = report_code(report, config->attributes[i].name);
        report_string(report, name, report_code(report, config->attributes[i].value));
    }

    put_headers(report, envoy, ABI_REQUEST_HEADERS, word.request_headers, &request);
    if (request.scheme == ABSENT) {
        request.scheme = report_code(report, (struct text){"http", 4});
    }
    const uint32_t from_headers[][2] = {
        {word.request_host, request.host},       {word.request_method, request.method},   {word.request_path, request.path},
        {word.request_scheme, request.scheme},   {word.request_referer, request.referer}, {word.request_useragent, request.user_agent},
    };
    for (size_t i = 0; i < sizeof from_headers / sizeof *from_headers; i++) {
        if (from_headers[i][1] != ABSENT) {
            report_string(report, from_headers[i][0], from_headers[i][1]);
        }
    }
    put_path(report, request.path_text);
    report_string(report, word.context_protocol, report_code(report, request.grpc ? (struct text){"grpc", 4} : (struct text){"http", 4}));

    CALLBACK(http_filter_get_attribute_bool)(envoy, ABI_CONNECTION_MTLS, &mtls);
    report_bool(report, word.connection_mtls, mtls);
    put_attribute(report, envoy, ABI_REQUESTED_SERVER_NAME, word.requested_server_name);
    put_attribute(report, envoy, ABI_PEER_URI_SAN, word.source_principal);
    put_attribute(report, envoy, ABI_LOCAL_URI_SAN, word.destination_principal);
    put_addresses(report, envoy);

    CALLBACK(http_get_timing_info)(envoy, &timing);
    report_timestamp(report, word.request_time, timing.start_unix_ns);
    put_headers(report, envoy, ABI_RESPONSE_HEADERS, word.response_headers, NULL);
    report_timestamp(report, word.response_time, now_ns(CLOCK_REALTIME));
    report_duration(report, word.response_duration, timing.request_complete_duration_ns > 0 ? timing.request_complete_duration_ns : 0);
    report_int(report, word.request_size, number(envoy, ABI_REQUEST_SIZE));
    report_int(report, word.response_size, number(envoy, ABI_RESPONSE_SIZE));
    report_int(report, word.request_total_size, number(envoy, ABI_REQUEST_TOTAL_SIZE));
    report_int(report, word.response_total_size, number(envoy, ABI_RESPONSE_TOTAL_SIZE));
    report_int(report, word.response_code, number(envoy, ABI_RESPONSE_CODE));
    if (request.grpc && CALLBACK(http_filter_get_attribute_int)(envoy, ABI_GRPC_STATUS, &grpc_status)) {
        int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)grpc_status);
        report_string(report, word.response_grpc_status, report_code(report, (struct text){digits, (size_t)length}));
    }
    report_string(report, word.proxy_error_code, flags_code(report, number(envoy, ABI_RESPONSE_FLAGS)));
    report_end_entry(report);
}

void envoy_dynamic_module_on_http_filter_stream_complete(abi_handle envoy, abi_stream stream) {
    uint32_t index = CALLBACK(http_filter_get_worker_index)(envoy);
    if (index >= sender->worker_count) {
        return;
    }
    struct worker *worker = &sender->workers[index];
    bool full = false;
    pthread_mutex_lock(&worker->lock);
    if (!worker->report) {
        worker->report = take_spare();
        worker->begun_ns = now_ns(CLOCK_MONOTONIC_COARSE);
    }
    if (worker->report) {
        put_stream(worker->report, stream, envoy);
        full = worker->report->entries >= BATCH_ENTRIES;
        if (full) {
            hand_over(worker);
        }
    } else {
        pthread_mutex_lock(&sender->lock);
        sender->lost_entries++;
        pthread_mutex_unlock(&sender->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    if (full) {
        CALLBACK(bootstrap_extension_config_scheduler_commit)(sender->scheduler, 0);
    }
}

/* ---------------------------------------------------------------------------------------------------------------- configuration */

void envoy_dynamic_module_on_http_filter_config_destroy(abi_config in) {
    struct config *config = (struct config *)(uintptr_t)in;
    free(config->attributes);
    free(config->text);
    free(config);
}

abi_config envoy_dynamic_module_on_http_filter_config_new(abi_handle envoy, struct abi_text name, struct abi_text text) {
    (void)envoy, (void)name;
    if (!sender) {
        log_error("mixer: the bootstrap extension is not configured");
        return NULL;
    }
    struct config *config = calloc(1, sizeof *config);
    if (!config) {
        return NULL;
    }
    config->text = strndup(text.data, text.length);
    config->attributes = calloc(text.length + 1, sizeof *config->attributes);
    if (!config->text || !config->attributes) {
        envoy_dynamic_module_on_http_filter_config_destroy(config);
        return NULL;
    }
    for (char *line = strtok(config->text, "\n"); line; line = strtok(NULL, "\n")) {
        char *blank = strchr(line, ' ');
        if (!blank) {
            log_error("mixer: an attribute without a value");
            envoy_dynamic_module_on_http_filter_config_destroy(config);
            return NULL;
        }
        config->attributes[config->count++] =
            (struct pair){{line, (size_t)(blank - line)}, {blank + 1, strlen(blank + 1)}};
    }
    return config;
}

abi_stream envoy_dynamic_module_on_http_filter_new(abi_config config, abi_handle envoy) {
    (void)envoy;
    return config;
}
