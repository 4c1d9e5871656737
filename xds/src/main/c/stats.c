/*
 * The hooks that Envoy calls: what a stream or connection was is read from Envoy when it ends, and added to one series.
 *
 *     HTTP   one event, at the end of the stream
 *     gRPC   messages besides, as they pass, once it is known where they go
 *     TCP    opened once it is known where the connection goes, bytes as they pass, closed at the end
 */
#define _GNU_SOURCE
#include "abi.h"
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Istio's messages metrics do not have these labels: they may be counted before there is a response. */
#define NOT_OF_MESSAGES                                                                                                                    \
    (LABEL_BIT(request_protocol) | LABEL_BIT(response_code) | LABEL_BIT(grpc_response_status) | LABEL_BIT(response_flags) |                \
     LABEL_BIT(connection_security_policy))
#define GRPC_LABELS (LABEL_BIT(request_protocol) | LABEL_BIT(grpc_response_status))
#define NOT_OF_TCP (LABEL_BIT(response_code) | LABEL_BIT(grpc_response_status))

#define TEXT(literal) ((struct abi_text){literal, sizeof literal - 1})

/* How far the reading of length-prefixed gRPC messages has come in one direction. */
struct frames {
    uint32_t body_left;
    uint32_t length;
    uint8_t head_bytes; /* of a head's five */
    uint8_t flags;
};

enum direction { REQUEST, RESPONSE };

struct stream {
    const struct config *config;
    uint32_t worker;
    bool grpc;
    bool web;    /* gRPC-Web, which a later filter may turn into gRPC */
    bool packed; /* its messages are in base64 */
    bool placed; /* it is known where it goes */
    struct frames frames[2];
    uint64_t unplaced[2]; /* messages seen before that */
    struct series_ref messages;
};

struct connection {
    const struct config *config;
    uint32_t worker;
    bool closed;
    bool opened; /* it is known where it goes, and it was counted as opened */
    uint64_t unplaced_received;
    uint64_t unplaced_sent;
    struct series_ref series;
};

_Static_assert(sizeof(struct stream) <= POOL_OBJECT && sizeof(struct connection) <= POOL_OBJECT, "a pool's objects are large enough");

/* Texts of a clue, as Envoy gives them. Which of them are read depends on the configuration. */
enum clue_text { SEEN_PEER_SAN, SEEN_LOCAL_SAN, SEEN_ENDPOINT, SEEN_ADDRESS, SEEN_HOST, SEEN_CLUSTER };

/* What the label values are taken from. */
struct facts {
    struct workload peer;
    struct abi_text peer_san;
    struct abi_text local_san;
    struct service service;
};

#define NS_PER_S 1000000000

static uint32_t workers;

static void log_line(int level, const char *line) {
    CALLBACK(log)(level, (struct abi_text){line, strlen(line)});
}

const char *envoy_dynamic_module_on_program_init(void) {
    workers = CALLBACK(get_concurrency)();
    return ABI_VERSION;
}

static const void *new_config(const char *filter, struct abi_text json) {
    char reason[SLAB_FOLDER_LIMIT + 100];
    char line[SLAB_FOLDER_LIMIT + 200];
    struct config *config = config_new(json, CALLBACK(is_validation_mode)() ? 0 : workers, reason, sizeof reason);
    if (config) {
        snprintf(line, sizeof line, "sockway stats (%s): counts in %s, %u peers, at most %u series a worker", filter, config->folder,
                 config->peers.count, config->max_series);
        log_line(ABI_LOG_INFO, line);
    } else {
        snprintf(line, sizeof line, "sockway stats (%s): configuration refused: %s", filter, reason);
        log_line(ABI_LOG_ERROR, line);
    }
    return config;
}

static void free_config(abi_config config) {
    config_free((struct config *)(uintptr_t)config);
}

/* ------------------------------------------------------------------------------------------------------------------------ label values */

