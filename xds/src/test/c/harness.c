/*
 * Plays Envoy: calls the hooks as it does and answers the callbacks, from several threads, under sanitizers. Every check that fails ends the
 * program. Usage: harness FOLDER
 */
#define _GNU_SOURCE
#include "abi.h"
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORKERS 3

#define CHECK(condition)                                                                                                                   \
    do {                                                                                                                                   \
        if (!(condition)) {                                                                                                                \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                                        \
            exit(1);                                                                                                                       \
        }                                                                                                                                  \
    } while (0)

/* What the played Envoy knows of a stream or connection. */
struct played {
    uint32_t worker;
    uint64_t code;
    uint64_t flags;
    uint64_t request_bytes;
    uint64_t response_bytes;
    int64_t duration_ns;
    const char *address;
    const char *cluster;
    const char *endpoint;
    const char *peer_san;
    const char *local_san;
    const char *content_type;
    const char *route;
    struct abi_text pieces[2][200];
    size_t piece_count[2];
};

enum { REQUEST_BODY = 0 }; /* the first index of pieces and piece_count */

static char last_log[512];
static int peer_lookups;

/* What this thread's plugin asks the played Envoy for, while somebody takes note. */
struct questions {
    const char *asked[40];
    size_t count;
};

static _Thread_local struct questions *noting;

static void note(const char *question) {
    if (noting) {
        CHECK(noting->count < sizeof noting->asked / sizeof *noting->asked);
        noting->asked[noting->count++] = question;
    }
}

static const char *name_of(int attribute) {
    switch (attribute) {
    case ABI_REQUEST_TOTAL_SIZE:
        return "request bytes";
    case ABI_RESPONSE_CODE:
        return "code";
    case ABI_RESPONSE_FLAGS:
        return "flags";
    case ABI_GRPC_STATUS:
        return "grpc status";
    case ABI_RESPONSE_TOTAL_SIZE:
        return "response bytes";
    case ABI_LOCAL_URI_SAN:
    case ABI_UPSTREAM_LOCAL_URI_SAN:
        return "own san";
    case ABI_PEER_URI_SAN:
    case ABI_UPSTREAM_PEER_URI_SAN:
        return "peer san";
    case ABI_UPSTREAM_ADDRESS:
        return "upstream address";
    case ABI_ROUTE_NAME:
        return "route";
    default:
        return "another attribute";
    }
}

/* Calls of the C library that the linker leads here (--wrap). */
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
    note("clock");
    return __real_clock_gettime(clock, now);
}

static bool give(const char *text, struct abi_text *value) {
    if (text) {
        *value = (struct abi_text){text, strlen(text)};
    }
    return text;
}

void CALLBACK(log)(int level, struct abi_text message) {
    (void)level;
    snprintf(last_log, sizeof last_log, "%.*s", (int)message.length, message.data);
}

uint32_t CALLBACK(get_concurrency)(void) {
    return WORKERS;
}

bool CALLBACK(is_validation_mode)(void) {
    return false;
}

static bool number(struct played *played, int attribute, uint64_t *value) {
    note(name_of(attribute));
    switch (attribute) {
    case ABI_RESPONSE_CODE:
        *value = played->code;
        return played->code;
    case ABI_RESPONSE_FLAGS:
        *value = played->flags;
        return true;
    case ABI_REQUEST_TOTAL_SIZE:
        *value = played->request_bytes;
        return true;
    case ABI_RESPONSE_TOTAL_SIZE:
        *value = played->response_bytes;
        return true;
    default:
        return false;
    }
}

static bool text(struct played *played, int attribute, struct abi_text *value) {
    note(name_of(attribute));
    switch (attribute) {
    case ABI_PEER_URI_SAN:
    case ABI_UPSTREAM_PEER_URI_SAN:
        return give(played->peer_san, value);
    case ABI_LOCAL_URI_SAN:
    case ABI_UPSTREAM_LOCAL_URI_SAN:
        return give(played->local_san, value);
    case ABI_UPSTREAM_ADDRESS:
        return give(played->address, value);
    case ABI_ROUTE_NAME:
        return give(played->route, value);
    default:
        return false;
    }
}

uint32_t CALLBACK(http_filter_get_worker_index)(abi_handle stream) {
    note("worker");
    return ((struct played *)stream)->worker;
}
bool CALLBACK(http_filter_get_attribute_int)(abi_handle stream, int attribute, uint64_t *value) {
    return number(stream, attribute, value);
}
bool CALLBACK(http_filter_get_attribute_string)(abi_handle stream, int attribute, struct abi_text *value) {
    return text(stream, attribute, value);
}
bool CALLBACK(http_get_cluster_name)(abi_handle stream, struct abi_text *name) {
    note("cluster");
    return give(((struct played *)stream)->cluster, name);
}
bool CALLBACK(http_get_metadata_string)(abi_handle stream, int source, struct abi_text name_space, struct abi_text key,
                                        struct abi_text *value) {
    note("endpoint");
    __atomic_add_fetch(&peer_lookups, 1, __ATOMIC_RELAXED);
    CHECK(source == ABI_METADATA_HOST && text_is(name_space, "istio") && text_is(key, "workload"));
    return give(((struct played *)stream)->endpoint, value);
}
bool CALLBACK(http_get_downstream_direct_remote_address)(abi_handle stream, struct abi_text *address) {
    note("downstream address");
    return give(((struct played *)stream)->address, address);
}
void CALLBACK(http_get_timing_info)(abi_handle stream, struct abi_timing *timing) {
    note("timing");
    timing->start_unix_ns = (int64_t)time(NULL) * 1000000000;
    timing->request_complete_duration_ns = ((struct played *)stream)->duration_ns;
}
bool CALLBACK(http_get_header)(abi_handle stream, int map, struct abi_text key, struct abi_text *value, size_t index, size_t *count) {
    note(text_is(key, "content-type") ? "content type" : "authority");
    CHECK(map == ABI_REQUEST_HEADERS && index == 0 && !count);
    return text_is(key, "content-type") ? give(((struct played *)stream)->content_type, value) : give("host.example", value);
}
size_t CALLBACK(http_get_body_chunks_size)(abi_handle stream, int body) {
    note("body size");
    return ((struct played *)stream)->piece_count[body == ABI_RECEIVED_RESPONSE_BODY];
}
bool CALLBACK(http_get_body_chunks)(abi_handle stream, int body, struct abi_text *chunks) {
    note("body");
    struct played *played = stream;
    bool response = body == ABI_RECEIVED_RESPONSE_BODY;
    memcpy(chunks, played->pieces[response], played->piece_count[response] * sizeof *chunks);
    return true;
}

uint32_t CALLBACK(network_filter_get_worker_index)(abi_handle connection) {
    note("worker");
    return ((struct played *)connection)->worker;
}
bool CALLBACK(network_filter_get_attribute_int)(abi_handle connection, int attribute, uint64_t *value) {
    return number(connection, attribute, value);
}
bool CALLBACK(network_filter_get_attribute_string)(abi_handle connection, int attribute, struct abi_text *value) {
    return text(connection, attribute, value);
}
bool CALLBACK(network_filter_get_direct_remote_address)(abi_handle connection, struct abi_text *address, uint32_t *port) {
    note("downstream address");
    *port = 1;
    return give(((struct played *)connection)->address, address);
}
bool CALLBACK(network_filter_get_upstream_host_address)(abi_handle connection, struct abi_text *address, uint32_t *port) {
    note("upstream address");
    *port = 1;
    return give(((struct played *)connection)->address, address);
}
bool CALLBACK(network_filter_get_upstream_host_cluster)(abi_handle connection, struct abi_text *name) {
    note("cluster");
    return give(((struct played *)connection)->cluster, name);
}

