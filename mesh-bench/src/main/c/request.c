#define _GNU_SOURCE
#include "request.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MOST_PARAMETERS 64
#define NANOS 1000000000LL

enum {
    REQUEST_HEADERS, REQUEST_HOST, REQUEST_METHOD, REQUEST_PATH, REQUEST_SCHEME, REQUEST_REFERER, REQUEST_USERAGENT, REQUEST_URL_PATH,
    REQUEST_QUERY_PARAMS, REQUEST_TIME, REQUEST_SIZE, REQUEST_TOTAL_SIZE, RESPONSE_HEADERS, RESPONSE_TIME, RESPONSE_SIZE,
    RESPONSE_TOTAL_SIZE, RESPONSE_DURATION, RESPONSE_CODE, RESPONSE_GRPC_STATUS, SOURCE_PRINCIPAL, DESTINATION_PRINCIPAL, ORIGIN_IP,
    DESTINATION_IP, DESTINATION_PORT, CONNECTION_MTLS, REQUESTED_SERVER_NAME, PROTOCOL, PROXY_ERROR_CODE, NAMES
};

static const char *const texts[NAMES] = {
    [REQUEST_HEADERS] = "request.headers",
    [REQUEST_HOST] = "request.host",
    [REQUEST_METHOD] = "request.method",
    [REQUEST_PATH] = "request.path",
    [REQUEST_SCHEME] = "request.scheme",
    [REQUEST_REFERER] = "request.referer",
    [REQUEST_USERAGENT] = "request.useragent",
    [REQUEST_URL_PATH] = "request.url_path",
    [REQUEST_QUERY_PARAMS] = "request.query_params",
    [REQUEST_TIME] = "request.time",
    [REQUEST_SIZE] = "request.size",
    [REQUEST_TOTAL_SIZE] = "request.total_size",
    [RESPONSE_HEADERS] = "response.headers",
    [RESPONSE_TIME] = "response.time",
    [RESPONSE_SIZE] = "response.size",
    [RESPONSE_TOTAL_SIZE] = "response.total_size",
    [RESPONSE_DURATION] = "response.duration",
    [RESPONSE_CODE] = "response.code",
    [RESPONSE_GRPC_STATUS] = "response.grpc_status",
    [SOURCE_PRINCIPAL] = "source.principal",
    [DESTINATION_PRINCIPAL] = "destination.principal",
    [ORIGIN_IP] = "origin.ip",
    [DESTINATION_IP] = "destination.ip",
    [DESTINATION_PORT] = "destination.port",
    [CONNECTION_MTLS] = "connection.mtls",
    [REQUESTED_SERVER_NAME] = "connection.requested_server_name",
    [PROTOCOL] = "context.protocol",
    [PROXY_ERROR_CODE] = "context.proxy_error_code",
};

static const struct name *names[NAMES];

bool request_learn_names(void) {
    for (int i = 0; i < NAMES; i++) {
        names[i] = name_new((struct text){texts[i], strlen(texts[i])});
        if (!names[i]) {
            return false;
        }
    }
    return true;
}

const struct name *request_headers_name(void) {
    return names[REQUEST_HEADERS];
}

int64_t wall_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NANOS + now.tv_nsec;
}

static struct text text_of(struct abi_text text) {
    return (struct text){text.data, text.length};
}

#define TEXT(literal) ((struct text){literal, sizeof literal - 1})

static bool is(struct text text, struct text other) {
    return text.length == other.length && memcmp(text.data, other.data, other.length) == 0;
}

_Static_assert(sizeof(struct pair) == sizeof(struct abi_header) && offsetof(struct pair, value) == offsetof(struct abi_header, value),
               "Envoy fills in pairs as they are");

size_t request_get_headers(abi_handle envoy, int map, struct pair headers[MOST_HEADERS]) {
    size_t size = CALLBACK(http_get_headers_size)(envoy, map);
    return size <= MOST_HEADERS && CALLBACK(http_get_headers)(envoy, map, (struct abi_header *)headers) ? size : 0;
}

/* What of a request's headers has attributes of its own; the data of those that are not there is NULL, but for host and path. */
struct special {
    struct text host, method, path, scheme, referer, user_agent, content_type;
};

static struct special find_special(const struct pair *headers, size_t count) {
    struct special found = {.host = TEXT(""), .path = TEXT("")};
    const struct {
        struct text name;
        struct text *value;
    } wanted[] = {
        {TEXT(":authority"), &found.host},     {TEXT(":method"), &found.method},   {TEXT(":path"), &found.path},
        {TEXT(":scheme"), &found.scheme},      {TEXT("referer"), &found.referer},  {TEXT("user-agent"), &found.user_agent},
        {TEXT("content-type"), &found.content_type},
    };
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < sizeof wanted / sizeof *wanted; j++) {
            if (is(headers[i].name, wanted[j].name)) {
                *wanted[j].value = headers[i].value;
            }
        }
    }
    return found;
}

static bool is_grpc(struct text content_type) {
    return content_type.length >= 16 && memcmp(content_type.data, "application/grpc", 16) == 0 &&
           (content_type.length == 16 || content_type.data[16] == '+');
}

static void put_if_there(struct entry *entry, int name, struct text value) {
    if (value.data) {
        entry_string(entry, names[name], value);
    }
}