/* The namespace in "spiffe://DOMAIN/ns/NAMESPACE/sa/ACCOUNT", empty if there is none. */
static struct abi_text namespace_of(struct abi_text san) {
    const char *mark = san.length ? memmem(san.data, san.length, "/ns/", 4) : NULL;
    if (!mark) {
        return (struct abi_text){0};
    }
    const char *begin = mark + 4;
    const char *end = san.data + san.length;
    const char *slash = memchr(begin, '/', (size_t)(end - begin));
    return (struct abi_text){begin, (size_t)((slash ? slash : end) - begin)};
}

static bool starts_with(struct abi_text text, struct abi_text start) {
    return text.length >= start.length && memcmp(text.data, start.data, start.length) == 0;
}

/* The service that a cluster stands for: as configured, or as Istio names clusters: "outbound|PORT|SUBSET|HOST". */
static struct service service_of(const struct config *config, struct abi_text cluster) {
    const struct service *configured = config_service(config, cluster);
    if (configured) {
        return *configured;
    }
    if (text_is(cluster, "BlackHoleCluster") || starts_with(cluster, TEXT("PassthroughCluster")) ||
        starts_with(cluster, TEXT("InboundPassthroughCluster"))) {
        return (struct service){.name = cluster};
    }
    if (!starts_with(cluster, TEXT("outbound|")) && !starts_with(cluster, TEXT("inbound|"))) {
        return (struct service){0};
    }
    const char *bar = memrchr(cluster.data, '|', cluster.length);
    struct abi_text host = {bar + 1, (size_t)(cluster.data + cluster.length - bar - 1)};
    const char *dot = host.length ? memchr(host.data, '.', host.length) : NULL;
    return (struct service){host, {host.data, dot ? (size_t)(dot - host.data) : host.length}};
}

/* "10.1.2.3:80", "[fd00::1]:80" or an address alone, without port, brackets, and the prefix of an IPv4 address in IPv6. */
static struct abi_text without_port(struct abi_text address) {
    const char *colon = address.length ? memrchr(address.data, ':', address.length) : NULL;
    if (address.length && address.data[0] == '[' && colon) {
        address = (struct abi_text){address.data + 1, (size_t)(colon - address.data - 2)};
    } else if (colon && memchr(address.data, ':', address.length) == colon) {
        address.length = (size_t)(colon - address.data);
    }
    if (starts_with(address, TEXT("::ffff:")) && memchr(address.data, '.', address.length)) {
        address = (struct abi_text){address.data + 7, address.length - 7};
    }
    return address;
}

static void put(struct label_set *set, enum slab_label label, struct abi_text value) {
    set->text[label] = value;
}

static struct abi_text first_of(struct abi_text value, struct abi_text otherwise) {
    return value.length ? value : otherwise;
}

static void put_workload(struct label_set *set, enum slab_label first, const struct workload *workload, struct abi_text name_space,
                         struct abi_text principal) {
    put(set, first, workload->field[WORKLOAD_NAME]);
    put(set, first + 1, name_space);
    put(set, first + 2, principal);
    put(set, first + 3, workload->field[WORKLOAD_APP]);
    put(set, first + 4, workload->field[WORKLOAD_VERSION]);
    put(set, first + 5, workload->field[WORKLOAD_CANONICAL_SERVICE]);
    put(set, first + 6, workload->field[WORKLOAD_CANONICAL_REVISION]);
    put(set, first + 7, workload->field[WORKLOAD_CLUSTER]);
}