static const void *http_config(const char *folder, const char *reporter, const char *more) {
    char json[2000];
    snprintf(json, sizeof json,
             "{\"labels\":[\"source_workload\",\"source_workload_namespace\",\"destination_workload\",\"response_code\",\"destination_service\","
             "\"source_principal\",\"connection_security_policy\"],\"folder\":\"%s\",\"reporter\":\"%s\",\"max_series\":16,"
             "\"node\":\"me;mine\",\"peers\":{\"10.0.0.1\":\"one;first\",\"fd00:0::2\":\"two;second\"}%s}",
             folder, reporter, more);
    return envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){json, strlen(json)});
}

static void play_http(const void *config, struct played *played) {
    const void *stream = envoy_dynamic_module_on_http_filter_new(config, played);
    CHECK(stream);
    CHECK(envoy_dynamic_module_on_http_filter_request_headers(played, stream, false) == ABI_CONTINUE);
    CHECK(envoy_dynamic_module_on_http_filter_request_body(played, stream, true) == ABI_CONTINUE);
    CHECK(envoy_dynamic_module_on_http_filter_request_trailers(played, stream) == ABI_CONTINUE);
    CHECK(envoy_dynamic_module_on_http_filter_response_headers(played, stream, false) == ABI_CONTINUE);
    CHECK(envoy_dynamic_module_on_http_filter_response_body(played, stream, true) == ABI_CONTINUE);
    CHECK(envoy_dynamic_module_on_http_filter_response_trailers(played, stream) == ABI_CONTINUE);
    envoy_dynamic_module_on_http_filter_stream_complete(played, stream);
    envoy_dynamic_module_on_http_filter_destroy(stream);
}

/* The slabs in a folder, mapped as a reader does it. */
struct view {
    struct slab_header *header;
    size_t bytes;
};

static size_t map_slabs(const char *folder, struct view *views, size_t room) {
    size_t count = 0;
    DIR *entries = opendir(folder);
    CHECK(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (strstr(entry->d_name, SLAB_SUFFIX)) {
            struct stat status;
            int fd = openat(dirfd(entries), entry->d_name, O_RDONLY);
            CHECK(fd >= 0 && fstat(fd, &status) == 0 && count < room);
            views[count].bytes = (size_t)status.st_size;
            views[count].header = mmap(NULL, views[count].bytes, PROT_READ, MAP_SHARED, fd, 0);
            CHECK(views[count].header != MAP_FAILED && views[count].header->magic == SLAB_MAGIC);
            close(fd);
            count++;
        }
    }
    closedir(entries);
    return count;
}

static const struct slab_worker *part(const struct slab_header *header, uint32_t worker) {
    return (const void *)((const uint8_t *)(header + 1) + worker * header->worker_bytes);
}

static const struct slab_series *series_of(const struct slab_header *header, uint32_t worker) {
    return (const void *)(part(header, worker) + 1);
}

/* The bytes of a series' text in one piece. */
static const uint8_t *whole_text(const struct slab_series *series, const uint8_t *more) {
    static _Thread_local uint8_t text[SLAB_TEXT_LIMIT];
    size_t here = series->text_bytes < sizeof series->text ? series->text_bytes : sizeof series->text;
    CHECK(series->text_bytes <= sizeof text);
    memcpy(text, series->text, here);
    memcpy(text + here, more, series->text_bytes - here);
    return text;
}

static const uint8_t *more_text_of(const struct slab_header *header, uint32_t worker, uint32_t series) {
    return (const uint8_t *)part(header, header->workers) + (worker * (header->max_series + SLAB_FIRST) + (size_t)series) * SLAB_MORE_TEXT;
}

static uint64_t total_requests(const struct slab_header *header) {
    uint64_t total = 0;
    for (uint32_t worker = 0; worker < header->workers; worker++) {
        for (uint32_t i = 0; i < header->max_series + SLAB_FIRST; i++) {
            total += series_of(header, worker)[i].requests;
        }
    }
    return total;
}

static void unmap(struct view *views, size_t count) {
    for (size_t i = 0; i < count; i++) {
        munmap(views[i].header, views[i].bytes);
    }
}

static void buckets_are_inclusive_above(void) {
    CHECK(histogram_bucket(0, 9) == 0 && histogram_bucket(10, 9) == 10 && histogram_bucket(11, 9) == 11 && histogram_bucket(12, 9) == 11);
    CHECK(histogram_bucket(13, 9) == 12 && histogram_bucket(100, 9) == 26 && histogram_bucket(101, 9) == 27);
    CHECK(histogram_bucket(UINT64_C(10000000000), 9) == SLAB_DURATION_BUCKETS - 2);
    CHECK(histogram_bucket(UINT64_C(10000000001), 9) == SLAB_DURATION_BUCKETS - 1);
    CHECK(histogram_bucket(UINT64_MAX, 7) == SLAB_BYTES_BUCKETS - 1);
    for (uint64_t value = 1; value < UINT64_C(1) << 40; value += value / 50 + 1) {
        CHECK(histogram_bucket(value, 9) >= histogram_bucket(value - 1, 9));
    }
}