/* The path without its parameters, and these as a map. */
static void put_path(struct entry *entry, struct text path) {
    const char *question = path.length ? memchr(path.data, '?', path.length) : NULL;
    size_t length = question ? (size_t)(question - path.data) : path.length;
    entry_string(entry, names[REQUEST_URL_PATH], (struct text){path.data, length});
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
    entry_map(entry, names[REQUEST_QUERY_PARAMS], parameters, count);
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

static void put_number(struct entry *entry, abi_handle envoy, int attribute, int name) {
    entry_int(entry, names[name], number(envoy, attribute));
}

static void put_text(struct entry *entry, abi_handle envoy, int attribute, int name) {
    struct abi_text value;
    if (CALLBACK(http_filter_get_attribute_string)(envoy, attribute, &value) && value.length) {
        entry_string(entry, names[name], text_of(value));
    }
}

/* Envoy's response flags as mixer's client wrote them: names with commas between, "-" for none. */
static void put_flags(struct entry *entry, uint64_t flags) {
    static const char *const short_names[] = {"LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC",
                                              "URX", "SI", "IH", "DPE"};
    char text[128];
    size_t length = 0;
    for (size_t i = 0; flags && i < sizeof short_names / sizeof *short_names; i++) {
        if (flags >> i & 1) {
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? "," : "", short_names[i]);
        }
    }
    entry_string(entry, names[PROXY_ERROR_CODE], length ? (struct text){text, length} : TEXT("-"));
}

bool request_put_start(struct entry *entry, abi_handle envoy, int64_t time_ns) {
    struct pair headers[MOST_HEADERS];
    size_t count = request_get_headers(envoy, ABI_REQUEST_HEADERS, headers);
    struct special special = find_special(headers, count);
    struct abi_text address;
    uint8_t bytes[16];
    uint32_t port;
    bool mtls = false;
    bool grpc = is_grpc(special.content_type);

    if (count) {
        entry_map(entry, names[REQUEST_HEADERS], headers, count);
    }
    entry_string(entry, names[REQUEST_HOST], special.host);
    put_if_there(entry, REQUEST_METHOD, special.method);
    entry_string(entry, names[REQUEST_PATH], special.path);
    put_if_there(entry, REQUEST_REFERER, special.referer);
    entry_string(entry, names[REQUEST_SCHEME], special.scheme.data ? special.scheme : TEXT("http"));
    put_if_there(entry, REQUEST_USERAGENT, special.user_agent);
    put_path(entry, special.path);

    put_text(entry, envoy, ABI_LOCAL_URI_SAN, DESTINATION_PRINCIPAL);
    put_text(entry, envoy, ABI_PEER_URI_SAN, SOURCE_PRINCIPAL);
    if (CALLBACK(http_get_downstream_direct_remote_address)(envoy, &address)) {
        struct text ip = address_bytes(address, bytes, &port);
        if (ip.length) {
            entry_bytes(entry, names[ORIGIN_IP], ip);
        }
    }
    CALLBACK(http_filter_get_attribute_bool)(envoy, ABI_CONNECTION_MTLS, &mtls);
    entry_bool(entry, names[CONNECTION_MTLS], mtls);
    put_text(entry, envoy, ABI_REQUESTED_SERVER_NAME, REQUESTED_SERVER_NAME);
    entry_timestamp(entry, names[REQUEST_TIME], time_ns);
    entry_string(entry, names[PROTOCOL], grpc ? TEXT("grpc") : TEXT("http"));
    return grpc;
}

void request_put_end(struct entry *entry, abi_handle envoy, const struct abi_timing *timing, bool grpc) {
    struct pair headers[MOST_HEADERS];
    struct abi_text address;
    uint8_t bytes[16];
    uint32_t port;
    uint64_t grpc_status;
    char digits[24];

    if (CALLBACK(http_filter_get_attribute_string)(envoy, ABI_UPSTREAM_ADDRESS, &address)) {
        struct text ip = address_bytes(address, bytes, &port);
        if (ip.length) {
            entry_bytes(entry, names[DESTINATION_IP], ip);
            entry_int(entry, names[DESTINATION_PORT], port);
        }
    }
    size_t count = request_get_headers(envoy, ABI_RESPONSE_HEADERS, headers);
    if (count) {
        entry_map(entry, names[RESPONSE_HEADERS], headers, count);
    }
    entry_timestamp(entry, names[RESPONSE_TIME], wall_clock_ns());
    put_number(entry, envoy, ABI_REQUEST_SIZE, REQUEST_SIZE);
    put_number(entry, envoy, ABI_RESPONSE_SIZE, RESPONSE_SIZE);
    put_number(entry, envoy, ABI_REQUEST_TOTAL_SIZE, REQUEST_TOTAL_SIZE);
    put_number(entry, envoy, ABI_RESPONSE_TOTAL_SIZE, RESPONSE_TOTAL_SIZE);
    entry_duration(entry, names[RESPONSE_DURATION], timing->request_complete_duration_ns > 0 ? timing->request_complete_duration_ns : 0);
    put_number(entry, envoy, ABI_RESPONSE_CODE, RESPONSE_CODE);
    if (grpc && CALLBACK(http_filter_get_attribute_int)(envoy, ABI_GRPC_STATUS, &grpc_status)) {
        int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)grpc_status);
        entry_string(entry, names[RESPONSE_GRPC_STATUS], (struct text){digits, (size_t)length});
    }
    put_flags(entry, number(envoy, ABI_RESPONSE_FLAGS));
}