/* Fills in both ends and the service by Istio's rules. Empty texts are what Istio calls unknown or latest. */
static void put_ends(struct label_set *set, const struct config *config, const struct facts *facts) {
    const struct workload *node = &config->node;
    struct abi_text node_namespace = node->field[WORKLOAD_NAMESPACE];
    struct abi_text peer_namespace = first_of(namespace_of(facts->peer_san), facts->peer.field[WORKLOAD_NAMESPACE]);
    struct abi_text host = facts->service.host;
    struct abi_text name = facts->service.name;
    set->reporter = config->reporter;
    if (config->reporter == REPORTER_SOURCE) {
        put_workload(set, LABEL_source_workload, node, node_namespace, facts->local_san);
        put_workload(set, LABEL_destination_workload, &facts->peer, peer_namespace, facts->peer_san);
        put(set, LABEL_destination_service_namespace, peer_namespace);
        set->policy = POLICY_UNKNOWN;
    } else {
        put_workload(set, LABEL_source_workload, &facts->peer, peer_namespace, facts->peer_san);
        put_workload(set, LABEL_destination_workload, node, node_namespace, facts->local_san);
        put(set, LABEL_destination_service_namespace, node_namespace);
        /* What has a name without a host goes to an address that is no service's. */
        if (host.length || !name.length) {
            host = first_of(host, config->service.host);
            name = first_of(name, config->service.name);
        }
        host = first_of(host, node->field[WORKLOAD_CANONICAL_SERVICE]);
        name = first_of(name, node->field[WORKLOAD_CANONICAL_SERVICE]);
        set->policy = facts->peer_san.length && facts->local_san.length ? POLICY_MUTUAL_TLS : POLICY_NONE;
    }
    put(set, LABEL_destination_service, host);
    put(set, LABEL_destination_service_name, name);
}

/* Values that no label shows must not tell series apart. */
static void drop_unused(struct label_set *set) {
    if (!(set->labels & LABEL_BIT(connection_security_policy))) {
        set->policy = POLICY_UNKNOWN;
    }
    if (!(set->labels & LABEL_BIT(response_flags))) {
        set->flags = 0;
    }
    if (!(set->labels & LABEL_BIT(response_code))) {
        set->code = 0;
    }
    if (!(set->labels & LABEL_BIT(grpc_response_status))) {
        set->grpc_status = GRPC_STATUS_NONE;
    }
    if (!(set->labels & LABEL_BIT(request_protocol))) {
        set->protocol = PROTOCOL_NONE;
    }
}

#define SERVICE_LABELS (LABEL_BIT(destination_service) | LABEL_BIT(destination_service_name))

/* Whether some label needs the identities that the certificates show. */
static bool needs_sans(const struct config *config) {
    uint32_t labels = LABEL_BIT(source_principal) | LABEL_BIT(destination_principal);
    labels |= config->reporter == REPORTER_SOURCE
                  ? LABEL_BIT(destination_workload_namespace) | LABEL_BIT(destination_service_namespace)
                  : LABEL_BIT(source_workload_namespace) | LABEL_BIT(connection_security_policy);
    return config->labels & labels;
}

/* Whether some label needs the workload at the other end. */
static bool needs_peer(const struct config *config) {
    uint32_t labels = config->reporter == REPORTER_SOURCE
                          ? LABEL_BIT(destination_workload) | LABEL_BIT(destination_workload_namespace) | LABEL_BIT(destination_app) |
                                LABEL_BIT(destination_version) | LABEL_BIT(destination_canonical_service) |
                                LABEL_BIT(destination_canonical_revision) | LABEL_BIT(destination_cluster) |
                                LABEL_BIT(destination_service_namespace)
                          : LABEL_BIT(source_workload) | LABEL_BIT(source_workload_namespace) | LABEL_BIT(source_app) |
                                LABEL_BIT(source_version) | LABEL_BIT(source_canonical_service) | LABEL_BIT(source_canonical_revision) |
                                LABEL_BIT(source_cluster);
    return config->labels & labels;
}

typedef bool (*string_attribute)(abi_handle, int, struct abi_text *);

static void read_sans(struct clue *clue, const struct config *config, abi_handle envoy, string_attribute attribute) {
    if (needs_sans(config)) {
        bool source = config->reporter == REPORTER_SOURCE;
        uint32_t own_principal = source ? LABEL_BIT(source_principal) : LABEL_BIT(destination_principal);
        /* On failure the texts stay empty: an end without a certificate has no name. */
        bool named = attribute(envoy, source ? ABI_UPSTREAM_PEER_URI_SAN : ABI_PEER_URI_SAN, &clue->texts[SEEN_PEER_SAN]);
        /* Where the peer has no name, the own one is of use for that label only. */
        if (named || config->labels & own_principal) {
            attribute(envoy, source ? ABI_UPSTREAM_LOCAL_URI_SAN : ABI_LOCAL_URI_SAN, &clue->texts[SEEN_LOCAL_SAN]);
        }
    }
}