static void streams_are_counted_by_their_labels(const char *folder) {
    const void *config = http_config(folder, "destination", "");
    CHECK(config);
    struct played one = {.worker = 1, .code = 200, .request_bytes = 100, .response_bytes = 1000, .duration_ns = 5000000,
                         .address = "10.0.0.1:4711", .cluster = "inbound|80||svc.ns.svc", .peer_san = "spiffe://c/ns/real/sa/a",
                         .local_san = "spiffe://c/ns/mine/sa/b"};
    for (int i = 0; i < 1000; i++) {
        play_http(config, &one);
    }
    struct played two = {.worker = 1, .code = 503, .address = "[fd00::2]:80"};
    play_http(config, &two);
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    const struct slab_series *series = series_of(view.header, 1);
    CHECK(part(view.header, 1)->used == 4 && part(view.header, 1)->live == 2);
    CHECK(series[2].requests == 1000 && series[2].request_bytes == 100000 && series[2].duration_us == 5000000 && series[2].code == 200);
    CHECK(series[2].duration_buckets[histogram_bucket(5000, 9)] == 1000 && series[2].policy == POLICY_MUTUAL_TLS);
    static const char texts[] = "\3\0one\4\0real\27\0spiffe://c/ns/real/sa/a\2\0me\12\0svc.ns.svc";
    CHECK(series[2].text_bytes == sizeof texts - 1 && memcmp(series[2].text, texts, sizeof texts - 1) == 0);
    CHECK(series[3].requests == 1 && series[3].durations == 0 && series[3].policy == POLICY_NONE);
    CHECK(memcmp(series[3].text, "\3\0two\6\0second\0\0\2\0me\0\0", 20) == 0);
    CHECK(series[2].sequence % 2 == 0 && series[2].incarnation % 2 == 1);
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

static void messages_are_counted_across_pieces(const char *folder) {
    const void *config = http_config(folder, "source", "");
    struct played call = {.code = 200, .content_type = "application/grpc+proto", .endpoint = "there;ns;svc;v1;c",
                          .pieces = {{{"\0\0", 2}, {"\0\0\3a", 4}, {"bc\0\0\0\0", 6}, {"\0\1\0\0\0\1x", 7}}, {{"\0\0\0\0\0\0\0\0\0\0", 10}}},
                          .piece_count = {4, 1}};
    play_http(config, &call);
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    uint64_t requests = 0;
    uint64_t responses = 0;
    for (uint32_t i = 0; i < part(view.header, 0)->used; i++) {
        requests += series_of(view.header, 0)[i].request_messages;
        responses += series_of(view.header, 0)[i].response_messages;
    }
    CHECK(requests == 3 && responses == 2);
    /* More pieces than fit on the stack. */
    for (size_t i = 0; i < 200; i++) {
        call.pieces[REQUEST_BODY][i] = (struct abi_text){"\0\0\0\0\0", 5};
    }
    call.piece_count[REQUEST_BODY] = 200;
    call.piece_count[!REQUEST_BODY] = 0;
    play_http(config, &call);
    CHECK(series_of(view.header, 0)[SLAB_FIRST].request_messages + series_of(view.header, 0)[SLAB_FIRST + 1].request_messages == 203);
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

static uint64_t messages_of(const char *folder, const char *first_type, const char *later_type) {
    const void *config = http_config(folder, "destination", "");
    struct played call = {.code = 200, .content_type = first_type,
                          .pieces = {{{"\0\0\0\0\1x\0\0\0\0\0", 11}}, {{"\0\0\0\0\1y\x80\0\0\0\2zz", 13}}}, .piece_count = {1, 1}};
    const void *stream = envoy_dynamic_module_on_http_filter_new(config, &call);
    envoy_dynamic_module_on_http_filter_request_headers(&call, stream, false);
    envoy_dynamic_module_on_http_filter_request_body(&call, stream, true);
    call.content_type = later_type;
    envoy_dynamic_module_on_http_filter_response_headers(&call, stream, false);
    envoy_dynamic_module_on_http_filter_response_body(&call, stream, true);
    envoy_dynamic_module_on_http_filter_stream_complete(&call, stream);
    envoy_dynamic_module_on_http_filter_destroy(stream);
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    uint64_t messages = 0;
    for (uint32_t i = 0; i < part(view.header, 0)->used; i++) {
        messages += 10 * series_of(view.header, 0)[i].request_messages + series_of(view.header, 0)[i].response_messages;
    }
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
    return messages;
}

/* As Envoy has it: the bare type or one with a plus sign, and gRPC-Web that a filter turns into it. */
static void calls_are_known_by_their_content_type(const char *folder) {
    CHECK(messages_of(folder, "application/grpc", "application/grpc") == 21);
    CHECK(messages_of(folder, "application/grpc+proto", "application/grpc+proto") == 21);
    CHECK(messages_of(folder, "application/grpc; a=b", "application/grpc; a=b") == 0);
    CHECK(messages_of(folder, "application/grpcx", "application/grpcx") == 0);
    CHECK(messages_of(folder, "application/grpc-web+proto", "application/grpc") == 21);
    CHECK(messages_of(folder, "application/grpc-web", "application/grpc-web") == 0);
    CHECK(messages_of(folder, "application/grpc-web-text", "application/grpc") == 0);
}

/* Plays one request and checks the texts of its series, in their order with a bar behind each. */
static void check_texts(const char *folder, const char *labels, struct played played, const char *expected) {
    char json[1000];
    char texts[sizeof((struct slab_series *)0)->text + 1];
    size_t length = 0;
    snprintf(json, sizeof json,
             "{\"labels\":[%s],\"folder\":\"%s\",\"reporter\":\"source\",\"node\":\"me\",\"host_header\":true,"
             "\"peers\":{\"10.0.0.1\":\"one;first\"},\"services\":{\"mapped\":{\"host\":\"h\",\"name\":\"n\"}}}",
             labels, folder);
    const void *config =
        envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){json, strlen(json)});
    CHECK(config);
    play_http(config, &played);
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    const struct slab_series *series = &series_of(view.header, 0)[SLAB_FIRST];
    for (size_t at = 0; at < series->text_bytes;) {
        uint16_t bytes;
        memcpy(&bytes, series->text + at, 2);
        memcpy(texts + length, series->text + at + 2, bytes);
        length += bytes;
        texts[length++] = '|';
        at += 2 + (size_t)bytes;
    }
    texts[length] = 0;
    CHECK(strcmp(texts, expected) == 0);
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

static void peers_and_services_are_found_wherever_envoy_tells_them(const char *folder) {
    const char *labels = "\"destination_workload\",\"destination_service\",\"destination_service_name\"";
    check_texts(folder, labels, (struct played){.endpoint = "w;ns", .cluster = "mapped"}, "w|h|n|");
    check_texts(folder, labels, (struct played){.endpoint = ";;;;;;;;", .address = "10.0.0.1:80", .cluster = "outbound|80||"},
                "one|host.example|host.example|");
    check_texts(folder, labels, (struct played){.address = "[::ffff:10.0.0.1]:80", .cluster = "BlackHoleCluster"},
                "one|host.example|BlackHoleCluster|");
    check_texts(folder, labels, (struct played){.address = "10.0.0.1", .cluster = "InboundPassthroughClusterIpv4"},
                "one|host.example|InboundPassthroughClusterIpv4|");
    check_texts(folder, labels, (struct played){.address = "[", .cluster = "other"}, "|host.example|host.example|");
    check_texts(folder, labels, (struct played){.route = "block_all", .cluster = "mapped"}, "|host.example|BlackHoleCluster|");
    check_texts(folder, labels, (struct played){.route = "allow_any"}, "|host.example|PassthroughCluster|");
    check_texts(folder, "\"destination_workload\"", (struct played){.endpoint = "w", .cluster = "mapped"}, "w|");
    int before = peer_lookups;
    check_texts(folder, "\"destination_service_name\"", (struct played){.endpoint = "w", .cluster = "mapped"}, "n|");
    CHECK(peer_lookups == before);
}

/* Checks the service for which one request that came in by a cluster is counted; empty: not the own one. */
static void check_own_service(const char *folder, const char *cluster, const char *expected) {
    const void *config = http_config(folder, "destination",
                                     ",\"service\":{\"host\":\"own.ns.svc\",\"name\":\"own\"},"
                                     "\"services\":{\"inbound|81||\":{\"host\":\"other.ns.svc\",\"name\":\"other\"}}");
    CHECK(config);
    play_http(config, &(struct played){.code = 200, .cluster = cluster});
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    const struct slab_series *series = &series_of(view.header, 0)[SLAB_FIRST];
    CHECK((memmem(series->text, series->text_bytes, *expected ? expected : "own", *expected ? strlen(expected) : 3) != NULL) == !!*expected);
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

static void what_comes_in_is_for_the_own_service_unless_its_cluster_says_otherwise(const char *folder) {
    check_own_service(folder, "inbound|80||", "own.ns.svc");
    check_own_service(folder, "", "own.ns.svc");
    check_own_service(folder, "app", "own.ns.svc");
    check_own_service(folder, "inbound|81||", "other.ns.svc");
    check_own_service(folder, "inbound|80||third.ns.svc", "third.ns.svc");
    check_own_service(folder, "InboundPassthroughCluster", "");
}

static void beyond_the_cap_totals_stay_exact(const char *folder) {
    const void *config = http_config(folder, "source", "");
    char endpoint[40];
    struct played call = {.code = 200, .endpoint = endpoint, .peer_san = NULL};
    for (int i = 0; i < 500; i++) {
        snprintf(endpoint, sizeof endpoint, "workload-%d;ns", i % 100);
        play_http(config, &call);
    }
    /* No series takes labels that do not fit into it. */
    char long_name[10000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    call.local_san = long_name;
    play_http(config, &call);
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    CHECK(total_requests(view.header) == 501 && part(view.header, 0)->live == 16);
    CHECK(series_of(view.header, 0)[SLAB_OVERFLOW].requests == 501 - 16 * 5 && part(view.header, 0)->overflows == 501 - 16 * 5);
    CHECK(part(view.header, 0)->oversized == 1);
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

/* A table by itself, since in Envoy's time eviction takes a minute. Its more text is a file in memory. */
struct lone_table {
    struct slab_worker *worker;
    struct slab_series *series;
    struct more_text more;
    size_t more_bytes;
    struct table *table;
};

static struct lone_table lone_table(uint32_t max_series) {
    struct lone_table lone = {.worker = aligned_alloc(SLAB_PAGE, slab_worker_bytes(max_series)), .more = {.fd = memfd_create("more", 0)},
                              .more_bytes = slab_more_text_bytes(max_series)};
    struct seeds seeds = {{1, 2}, {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9}};
    CHECK(lone.worker && lone.more.fd >= 0 && ftruncate(lone.more.fd, (off_t)lone.more_bytes) == 0);
    memset(lone.worker, 0, slab_worker_bytes(max_series));
    lone.series = (struct slab_series *)(lone.worker + 1);
    lone.more.memory = mmap(NULL, lone.more_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, lone.more.fd, 0);
    CHECK(lone.more.memory != MAP_FAILED);
    lone.table = table_new(lone.worker, &lone.more, max_series, 60, &seeds);
    CHECK(lone.table);
    return lone;
}

static void lone_table_free(struct lone_table *lone) {
    table_free(lone->table);
    munmap(lone->more.memory, lone->more_bytes);
    close(lone->more.fd);
    free(lone->worker);
}

/* How many pages of more text are there. */
static size_t more_pages(const struct lone_table *lone) {
    struct stat status;
    CHECK(fstat(lone->more.fd, &status) == 0);
    return (size_t)status.st_blocks * 512 / SLAB_PAGE;
}

/* The series of a workload whose name is a letter so many times, which takes two bytes more of text. */
static uint32_t series_of_name(struct lone_table *lone, char letter, size_t length, uint64_t now) {
    static char name[SLAB_TEXT_LIMIT];
    struct label_set set = {.labels = LABEL_BIT(source_workload), .kind = KIND_HTTP};
    CHECK(length <= sizeof name);
    memset(name, letter, length);
    set.text[LABEL_source_workload] = (struct abi_text){name, length};
    return (uint32_t)(table_series(lone->table, &set, now) - lone->series);
}

static void idle_series_make_room_and_leave_their_counts(void) {
    uint32_t max_series = 64;
    struct lone_table lone = lone_table(max_series);
    struct slab_worker *worker = lone.worker;
    struct table *table = lone.table;
    struct slab_series *series = lone.series;
    static struct series_ref known[1000];
    uint64_t added = 0;
    uint64_t recalls = 0;
    for (uint64_t now = 1000, i = 0; i < 200000; i++, now += i % 50 == 0) {
        static char name[SLAB_TEXT_LIMIT];
        struct label_set set = {.labels = LABEL_BIT(source_workload), .kind = KIND_HTTP};
        /* A window of 40 names that moves on: old ones leave before those that came after them, and maybe behind them in the table. Much
         * later they come back. */
        uint64_t number = (i / 400 + i * 7 % 40) % 200;
        size_t length = (size_t)snprintf(name, sizeof name, "w%llu", (unsigned long long)number);
        /* Every fourth is a long one. */
        if (number % 4 == 0) {
            memset(name + length, 'x', number * 44);
            length += number * 44;
        }
        set.text[LABEL_source_workload] = (struct abi_text){name, length};
        struct clue clue = {.numbers = {number % 3}, .texts = {{0}, set.text[LABEL_source_workload]}};
        struct fingerprint fingerprint;
        struct slab_series *recalled = table_recall(table, &clue, &fingerprint);
        struct slab_series *found = table_series(table, &set, now);
        CHECK(!recalled || recalled == found);
        recalls += recalled != NULL;
        table_remember(table, fingerprint, found);
        const uint8_t *more = lone.more.memory + (found - series) * SLAB_MORE_TEXT;
        CHECK(found != &series[SLAB_OVERFLOW] && found->text_bytes == 2 + length && memcmp(whole_text(found, more) + 2, name, length) == 0);
        CHECK(!series_ref_holds(&known[number]) || found == known[number].series);
        known[number] = series_ref(found);
        series_begin(found, now);
        series_add(&found->requests, 1);
        series_end(found);
        added++;
    }
    uint64_t total = 0;
    for (uint32_t i = 0; i < max_series + SLAB_FIRST; i++) {
        total += series[i].requests;
        CHECK(series[i].sequence % 2 == 0);
    }
    CHECK(recalls > added / 2);
    CHECK(total == added && worker->evictions > 10 && series[SLAB_EVICTED].requests > 0 && series[SLAB_OVERFLOW].requests == 0);
    /* Few places ever had such a name: they are taken by its like. */
    CHECK(more_pages(&lone) > 10 && more_pages(&lone) < max_series);
    lone_table_free(&lone);
}

/* The pages of more text are as many as the texts that were there at once needed, whatever came and went. */
static void short_labels_leave_room_for_long_text_to_long_labels(void) {
    enum { SHORT = 700, LONG = 1000, LONGER = 8000 };
    struct lone_table lone = lone_table(16);
    uint64_t now = 1000;
    CHECK(series_of_name(&lone, 'a', SHORT, now) == SLAB_FIRST && more_pages(&lone) == 0);
    CHECK(series_of_name(&lone, 'b', LONG, now) == SLAB_FIRST + 1 && more_pages(&lone) == 1);
    /* One of either kind is idle, and each is taken by its like. */
    CHECK(series_of_name(&lone, 'c', LONG, now += 60) == SLAB_FIRST + 1 && lone.worker->evictions == 2);
    CHECK(series_of_name(&lone, 'd', SHORT, now) == SLAB_FIRST && more_pages(&lone) == 1);
    CHECK(series_of_name(&lone, 'e', SHORT, now += 60) == SLAB_FIRST && lone.worker->evictions == 4);
    CHECK(series_of_name(&lone, 'f', SHORT, now) == SLAB_FIRST + 2);
    CHECK(series_of_name(&lone, 'g', LONGER, now) == SLAB_FIRST + 1 && more_pages(&lone) == 2);
    for (int i = 0; i < 13; i++) {
        CHECK(series_of_name(&lone, (char)('A' + i), SHORT, now) == SLAB_FIRST + 3 + (uint32_t)i);
    }
    CHECK(series_of_name(&lone, 'h', SHORT, now) == SLAB_OVERFLOW);
    /* Where all others count, short labels take it too. */
    for (int i = 0; i < 16; i++) {
        CHECK(series_of_name(&lone, (char)('a' + i), SHORT, now + 60) >= SLAB_FIRST);
    }
    CHECK(lone.worker->live == 16 && lone.worker->used == SLAB_FIRST + 16 && more_pages(&lone) == 2);
    lone_table_free(&lone);
}

static void a_full_folder_costs_long_labels_their_series_and_nothing_else(void) {
    struct lone_table lone = lone_table(16);
    int room = dup(lone.more.fd);
    int none = open("/dev/null", O_RDWR);
    CHECK(room >= 0 && none >= 0 && dup2(none, lone.more.fd) == lone.more.fd);
    CHECK(series_of_name(&lone, 'a', 1000, 5) == SLAB_OVERFLOW && series_of_name(&lone, 'b', 10, 5) == SLAB_FIRST);
    CHECK(lone.worker->overflows == 1 && lone.worker->unroomed == 1 && lone.worker->oversized == 0 && lone.worker->live == 1);
    CHECK(dup2(room, lone.more.fd) == lone.more.fd);
    CHECK(series_of_name(&lone, 'a', 1000, 5) == SLAB_OVERFLOW && lone.worker->unroomed == 2);
    CHECK(series_of_name(&lone, 'a', 1000, 6) == SLAB_FIRST + 1 && lone.worker->unroomed == 2 && lone.worker->live == 2);
    CHECK(more_pages(&lone) == 1);
    close(room);
    close(none);
    lone_table_free(&lone);
}

static const size_t lengths[] = {10, 734, 735, 1000, 4830, 4831, 8926};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static void *relabel(void *argument) {
    struct lone_table *lone = argument;
    for (uint32_t i = 0; i < 30000; i++) {
        CHECK(series_of_name(lone, (char)('a' + i % LENGTHS), lengths[i % LENGTHS], 1000 + i * 60) >= SLAB_FIRST);
    }
    return NULL;
}

/* A reader that copies while places change their labels: the text is of one series, to its end. */
static void a_reader_never_sees_text_of_two_series(void) {
    struct lone_table lone = lone_table(16);
    pthread_t writer;
    CHECK(pthread_create(&writer, NULL, relabel, &lone) == 0);
    struct slab_series *copy = malloc(sizeof *copy);
    uint8_t *more = malloc(SLAB_MORE_TEXT);
    uint64_t seen[LENGTHS] = {0};
    CHECK(copy && more);
    for (uint64_t evictions = 0; evictions < 29000; evictions = __atomic_load_n(&lone.worker->evictions, __ATOMIC_RELAXED)) {
        for (uint32_t i = SLAB_FIRST; i < __atomic_load_n(&lone.worker->used, __ATOMIC_ACQUIRE); i++) {
            const struct slab_series *series = &lone.series[i];
            uint32_t before = __atomic_load_n(&series->sequence, __ATOMIC_ACQUIRE);
            memcpy(copy, series, sizeof *copy);
            if (copy->text_bytes > sizeof copy->text) {
                memcpy(more, lone.more.memory + i * (size_t)SLAB_MORE_TEXT, SLAB_MORE_TEXT);
            }
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (before % 2 || before != __atomic_load_n(&series->sequence, __ATOMIC_RELAXED)) {
                continue;
            }
            const uint8_t *text = whole_text(copy, more);
            size_t letter = text[2] - (size_t)'a';
            CHECK(letter < LENGTHS && copy->text_bytes == 2 + lengths[letter] && memcmp(text + 2, text + 3, lengths[letter] - 1) == 0);
            seen[letter]++;
        }
    }
    pthread_join(writer, NULL);
    for (size_t i = 0; i < LENGTHS; i++) {
        CHECK(seen[i] > 10);
    }
    free(copy);
    free(more);
    lone_table_free(&lone);
}

/* The texts are of these many bytes together, lengths included. */
static void labels_have_a_series_up_to_the_limit_of_texts(const char *folder) {
    static const size_t sizes[] = {735, 736, 737, 738, 739, 4831, 4832, 4833, 8927, 8928, 8929, 60000};
    enum { SIZES = sizeof sizes / sizeof *sizes, FITTING = SIZES - 2 };
    static const char before[] = "\3\0one\5\0first";
    static const char behind[] = "\2\0me\1\0h";
    static char san[60000];
    const void *config = http_config(folder, "destination", "");
    struct played played = {.code = 200, .address = "10.0.0.1", .cluster = "inbound|80||h", .peer_san = san};
    for (size_t i = 0; i < 2 * SIZES; i++) {
        size_t length = sizes[i % SIZES] - (sizeof before - 1) - 2 - (sizeof behind - 1);
        memset(san, 'a' + (int)(i % SIZES), length);
        san[length] = 0;
        play_http(config, &played);
    }
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    const struct slab_worker *worker = part(view.header, 0);
    CHECK(worker->live == FITTING && worker->overflows == 4 && worker->oversized == 4 && worker->unroomed == 0);
    CHECK(series_of(view.header, 0)[SLAB_OVERFLOW].requests == 4 && total_requests(view.header) == 2 * SIZES);
    for (uint32_t i = 0; i < FITTING; i++) {
        const struct slab_series *series = &series_of(view.header, 0)[SLAB_FIRST + i];
        const char *text = (const char *)whole_text(series, more_text_of(view.header, 0, SLAB_FIRST + i));
        size_t length = sizes[i] - (sizeof before - 1) - 2 - (sizeof behind - 1);
        CHECK(series->requests == 2 && series->text_bytes == sizes[i]);
        const char *name = text + sizeof before - 1 + 2;
        CHECK(memcmp(text, before, sizeof before - 1) == 0 && memcmp(name + length, behind, sizeof behind - 1) == 0);
        CHECK(name[0] == (char)('a' + i) && memcmp(name, name + 1, length - 1) == 0);
    }
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

#define QUOTED(name) "\"" #name "\","

/* All 25 labels, each as long as a configuration lets it be, and SPIFFE ids as long as these may be. */
static void names_of_the_greatest_length_have_a_series(const char *folder) {
    static char json[20000];
    static char fields[7][256];
    static char workload[7 * 256];
    static char host[256];
    static char peer_san[2049];
    static char local_san[2049];
    size_t length = 0;
    for (int i = 0; i < 7; i++) {
        memset(fields[i], 'a' + i, 255);
        length += (size_t)snprintf(workload + length, sizeof workload - length, "%s%s", i ? ";" : "", fields[i]);
    }
    memset(host, 'h', 255);
    memset(peer_san, 'p', 2048);
    memset(local_san, 'l', 2048);
    snprintf(json, sizeof json,
             "{\"labels\":[" SLAB_LABELS(QUOTED) "\"reporter\"],\"folder\":\"%s\",\"reporter\":\"source\",\"node\":\"%s\","
             "\"max_series\":16,\"services\":{\"c\":{\"host\":\"%s\",\"name\":\"%s\"}}}",
             folder, workload, host, host);
    char *twice = strstr(json, ",\"reporter\"]");
    CHECK(twice);
    memmove(twice, twice + strlen(",\"reporter\""), strlen(twice + strlen(",\"reporter\"")) + 1);
    const void *config =
        envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){json, strlen(json)});
    CHECK(config);
    struct played played = {.code = 200, .endpoint = workload, .cluster = "c", .peer_san = peer_san, .local_san = local_san};
    play_http(config, &played);
    play_http(config, &played);
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    const struct slab_series *series = &series_of(view.header, 0)[SLAB_FIRST];
    CHECK(part(view.header, 0)->live == 1 && part(view.header, 0)->overflows == 0 && series->requests == 2);
    const uint8_t *text = whole_text(series, more_text_of(view.header, 0, SLAB_FIRST));
    static const char *const expected[] = {fields[0], fields[1], local_san, fields[5], fields[6], fields[2], fields[3], fields[4],
                                           fields[0], fields[1], peer_san,  fields[5], fields[6], fields[2], fields[3], fields[4],
                                           host,      host,      fields[1]};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        uint16_t bytes;
        memcpy(&bytes, text, 2);
        CHECK(bytes == strlen(expected[i]) && memcmp(text + 2, expected[i], bytes) == 0);
        text += 2 + bytes;
    }
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

/* Each configuration has peers of its own, and one worker counts for all of them: what one remembers is nothing to another. */
static void what_is_remembered_is_remembered_of_one_configuration(const char *folder) {
    const void *configs[4];
    for (int i = 0; i < 4; i++) {
        char json[600];
        snprintf(json, sizeof json,
                 "{\"labels\":[\"source_workload\",\"response_code\"],\"folder\":\"%s\",\"reporter\":\"destination\",\"node\":\"me\","
                 "\"peers\":{\"10.0.0.1\":\"one-%d\",\"10.0.0.2\":\"two-%d\"}}", folder, i, i);
        configs[i] = envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){json, strlen(json)});
        CHECK(configs[i]);
    }
    for (int i = 0; i < 2400; i++) {
        struct played played = {.code = i / 8 % 3 ? 200 : 404, .address = i / 4 % 2 ? "10.0.0.1:1" : "10.0.0.2:70"};
        play_http(configs[i % 4], &played);
    }
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1 && part(view.header, 0)->live == 16);
    for (uint32_t i = SLAB_FIRST; i < SLAB_FIRST + 16; i++) {
        const struct slab_series *series = &series_of(view.header, 0)[i];
        CHECK(series->requests == (series->code == 200 ? 200 : 100) && series->text_bytes == 7);
    }
    unmap(&view, 1);
    for (int i = 0; i < 4; i++) {
        envoy_dynamic_module_on_http_filter_config_destroy(configs[i]);
    }
}

static void a_call_without_a_body_is_known_where_a_label_tells(const char *folder) {
    for (int told = 0; told < 2; told++) {
        char json[600];
        snprintf(json, sizeof json, "{\"labels\":[\"%s\"],\"folder\":\"%s\",\"reporter\":\"destination\",\"node\":\"me\"}",
                 told ? "request_protocol" : "response_code", folder);
        const void *config =
            envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){json, strlen(json)});
        CHECK(config);
        struct played played = {.code = 200, .content_type = "application/grpc"};
        const void *stream = envoy_dynamic_module_on_http_filter_new(config, &played);
        envoy_dynamic_module_on_http_filter_request_headers(&played, stream, true);
        envoy_dynamic_module_on_http_filter_response_headers(&played, stream, true);
        envoy_dynamic_module_on_http_filter_stream_complete(&played, stream);
        envoy_dynamic_module_on_http_filter_destroy(stream);
        struct view view;
        CHECK(map_slabs(folder, &view, 1) == 1);
        CHECK(series_of(view.header, 0)[SLAB_FIRST].protocol == (told ? PROTOCOL_GRPC : PROTOCOL_NONE));
        unmap(&view, 1);
        envoy_dynamic_module_on_http_filter_config_destroy(config);
    }
}

static void connections_are_counted_once(const char *folder) {
    char json[1000];
    snprintf(json, sizeof json, "{\"node\":\"me;mine\",\"labels\":[\"destination_service\"],\"reporter\":\"source\",\"folder\":\"%s\"}", folder);
    const void *config =
        envoy_dynamic_module_on_network_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){json, strlen(json)});
    CHECK(config);
    struct played played = {.worker = 2, .address = "10.0.0.1"};
    const void *connection = envoy_dynamic_module_on_network_filter_new(config, &played);
    envoy_dynamic_module_on_network_filter_new_connection(&played, connection);
    envoy_dynamic_module_on_network_filter_read(&played, connection, 10, false);
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    const struct slab_series *series = &series_of(view.header, 2)[SLAB_FIRST];
    CHECK(series->tcp_opened == 0);
    played.cluster = "outbound|9000||db.ns.svc";
    envoy_dynamic_module_on_network_filter_write(&played, connection, 1000, false);
    CHECK(series->tcp_opened == 1 && series->tcp_received_bytes == 10 && series->tcp_sent_bytes == 1000 && series->tcp_closed == 0);
    envoy_dynamic_module_on_network_filter_read(&played, connection, 5, true);
    envoy_dynamic_module_on_network_filter_event(&played, connection, 2);
    envoy_dynamic_module_on_network_filter_event(&played, connection, ABI_REMOTE_CLOSE);
    envoy_dynamic_module_on_network_filter_event(&played, connection, ABI_LOCAL_CLOSE);
    envoy_dynamic_module_on_network_filter_destroy(connection);
    CHECK(series->tcp_opened == 1 && series->tcp_received_bytes == 15 && series->tcp_sent_bytes == 1000 && series->tcp_closed == 1);
    unmap(&view, 1);
    envoy_dynamic_module_on_network_filter_config_destroy(config);
}