/* Looks up what a clue tells. */
static void find_facts(struct facts *facts, const struct config *config, const struct clue *clue) {
    struct abi_text host = clue->texts[SEEN_HOST];
    *facts = (struct facts){.peer_san = clue->texts[SEEN_PEER_SAN], .local_san = clue->texts[SEEN_LOCAL_SAN], .service = {host, host}};
    if (clue->texts[SEEN_ENDPOINT].length) {
        workload_parse(clue->texts[SEEN_ENDPOINT], &facts->peer);
    } else if (clue->texts[SEEN_ADDRESS].length) {
        const struct workload *found = config_peer(config, clue->texts[SEEN_ADDRESS]);
        facts->peer = found ? *found : facts->peer;
    }
    if (clue->texts[SEEN_CLUSTER].length) {
        struct service service = service_of(config, clue->texts[SEEN_CLUSTER]);
        facts->service.host = first_of(service.host, host);
        facts->service.name = first_of(service.name, host);
    }
}

/* ---------------------------------------------------------------------------------------------------------------------------- HTTP */

const void *envoy_dynamic_module_on_http_filter_config_new(abi_handle envoy, struct abi_text name, struct abi_text json) {
    (void)envoy;
    (void)name;
    return new_config("http", json);
}

void envoy_dynamic_module_on_http_filter_config_destroy(abi_config config) {
    free_config(config);
}

const void *envoy_dynamic_module_on_http_filter_new(abi_config in, abi_handle envoy) {
    const struct config *config = in;
    uint32_t worker = CALLBACK(http_filter_get_worker_index)(envoy);
    struct stream *stream = worker < config->workers ? pool_take(&config->pools[worker]) : NULL;
    if (stream) {
        *stream = (struct stream){.config = config, .worker = worker};
    }
    return stream;
}

void envoy_dynamic_module_on_http_filter_destroy(abi_stream in) {
    struct stream *stream = (struct stream *)(uintptr_t)in;
    pool_give(&stream->config->pools[stream->worker], stream);
}

static void read_upstream_address(struct clue *clue, abi_handle envoy) {
    struct abi_text text;
    if (CALLBACK(http_filter_get_attribute_string)(envoy, ABI_UPSTREAM_ADDRESS, &text)) {
        clue->texts[SEEN_ADDRESS] = without_port(text);
    }
}

static void read_http_clue(struct clue *clue, const struct config *config, abi_handle envoy) {
    struct abi_text text;
    *clue = (struct clue){0};
    clue->numbers[0] = config->number;
    read_sans(clue, config, envoy, CALLBACK(http_filter_get_attribute_string));
    if (!needs_peer(config)) {
        /* Whoever it is, no label tells. */
    } else if (config->reporter == REPORTER_DESTINATION) {
        if (CALLBACK(http_get_downstream_direct_remote_address)(envoy, &text)) {
            clue->texts[SEEN_ADDRESS] = without_port(text);
        }
    } else if (!CALLBACK(http_get_metadata_string)(envoy, ABI_METADATA_HOST, TEXT("istio"), TEXT("workload"),
                                                   &clue->texts[SEEN_ENDPOINT])) {
        read_upstream_address(clue, envoy);
    }
    if (!(config->labels & SERVICE_LABELS)) {
        return;
    }
    if (config->host_header) {
        CALLBACK(http_get_header)(envoy, ABI_REQUEST_HEADERS, TEXT(":authority"), &clue->texts[SEEN_HOST], 0, NULL);
    }
    /* Istio's routes to nowhere and to anywhere, which only lead away from a workload, have names of their own. */
    if (config->reporter == REPORTER_SOURCE && CALLBACK(http_filter_get_attribute_string)(envoy, ABI_ROUTE_NAME, &text) &&
        (text_is(text, "block_all") || text_is(text, "allow_any"))) {
        clue->texts[SEEN_CLUSTER] = text_is(text, "block_all") ? TEXT("BlackHoleCluster") : TEXT("PassthroughCluster");
    } else {
        CALLBACK(http_get_cluster_name)(envoy, &clue->texts[SEEN_CLUSTER]);
    }
}

/* Whether an endpoint that tells its workload does so in Istio's form. One that does not is known by its address. */
static bool check_endpoint(struct clue *clue, abi_handle envoy) {
    struct workload workload;
    if (!clue->texts[SEEN_ENDPOINT].length || workload_parse(clue->texts[SEEN_ENDPOINT], &workload)) {
        return true;
    }
    clue->texts[SEEN_ENDPOINT] = (struct abi_text){0};
    read_upstream_address(clue, envoy);
    return false;
}

/* Seconds on a clock that is read without entering the kernel. */
static uint64_t unix_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint64_t)now.tv_sec;
}

/* The series of the stream's messages, found anew if it was evicted. */
static struct slab_series *messages_series(struct stream *stream, abi_handle envoy, uint64_t now) {
    if (!series_ref_holds(&stream->messages)) {
        struct clue clue;
        struct facts facts;
        struct label_set set;
        read_http_clue(&clue, stream->config, envoy);
        check_endpoint(&clue, envoy);
        find_facts(&facts, stream->config, &clue);
        set.kind = KIND_MESSAGES;
        set.labels = stream->config->labels & ~NOT_OF_MESSAGES;
        put_ends(&set, stream->config, &facts);
        drop_unused(&set);
        stream->messages = series_ref(table_series(stream->config->slab->tables[stream->worker], &set, now));
    }
    return stream->messages.series;
}

/* Adds messages that were seen, if it is known where they go. */
static void add_messages(struct stream *stream, abi_handle envoy) {
    if (!stream->placed || !(stream->unplaced[REQUEST] | stream->unplaced[RESPONSE])) {
        return;
    }
    uint64_t now = unix_seconds();
    struct slab_series *series = messages_series(stream, envoy, now);
    series_begin(series, now);
    series_add(&series->request_messages, stream->unplaced[REQUEST]);
    series_add(&series->response_messages, stream->unplaced[RESPONSE]);
    series_end(series);
    stream->unplaced[REQUEST] = 0;
    stream->unplaced[RESPONSE] = 0;
}

/* Of a frame's flags: it holds trailers, as only gRPC-Web sends them. */
#define GRPC_WEB_TRAILERS 0x80

/* Goes through bytes of a gRPC body; returns how many messages began whose length is known. */
static uint64_t count_messages(struct frames *frames, struct abi_text bytes) {
    uint64_t count = 0;
    const char *at = bytes.data;
    const char *end = at + bytes.length;
    while (at < end) {
        if (frames->body_left) {
            size_t skip = (size_t)(end - at) < frames->body_left ? (size_t)(end - at) : frames->body_left;
            frames->body_left -= (uint32_t)skip;
            at += skip;
            continue;
        }
        /* A head is a byte of flags and the length in four. */
        if (frames->head_bytes == 0) {
            frames->flags = (uint8_t)*at;
        }
        frames->length = frames->length << 8 | (uint8_t)*at++;
        if (++frames->head_bytes == 5) {
            frames->head_bytes = 0;
            frames->body_left = frames->length;
            count += !(frames->flags & GRPC_WEB_TRAILERS);
        }
    }
    return count;
}

/* A body in more pieces than a worker's stack should hold. */
#define PIECES 128