static void bad_configurations_are_refused(const char *folder) {
    CHECK(!http_config(folder, "sideways", "") && strstr(last_log, "reporter is source or destination"));
    CHECK(!http_config(folder, "source", ",\"surprise\":1") && strstr(last_log, "unknown key"));
    CHECK(!http_config(folder, "source", ",\"node\":\"x\"") && strstr(last_log, "key comes twice"));
    CHECK(!http_config(folder, "source", ",\"idle_seconds\":59") && strstr(last_log, "number too small"));
    CHECK(!http_config(folder, "source", ",\"idle_seconds\":600.5") && strstr(last_log, "whole number"));
    CHECK(!http_config("/proc/nowhere", "source", "") && strstr(last_log, "cannot create a file"));
    CHECK(http_config(folder, "source", ",\"services\":{\"a\":{\"name\":\"\\u00e9\\ud83d\\ude00\"},\"a\":{}}") == NULL);
    CHECK(strstr(last_log, "twice"));
    CHECK(!http_config("relative", "source", "") && strstr(last_log, "folder is no absolute path"));
    CHECK(!http_config(folder, "source", ",\"idle_seconds\":99999999999999999999") && strstr(last_log, "refused"));
    CHECK(!http_config(folder, "source", "} trailing") && strstr(last_log, "refused"));
}