static void read_body(struct stream *stream, abi_handle envoy, enum direction direction) {
    int body = direction == REQUEST ? ABI_RECEIVED_REQUEST_BODY : ABI_RECEIVED_RESPONSE_BODY;
    size_t count = CALLBACK(http_get_body_chunks_size)(envoy, body);
    struct abi_text on_stack[PIECES];
    struct abi_text *pieces = count <= PIECES ? on_stack : malloc(count * sizeof *pieces);
    if (pieces && count && CALLBACK(http_get_body_chunks)(envoy, body, pieces)) {
        for (size_t i = 0; i < count; i++) {
            stream->unplaced[direction] += count_messages(&stream->frames[direction], pieces[i]);
        }
    }
    if (pieces != on_stack) {
        free(pieces);
    }
    add_messages(stream, envoy);
}

/* Whether the content type is this one, or this one and a plus sign with more. */
static bool type_is(struct abi_text type, struct abi_text name) {
    return starts_with(type, name) && (type.length == name.length || type.data[name.length] == '+');
}

static bool read_content_type(abi_handle envoy, struct abi_text *type) {
    return CALLBACK(http_get_header)(envoy, ABI_REQUEST_HEADERS, TEXT("content-type"), type, 0, NULL);
}

/* Looks whether gRPC-Web has become gRPC since it came. */
static void follow_web(struct stream *stream, abi_handle envoy) {
    struct abi_text type;
    if (stream->web && read_content_type(envoy, &type) && type_is(type, TEXT("application/grpc"))) {
        stream->grpc = true;
        stream->web = false;
    }
}

int envoy_dynamic_module_on_http_filter_request_headers(abi_handle envoy, abi_stream in, bool end) {
    struct stream *stream = (struct stream *)(uintptr_t)in;
    struct abi_text type;
    /* A gRPC request ends with a body, be it empty: that of a request without one is looked at only where a label tells it. */
    if (end && !(stream->config->labels & GRPC_LABELS)) {
        return ABI_CONTINUE;
    }
    if (read_content_type(envoy, &type) && starts_with(type, TEXT("application/grpc"))) {
        stream->grpc = type_is(type, TEXT("application/grpc"));
        stream->web = starts_with(type, TEXT("application/grpc-web"));
        stream->packed = starts_with(type, TEXT("application/grpc-web-text"));
        stream->placed = stream->grpc && stream->config->reporter == REPORTER_DESTINATION;
    }
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_request_body(abi_handle envoy, abi_stream in, bool end) {
    struct stream *stream = (struct stream *)(uintptr_t)in;
    (void)end;
    if (stream->grpc || (stream->web && !stream->packed)) {
        read_body(stream, envoy, REQUEST);
    }
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_request_trailers(abi_handle envoy, abi_stream stream) {
    (void)envoy;
    (void)stream;
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_response_headers(abi_handle envoy, abi_stream in, bool end) {
    struct stream *stream = (struct stream *)(uintptr_t)in;
    (void)end;
    follow_web(stream, envoy);
    if (stream->grpc) {
        stream->placed = true;
        add_messages(stream, envoy);
    }
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_response_body(abi_handle envoy, abi_stream in, bool end) {
    struct stream *stream = (struct stream *)(uintptr_t)in;
    (void)end;
    if (stream->grpc && !stream->packed) {
        read_body(stream, envoy, RESPONSE);
    }
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_http_filter_response_trailers(abi_handle envoy, abi_stream stream) {
    (void)envoy;
    (void)stream;
    return ABI_CONTINUE;
}

static uint64_t http_number(abi_handle envoy, int attribute, uint64_t otherwise) {
    uint64_t value;
    return CALLBACK(http_filter_get_attribute_int)(envoy, attribute, &value) ? value : otherwise;
}

/* Kept out of line: most requests are like one before. */
__attribute__((noinline)) static struct slab_series *find_http_series(const struct stream *stream, const struct clue *clue, uint64_t now) {
    struct facts facts;
    struct label_set set = {
        .kind = KIND_HTTP,
        .labels = stream->config->labels,
        .protocol = stream->grpc ? PROTOCOL_GRPC : PROTOCOL_HTTP,
        .code = (uint16_t)clue->numbers[1],
        .grpc_status = (uint16_t)(clue->numbers[1] >> 16),
        .flags = clue->numbers[2],
    };
    find_facts(&facts, stream->config, clue);
    put_ends(&set, stream->config, &facts);
    drop_unused(&set);
    return table_series(stream->config->slab->tables[stream->worker], &set, now);
}

static struct slab_series *http_series(const struct stream *stream, abi_handle envoy, uint64_t now) {
    const struct config *config = stream->config;
    struct table *table = config->slab->tables[stream->worker];
    struct clue clue;
    struct fingerprint fingerprint;
    read_http_clue(&clue, config, envoy);
    uint64_t code = config->labels & LABEL_BIT(response_code) ? http_number(envoy, ABI_RESPONSE_CODE, 0) & 0xffff : 0;
    uint64_t status = stream->grpc ? http_number(envoy, ABI_GRPC_STATUS, GRPC_STATUS_NONE) : GRPC_STATUS_NONE;
    status = status < GRPC_STATUS_NONE ? status : GRPC_STATUS_NONE;
    clue.numbers[1] = code | status << 16 | (uint64_t)stream->grpc << 32;
    clue.numbers[2] = config->labels & LABEL_BIT(response_flags) ? http_number(envoy, ABI_RESPONSE_FLAGS, 0) : 0;
    struct slab_series *series = table_recall(table, &clue, &fingerprint);
    if (!series) {
        bool whole = check_endpoint(&clue, envoy);
        series = find_http_series(stream, &clue, now);
        if (whole) {
            table_remember(table, fingerprint, series);
        }
    }
    return series;
}

void envoy_dynamic_module_on_http_filter_stream_complete(abi_handle envoy, abi_stream in) {
    struct stream *stream = (struct stream *)(uintptr_t)in;
    struct abi_timing timing;
    follow_web(stream, envoy);
    timing.request_complete_duration_ns = 0;
    CALLBACK(http_get_timing_info)(envoy, &timing);
    uint64_t now = timing.request_complete_duration_ns > 0
                       ? (uint64_t)(timing.start_unix_ns + timing.request_complete_duration_ns) / NS_PER_S
                       : unix_seconds();
    uint64_t request_bytes = http_number(envoy, ABI_REQUEST_TOTAL_SIZE, 0);
    uint64_t response_bytes = http_number(envoy, ABI_RESPONSE_TOTAL_SIZE, 0);
    struct slab_series *series = http_series(stream, envoy, now);
    series_begin(series, now);
    series_add(&series->requests, 1);
    series_add(&series->request_bytes, request_bytes);
    series_add(&series->response_bytes, response_bytes);
    series_add(&series->request_bytes_buckets[histogram_bucket(request_bytes, SLAB_BYTES_DECADES)], 1);
    series_add(&series->response_bytes_buckets[histogram_bucket(response_bytes, SLAB_BYTES_DECADES)], 1);
    if (timing.request_complete_duration_ns > 0) {
        uint64_t us = (uint64_t)timing.request_complete_duration_ns / 1000;
        series_add(&series->durations, 1);
        series_add(&series->duration_us, us);
        series_add(&series->duration_buckets[histogram_bucket(us, SLAB_DURATION_DECADES)], 1);
    }
    series_end(series);

    if (stream->grpc) {
        stream->placed = true;
        add_messages(stream, envoy);
    }
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

/* ----------------------------------------------------------------------------------------------------------------------------- TCP */

const void *envoy_dynamic_module_on_network_filter_config_new(abi_handle envoy, struct abi_text name, struct abi_text json) {
    (void)envoy;
    (void)name;
    return new_config("tcp", json);
}

void envoy_dynamic_module_on_network_filter_config_destroy(abi_config config) {
    free_config(config);
}

const void *envoy_dynamic_module_on_network_filter_new(abi_config in, abi_handle envoy) {
    const struct config *config = in;
    uint32_t worker = CALLBACK(network_filter_get_worker_index)(envoy);
    struct connection *connection = worker < config->workers ? pool_take(&config->pools[worker]) : NULL;
    if (connection) {
        *connection = (struct connection){.config = config, .worker = worker};
    }
    return connection;
}

void envoy_dynamic_module_on_network_filter_destroy(abi_stream in) {
    struct connection *connection = (struct connection *)(uintptr_t)in;
    pool_give(&connection->config->pools[connection->worker], connection);
}

static struct slab_series *find_connection_series(const struct connection *connection, abi_handle envoy, uint64_t now) {
    const struct config *config = connection->config;
    struct abi_text text = {0};
    struct clue clue = {0};
    struct facts facts;
    struct label_set set;
    uint32_t port;
    uint64_t flags;
    read_sans(&clue, config, envoy, CALLBACK(network_filter_get_attribute_string));
    if (needs_peer(config) && (config->reporter == REPORTER_SOURCE
                                   ? CALLBACK(network_filter_get_upstream_host_address)(envoy, &text, &port)
                                   : CALLBACK(network_filter_get_direct_remote_address)(envoy, &text, &port))) {
        clue.texts[SEEN_ADDRESS] = without_port(text);
    }
    CALLBACK(network_filter_get_upstream_host_cluster)(envoy, &clue.texts[SEEN_CLUSTER]);
    find_facts(&facts, config, &clue);
    set.kind = KIND_TCP;
    set.labels = config->labels & ~NOT_OF_TCP;
    set.protocol = PROTOCOL_TCP;
    set.flags = CALLBACK(network_filter_get_attribute_int)(envoy, ABI_RESPONSE_FLAGS, &flags) ? flags : 0;
    put_ends(&set, config, &facts);
    drop_unused(&set);
    return table_series(config->slab->tables[connection->worker], &set, now);
}

/* Adds what is known of the connection so far, once it is known where it goes; at the end at the latest. */
static void add_connection(struct connection *connection, abi_handle envoy, bool end) {
    struct abi_text cluster;
    if (!connection->opened && !end && !CALLBACK(network_filter_get_upstream_host_cluster)(envoy, &cluster)) {
        return;
    }
    uint64_t now = unix_seconds();
    if (!series_ref_holds(&connection->series)) {
        connection->series = series_ref(find_connection_series(connection, envoy, now));
    }
    struct slab_series *series = connection->series.series;
    series_begin(series, now);
    if (!connection->opened) {
        connection->opened = true;
        series_add(&series->tcp_opened, 1);
    }
    series_add(&series->tcp_received_bytes, connection->unplaced_received);
    series_add(&series->tcp_sent_bytes, connection->unplaced_sent);
    if (end) {
        series_add(&series->tcp_closed, 1);
    }
    series_end(series);
    connection->unplaced_received = 0;
    connection->unplaced_sent = 0;
}

int envoy_dynamic_module_on_network_filter_new_connection(abi_handle envoy, abi_stream connection) {
    (void)envoy;
    (void)connection;
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_network_filter_read(abi_handle envoy, abi_stream in, size_t length, bool end) {
    struct connection *connection = (struct connection *)(uintptr_t)in;
    (void)end;
    connection->unplaced_received += length;
    add_connection(connection, envoy, false);
    return ABI_CONTINUE;
}

int envoy_dynamic_module_on_network_filter_write(abi_handle envoy, abi_stream in, size_t length, bool end) {
    struct connection *connection = (struct connection *)(uintptr_t)in;
    (void)end;
    connection->unplaced_sent += length;
    add_connection(connection, envoy, false);
    return ABI_CONTINUE;
}

void envoy_dynamic_module_on_network_filter_event(abi_handle envoy, abi_stream in, int event) {
    struct connection *connection = (struct connection *)(uintptr_t)in;
    if ((event == ABI_REMOTE_CLOSE || event == ABI_LOCAL_CLOSE) && !connection->closed) {
        connection->closed = true;
        add_connection(connection, envoy, true);
    }
}