static const void *config_of(const char *json, size_t length) {
    /* A copy of its own size, so that reading beyond its end is noticed. */
    char *copy = malloc(length + !length);
    CHECK(copy);
    memcpy(copy, json, length);
    const void *config = envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){copy, length});
    free(copy);
    return config;
}

static void beginnings_and_damaged_configurations_are_refused_in_one_line(const char *folder) {
    char json[600];
    int length = snprintf(json, sizeof json,
                          "{\"labels\":[\"source_workload\"],\"folder\":\"%s\",\"reporter\":\"source\",\"node\":\"me;\\u00e9\",\"max_series\":16,"
                          "\"peers\":{\"10.0.0.1\":\"a;b\"},\"services\":{\"c\":{\"host\":\"h\"}},\"host_header\":true,\"idle_seconds\":60}", folder);
    CHECK(length > 0 && (size_t)length < sizeof json);
    for (size_t end = 0; end < (size_t)length; end++) {
        CHECK(!config_of(json, end) && strstr(last_log, "refused: ") && strstr(last_log, ", at byte ") && !strchr(last_log, '\n'));
    }
    static const char *const wrong[][2] = {
        {"\"10.0.0.1\"", "\"10.0.0.256\""},      {"\"10.0.0.1\"", "\"example.org\""},   {"a;b", "a;b;c;d;e;f;g;h"},
        {"source_workload", "sauce_workload"},     {"\"max_series\":16", "\"max_series\":\"16\""}, {"\"max_series\":16", "\"max_series\":65537"},
        {"true", "1"},                             {"{\"host\":\"h\"}", "\"h\""},           {"{\"host\":\"h\"}", "{\"port\":\"h\"}"},
        {"\\u00e9", "\\ud800"},                    {"\\u00e9", "\xff"},                     {"\\u00e9", "\x01"},
        {"[\"source_workload\"]", "null"},         {"\"source\"", "{}"},                     {"{\"labels\"", "\xef\xbb\xbf{\"labels\""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char damaged[700];
        const char *at = strstr(json, wrong[i][0]);
        CHECK(at);
        int size = snprintf(damaged, sizeof damaged, "%.*s%s%s", (int)(at - json), json, wrong[i][1], at + strlen(wrong[i][0]));
        CHECK(!config_of(damaged, (size_t)size) && strstr(last_log, "refused: ") && !strchr(last_log, '\n'));
    }
    const void *whole = config_of(json, (size_t)length);
    CHECK(whole);
    envoy_dynamic_module_on_http_filter_config_destroy(whole);
}

/* Live writers keep their slabs, dead ones' go: a configuration that asks for other caps gets a slab of its own. */
static void slabs_last_as_long_as_their_users(const char *folder) {
    struct view views[4];
    const void *first = http_config(folder, "source", "");
    const void *second = http_config(folder, "destination", "");
    const void *third = http_config(folder, "source", ",\"idle_seconds\":700");
    CHECK(first && second && third);
    size_t count = map_slabs(folder, views, 4);
    CHECK(count == 2 && views[0].header->generation != views[1].header->generation);
    unmap(views, count);
    struct played call = {.code = 200, .endpoint = "w;ns"};
    const void *open = envoy_dynamic_module_on_http_filter_new(first, &call);
    envoy_dynamic_module_on_http_filter_config_destroy(third);
    /* A new slab comes, and the dead one is removed. */
    third = http_config(folder, "source", ",\"idle_seconds\":800");
    count = map_slabs(folder, views, 4);
    CHECK(count == 2);
    unmap(views, count);
    envoy_dynamic_module_on_http_filter_stream_complete(&call, open);
    envoy_dynamic_module_on_http_filter_destroy(open);
    envoy_dynamic_module_on_http_filter_config_destroy(third);
    envoy_dynamic_module_on_http_filter_config_destroy(second);
    envoy_dynamic_module_on_http_filter_config_destroy(first);
}

struct worker_run {
    const void *config;
    uint32_t worker;
    int streams;
};

static void *run_worker(void *argument) {
    struct worker_run *run = argument;
    const void *open[600];
    char endpoint[40];
    struct played played = {.worker = run->worker, .code = 200, .endpoint = endpoint, .content_type = "application/grpc"};
    /* More streams at once than a worker's first chunk has objects. */
    for (size_t i = 0; i < 600; i++) {
        open[i] = envoy_dynamic_module_on_http_filter_new(run->config, &played);
        CHECK(open[i]);
    }
    for (size_t i = 0; i < 600; i++) {
        envoy_dynamic_module_on_http_filter_destroy(open[i]);
    }
    for (int i = 0; i < run->streams; i++) {
        snprintf(endpoint, sizeof endpoint, "workload-%d;ns", i % 10);
        play_http(run->config, &played);
    }
    return NULL;
}

/* A reader that copies while workers write: what it takes for whole is whole. */
static void a_reader_never_sees_a_torn_series(const char *folder) {
    enum { STREAMS = 40000 };
    const void *config = http_config(folder, "source", "");
    pthread_t threads[WORKERS];
    struct worker_run runs[WORKERS];
    struct view view;
    CHECK(map_slabs(folder, &view, 1) == 1);
    for (uint32_t i = 0; i < WORKERS; i++) {
        runs[i] = (struct worker_run){config, i, STREAMS};
        CHECK(pthread_create(&threads[i], NULL, run_worker, &runs[i]) == 0);
    }
    uint64_t whole = 0;
    struct slab_series *copy = malloc(sizeof *copy);
    CHECK(copy);
    for (uint64_t last = 0; last < WORKERS * STREAMS; last = total_requests(view.header)) {
        for (uint32_t worker = 0; worker < WORKERS; worker++) {
            for (uint32_t i = SLAB_FIRST; i < __atomic_load_n(&part(view.header, worker)->used, __ATOMIC_ACQUIRE); i++) {
                const struct slab_series *series = &series_of(view.header, worker)[i];
                uint32_t before = __atomic_load_n(&series->sequence, __ATOMIC_ACQUIRE);
                memcpy(copy, series, sizeof *copy);
                __atomic_thread_fence(__ATOMIC_ACQUIRE);
                if (before % 2 || before != __atomic_load_n(&series->sequence, __ATOMIC_RELAXED)) {
                    continue;
                }
                uint64_t in_buckets = 0;
                for (int bucket = 0; bucket < SLAB_BYTES_BUCKETS; bucket++) {
                    in_buckets += copy->request_bytes_buckets[bucket];
                }
                CHECK(in_buckets == copy->requests);
                whole++;
            }
        }
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(total_requests(view.header) == WORKERS * STREAMS && whole > 100);
    free(copy);
    unmap(&view, 1);
    envoy_dynamic_module_on_http_filter_config_destroy(config);
}

/* A configuration as Envoy shares it: gone with the last stream or worker that uses it, on whichever thread that is. */
struct shared {
    const void *http;
    const void *tcp;
    int users;
};

static pthread_mutex_t sharing = PTHREAD_MUTEX_INITIALIZER;
static struct shared *current;

static void drop(struct shared *shared) {
    pthread_mutex_lock(&sharing);
    bool last = --shared->users == 0;
    pthread_mutex_unlock(&sharing);
    if (last) {
        envoy_dynamic_module_on_http_filter_config_destroy(shared->http);
        envoy_dynamic_module_on_network_filter_config_destroy(shared->tcp);
        free(shared);
    }
}

static void swap_in(const char *folder, int round) {
    char json[1000];
    snprintf(json, sizeof json,
             "{\"node\":\"me\",\"labels\":[\"source_workload\",\"response_code\"],\"reporter\":\"destination\",\"folder\":\"%s\",\"max_series\":%d,"
             "\"peers\":{\"10.0.0.1\":\"peer-%d\"}}", folder, round % 3 ? 64 : 128, round);
    struct abi_text text = {json, strlen(json)};
    struct shared *next = malloc(sizeof *next);
    CHECK(next);
    *next = (struct shared){envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, text),
                            envoy_dynamic_module_on_network_filter_config_new(NULL, (struct abi_text){"f", 1}, text), 1};
    CHECK(next->http && next->tcp);
    pthread_mutex_lock(&sharing);
    struct shared *before = current;
    current = next;
    pthread_mutex_unlock(&sharing);
    if (before) {
        drop(before);
    }
}

struct swapped_run {
    uint32_t worker;
    int streams;
};

static void *run_while_swapped(void *argument) {
    struct swapped_run *run = argument;
    for (int i = 0; i < run->streams; i++) {
        struct played played = {.worker = run->worker, .code = 200, .address = "10.0.0.1", .cluster = "c", .request_bytes = 7};
        pthread_mutex_lock(&sharing);
        struct shared *shared = current;
        shared->users++;
        pthread_mutex_unlock(&sharing);
        const void *connection = envoy_dynamic_module_on_network_filter_new(shared->tcp, &played);
        CHECK(connection);
        envoy_dynamic_module_on_network_filter_read(&played, connection, 10, false);
        play_http(shared->http, &played);
        envoy_dynamic_module_on_network_filter_write(&played, connection, 20, false);
        envoy_dynamic_module_on_network_filter_event(&played, connection, ABI_LOCAL_CLOSE);
        envoy_dynamic_module_on_network_filter_destroy(connection);
        drop(shared);
    }
    return NULL;
}

/* Both filters get other configurations, some with slabs of other sizes, while workers are at it. Every slab is kept by its reader. */
static void nothing_is_lost_while_configurations_are_swapped(const char *folder) {
    enum { STREAMS = 20000, SWAPS = 60 };
    static struct view views[SWAPS];
    static uint64_t generations[SWAPS];
    size_t count = 0;
    pthread_t threads[WORKERS];
    struct swapped_run runs[WORKERS];
    swap_in(folder, 0);
    for (uint32_t i = 0; i < WORKERS; i++) {
        runs[i] = (struct swapped_run){i, STREAMS};
        CHECK(pthread_create(&threads[i], NULL, run_while_swapped, &runs[i]) == 0);
    }
    for (int round = 0; round < SWAPS; round++) {
        struct view now[SWAPS];
        if (round) {
            swap_in(folder, round);
        }
        size_t there = map_slabs(folder, now, SWAPS);
        for (size_t i = 0; i < there; i++) {
            size_t known = 0;
            while (known < count && generations[known] != now[i].header->generation) {
                known++;
            }
            if (known < count) {
                unmap(&now[i], 1);
            } else {
                CHECK(count < SWAPS);
                generations[count] = now[i].header->generation;
                views[count++] = now[i];
            }
        }
        usleep(1000);
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    uint64_t requests = 0;
    uint64_t closed = 0;
    uint64_t received = 0;
    for (size_t slab = 0; slab < count; slab++) {
        requests += total_requests(views[slab].header);
        for (uint32_t worker = 0; worker < WORKERS; worker++) {
            for (uint32_t i = 0; i < part(views[slab].header, worker)->used; i++) {
                closed += series_of(views[slab].header, worker)[i].tcp_closed;
                received += series_of(views[slab].header, worker)[i].tcp_received_bytes;
            }
        }
    }
    CHECK(requests == WORKERS * STREAMS && closed == WORKERS * STREAMS && received == UINT64_C(10) * WORKERS * STREAMS && count > 1);
    unmap(views, count);
    drop(current);
    current = NULL;
}

/* What Envoy is asked for in a request, which is most of what the plugin costs; in the order of the alphabet. */
static const struct {
    const char *of;
    const char *reporter;
    struct played played;
    bool body;
    const char *asked;
} QUESTIONS[] = {
    {"a request that comes", "destination", {.duration_ns = 1, .code = 200}, false,
     "cluster, code, downstream address, own san, peer san, request bytes, response bytes, timing, worker"},
    {"one by mutual TLS", "destination", {.duration_ns = 1, .code = 200, .peer_san = "spiffe://c/ns/a/sa/b", .local_san = "spiffe://c/ns/d/sa/e"}, false,
     "cluster, code, downstream address, own san, peer san, request bytes, response bytes, timing, worker"},
    {"one with a body", "destination", {.duration_ns = 1, .code = 200}, true,
     "cluster, code, content type, downstream address, own san, peer san, request bytes, response bytes, timing, worker"},
    {"one of which Envoy knows no duration", "destination", {.code = 400}, false,
     "clock, cluster, code, downstream address, own san, peer san, request bytes, response bytes, timing, worker"},
    {"a request that goes out", "source", {.duration_ns = 1, .code = 200}, false,
     "cluster, code, endpoint, peer san, request bytes, response bytes, route, timing, upstream address, worker"},
    {"one to an endpoint that tells its workload", "source", {.duration_ns = 1, .code = 200, .endpoint = "w;ns"}, false,
     "cluster, code, endpoint, peer san, request bytes, response bytes, route, timing, worker"},
    {"one to a route that tells its service", "source", {.duration_ns = 1, .code = 502, .endpoint = "w;ns", .route = "block_all"}, false,
     "code, endpoint, peer san, request bytes, response bytes, route, timing, worker"},
    {"one out by mutual TLS", "source", {.duration_ns = 1, .code = 200, .endpoint = "w;ns", .peer_san = "spiffe://c/ns/a/sa/b"}, false,
     "cluster, code, endpoint, own san, peer san, request bytes, response bytes, route, timing, worker"},
};

static int by_name(const void *one, const void *other) {
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* With the labels of the profile dashboard, of a request like one before. */
static void envoy_is_asked_for_no_more_than_labels_need(const char *folder) {
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof *QUESTIONS; i++) {
        char json[1000];
        snprintf(json, sizeof json,
                 "{\"labels\":[\"source_workload\",\"source_workload_namespace\",\"source_cluster\",\"destination_workload\","
                 "\"destination_workload_namespace\",\"destination_cluster\",\"destination_principal\",\"destination_service\","
                 "\"response_code\",\"connection_security_policy\"],\"folder\":\"%s\",\"reporter\":\"%s\",\"node\":\"me;mine\"}",
                 folder, QUESTIONS[i].reporter);
        const void *config =
            envoy_dynamic_module_on_http_filter_config_new(NULL, (struct abi_text){"f", 1}, (struct abi_text){json, strlen(json)});
        CHECK(config);
        struct played played = QUESTIONS[i].played;
        struct questions questions;
        for (int round = 0; round < 2; round++) {
            questions = (struct questions){0};
            noting = &questions;
            const void *stream = envoy_dynamic_module_on_http_filter_new(config, &played);
            envoy_dynamic_module_on_http_filter_request_headers(&played, stream, !QUESTIONS[i].body);
            if (QUESTIONS[i].body) {
                envoy_dynamic_module_on_http_filter_request_body(&played, stream, true);
            }
            envoy_dynamic_module_on_http_filter_response_headers(&played, stream, false);
            envoy_dynamic_module_on_http_filter_response_body(&played, stream, true);
            envoy_dynamic_module_on_http_filter_stream_complete(&played, stream);
            envoy_dynamic_module_on_http_filter_destroy(stream);
            noting = NULL;
        }
        envoy_dynamic_module_on_http_filter_config_destroy(config);
        qsort(questions.asked, questions.count, sizeof *questions.asked, by_name);
        char asked[600] = "";
        for (size_t at = 0; at < questions.count; at++) {
            size_t length = strlen(asked);
            snprintf(asked + length, sizeof asked - length, "%s%s", at ? ", " : "", questions.asked[at]);
        }
        if (strcmp(asked, QUESTIONS[i].asked) != 0) {
            fprintf(stderr, "%s: asked for %s\nin place of %s\n", QUESTIONS[i].of, asked, QUESTIONS[i].asked);
            exit(1);
        }
    }
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    const char *folder = arguments[1];
    CHECK(strcmp(envoy_dynamic_module_on_program_init(), ABI_VERSION) == 0);
    buckets_are_inclusive_above();
    idle_series_make_room_and_leave_their_counts();
    short_labels_leave_room_for_long_text_to_long_labels();
    a_full_folder_costs_long_labels_their_series_and_nothing_else();
    a_reader_never_sees_text_of_two_series();
    labels_have_a_series_up_to_the_limit_of_texts(folder);
    names_of_the_greatest_length_have_a_series(folder);
    streams_are_counted_by_their_labels(folder);
    messages_are_counted_across_pieces(folder);
    calls_are_known_by_their_content_type(folder);
    beyond_the_cap_totals_stay_exact(folder);
    what_is_remembered_is_remembered_of_one_configuration(folder);
    a_call_without_a_body_is_known_where_a_label_tells(folder);
    connections_are_counted_once(folder);
    peers_and_services_are_found_wherever_envoy_tells_them(folder);
    what_comes_in_is_for_the_own_service_unless_its_cluster_says_otherwise(folder);
    bad_configurations_are_refused(folder);
    beginnings_and_damaged_configurations_are_refused_in_one_line(folder);
    slabs_last_as_long_as_their_users(folder);
    a_reader_never_sees_a_torn_series(folder);
    nothing_is_lost_while_configurations_are_swapped(folder);
    envoy_is_asked_for_no_more_than_labels_need(folder);
    puts("all as it should be");
    return 0;
}
