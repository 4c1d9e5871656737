#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_LIMIT 255
#define ENTRY_LIMIT 1000000

/* Whatever two workloads, two SPIFFE ids of the longest kind and a service are called, their 19 texts fit into a series. */
#define SPIFFE_LIMIT 2048
_Static_assert(SLAB_TEXT_LIMIT >= 19 * 2 + 2 * (WORKLOAD_FIELDS * FIELD_LIMIT + SPIFFE_LIMIT) + 3 * FIELD_LIMIT, "names fit");

struct dictionary_entry {
    struct abi_text key;
    union {
        struct workload workload;
        struct service service;
    };
};

/* FNV-1a: keys come from the control plane, and none that is looked up can make the table slower. */
static uint32_t hash(struct abi_text text) {
    uint32_t value = 2166136261;
    for (size_t i = 0; i < text.length; i++) {
        value = (value ^ (uint8_t)text.data[i]) * 16777619;
    }
    return value ^ value >> 15;
}

/* Returns a cleared entry to fill, or NULL. */
static struct dictionary_entry *add_entry(struct dictionary *dictionary, struct abi_text key) {
    if (dictionary->count == dictionary->capacity) {
        uint32_t capacity = dictionary->capacity ? 2 * dictionary->capacity : 16;
        struct dictionary_entry *entries = realloc(dictionary->entries, capacity * sizeof *entries);
        if (!entries || capacity > 2 * ENTRY_LIMIT) {
            dictionary->entries = entries ? entries : dictionary->entries;
            return NULL;
        }
        dictionary->entries = entries;
        dictionary->capacity = capacity;
    }
    struct dictionary_entry *entry = &dictionary->entries[dictionary->count++];
    memset(entry, 0, sizeof *entry);
    entry->key = key;
    return entry;
}

static const struct dictionary_entry *find(const struct dictionary *dictionary, struct abi_text key, uint32_t *slot) {
    for (uint32_t at = hash(key) & dictionary->mask;; at = (at + 1) & dictionary->mask) {
        uint32_t index = dictionary->slots[at];
        if (slot) {
            *slot = at;
        }
        if (!index) {
            return NULL;
        }
        const struct dictionary_entry *entry = &dictionary->entries[index - 1];
        if (entry->key.length == key.length && memcmp(entry->key.data, key.data, key.length) == 0) {
            return entry;
        }
    }
}

/* Makes the entries findable; an error in words when two have the same key. */
static const char *index_entries(struct dictionary *dictionary) {
    uint32_t slots = 2;
    while (slots < 2 * dictionary->count) {
        slots *= 2;
    }
    dictionary->slots = calloc(slots, sizeof *dictionary->slots);
    dictionary->mask = slots - 1;
    if (!dictionary->slots) {
        return "no memory";
    }
    for (uint32_t i = 0; i < dictionary->count; i++) {
        uint32_t slot;
        if (find(dictionary, dictionary->entries[i].key, &slot)) {
            return "a key of peers or services comes twice";
        }
        dictionary->slots[slot] = i + 1;
    }
    return NULL;
}

const struct workload *config_peer(const struct config *config, struct abi_text ip) {
    const struct dictionary_entry *entry = find(&config->peers, ip, NULL);
    return entry ? &entry->workload : NULL;
}

const struct service *config_service(const struct config *config, struct abi_text cluster) {
    const struct dictionary_entry *entry = find(&config->services, cluster, NULL);
    return entry ? &entry->service : NULL;
}

bool workload_parse(struct abi_text text, struct workload *workload) {
    *workload = (struct workload){0};
    const char *at = text.data;
    const char *end = text.data + text.length;
    for (int field = 0; field < WORKLOAD_FIELDS; field++) {
        const char *stop = at < end ? memchr(at, ';', (size_t)(end - at)) : NULL;
        if (!stop) {
            stop = end;
        }
        if (stop - at > FIELD_LIMIT) {
            return false;
        }
        workload->field[field] = (struct abi_text){at, (size_t)(stop - at)};
        if (stop == end) {
            return true;
        }
        at = stop + 1;
    }
    return false;
}

static bool read_workload(struct json *json, struct workload *workload) {
    struct abi_text text;
    return json_string(json, &text) &&
           (workload_parse(text, workload) || json_fail(json, "a workload has at most 7 fields of 255 bytes"));
}

/* Writes the address as Envoy does, so that its texts are found. */
static bool normal_address(struct json *json, struct abi_text *key) {
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    if (key->length < sizeof text) {
        memcpy(text, key->data, key->length);
        text[key->length] = 0;
        int family = memchr(text, ':', key->length) ? AF_INET6 : AF_INET;
        if (strlen(text) == key->length && inet_pton(family, text, bytes) == 1 && inet_ntop(family, bytes, text, sizeof text)) {
            /* The usual form of an address is no longer than any other but those with an IPv4 tail. */
            size_t length = strlen(text);
            if (length > key->length) {
                return json_fail(json, "a peer's address is not in its usual form");
            }
            memcpy((char *)(uintptr_t)key->data, text, length);
            key->length = length;
            return true;
        }
    }
    return json_fail(json, "a peer's key is no IP address");
}

static bool read_peers(struct json *json, struct dictionary *peers) {
    struct abi_text key;
    if (!json_object(json)) {
        return false;
    }
    while (json_key(json, &key)) {
        if (!normal_address(json, &key)) {
            return false;
        }
        struct dictionary_entry *entry = add_entry(peers, key);
        if (!entry) {
            return json_fail(json, "too many peers");
        }
        if (!read_workload(json, &entry->workload)) {
            return false;
        }
    }
    return !json->error;
}

static bool read_short(struct json *json, struct abi_text *text) {
    return json_string(json, text) && (text->length <= FIELD_LIMIT || json_fail(json, "text longer than 255 bytes"));
}

static bool read_service(struct json *json, struct service *service) {
    struct abi_text key;
    if (!json_object(json)) {
        return false;
    }
    while (json_key(json, &key)) {
        struct abi_text *field = text_is(key, "host") ? &service->host : text_is(key, "name") ? &service->name : NULL;
        if (!field || field->data) {
            return json_fail(json, field ? "a service's key comes twice" : "a service has host and name only");
        }
        if (!read_short(json, field)) {
            return false;
        }
    }
    return !json->error;
}

static bool read_services(struct json *json, struct dictionary *services) {
    struct abi_text key;
    if (!json_object(json)) {
        return false;
    }
    while (json_key(json, &key)) {
        struct dictionary_entry *entry = add_entry(services, key);
        if (!entry) {
            return json_fail(json, "too many services");
        }
        if (!read_service(json, &entry->service)) {
            return false;
        }
    }
    return !json->error;
}

static bool read_labels(struct json *json, uint32_t *labels) {
#define LABEL_NAME(name) #name,
    static const char *const names[] = {SLAB_LABELS(LABEL_NAME)};
    if (!json_array(json)) {
        return false;
    }
    while (json_element(json)) {
        struct abi_text name;
        if (!json_string(json, &name)) {
            return false;
        }
        int label = 0;
        while (label < SLAB_LABEL_COUNT && !text_is(name, names[label])) {
            label++;
        }
        if (label == SLAB_LABEL_COUNT) {
            return json_fail(json, "no label has this name");
        }
        *labels |= UINT32_C(1) << label;
    }
    return !json->error;
}

static bool read_folder(struct json *json, char *folder) {
    struct abi_text text;
    if (!json_string(json, &text)) {
        return false;
    }
    if (text.length < 2 || text.length > SLAB_FOLDER_LIMIT || text.data[0] != '/') {
        return json_fail(json, "folder is no absolute path of at most 200 bytes");
    }
    memcpy(folder, text.data, text.length);
    folder[text.length] = 0;
    return true;
}

static bool read_reporter(struct json *json, uint8_t *reporter) {
    struct abi_text text;
    if (!json_string(json, &text)) {
        return false;
    }
    *reporter = text_is(text, "source") ? REPORTER_SOURCE : text_is(text, "destination") ? REPORTER_DESTINATION : REPORTER_NONE;
    return *reporter != REPORTER_NONE || json_fail(json, "reporter is source or destination");
}

static bool read_limit(struct json *json, uint32_t low, uint32_t high, uint32_t *limit) {
    uint64_t value;
    if (!json_whole_number(json, low, high, &value)) {
        return false;
    }
    *limit = (uint32_t)value;
    return true;
}

enum key { FOLDER, REPORTER, LABELS, NODE, SERVICE, PEERS, SERVICES, MAX_SERIES, IDLE_SECONDS, HOST_HEADER, KEYS };

static enum key key_of(struct abi_text text) {
    static const char *const names[KEYS] = {"folder", "reporter", "labels",     "node",         "service",
                                            "peers",  "services", "max_series", "idle_seconds", "host_header"};
    enum key key = 0;
    while (key < KEYS && !text_is(text, names[key])) {
        key++;
    }
    return key;
}

static bool read_value(struct json *json, enum key key, struct config *config) {
    switch (key) {
    case FOLDER:
        return read_folder(json, config->folder);
    case REPORTER:
        return read_reporter(json, &config->reporter);
    case LABELS:
        return read_labels(json, &config->labels);
    case NODE:
        return read_workload(json, &config->node);
    case SERVICE:
        return read_service(json, &config->service);
    case PEERS:
        return read_peers(json, &config->peers);
    case SERVICES:
        return read_services(json, &config->services);
    case MAX_SERIES:
        return read_limit(json, 16, 65536, &config->max_series);
    case IDLE_SECONDS:
        return read_limit(json, 60, 86400, &config->idle_seconds);
    case HOST_HEADER:
        return json_boolean(json, &config->host_header);
    case KEYS:
        break;
    }
    return json_fail(json, "unknown key");
}

static bool read_config(struct json *json, struct config *config) {
    struct abi_text text;
    uint32_t seen = 0;
    if (!json_object(json)) {
        return false;
    }
    while (json_key(json, &text)) {
        enum key key = key_of(text);
        if (seen >> key & 1) {
            return json_fail(json, "key comes twice");
        }
        seen |= UINT32_C(1) << key;
        if (!read_value(json, key, config)) {
            return false;
        }
    }
    if (!json_done(json)) {
        return false;
    }
    if (!config->folder[0] || !config->reporter || !(seen >> LABELS & 1) || !(seen >> NODE & 1)) {
        return json_fail(json, "folder, reporter, labels or node is missing");
    }
    config->labels |= LABEL_BIT(reporter);
    const char *error = index_entries(&config->peers);
    error = error ? error : index_entries(&config->services);
    return !error || json_fail(json, error);
}

/* A first chunk for each worker, so that none has to allocate for its first streams. */
static bool make_pools(struct config *config, uint32_t workers) {
    config->pools = aligned_alloc(_Alignof(struct pool), workers * sizeof *config->pools);
    if (!config->pools) {
        return false;
    }
    memset(config->pools, 0, workers * sizeof *config->pools);
    config->workers = workers;
    for (uint32_t i = 0; i < workers; i++) {
        if (!pool_grow(&config->pools[i])) {
            return false;
        }
    }
    return true;
}

struct config *config_new(struct abi_text source, uint32_t workers, char *reason, size_t reason_size) {
    struct config *config = calloc(1, sizeof *config);
    char *text = malloc(source.length + 1);
    if (!config || !text) {
        free(config);
        free(text);
        snprintf(reason, reason_size, "no memory");
        return NULL;
    }
    static uint64_t numbers;
    *config = (struct config){.number = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED), .max_series = 1000, .idle_seconds = 600, .text = text};
    struct json json = json_of(source, text);
    if (!read_config(&json, config)) {
        snprintf(reason, reason_size, "%s, at byte %zu of %zu", json.error, (size_t)(json.at - json.start), source.length);
        config_free(config);
        return NULL;
    }
    const char *error = "no memory";
    if (workers && (!make_pools(config, workers) ||
                    !(config->slab = slab_acquire(config->folder, workers, config->max_series, config->idle_seconds, &error)))) {
        snprintf(reason, reason_size, "%s: %s", config->folder, error);
        config_free(config);
        return NULL;
    }
    return config;
}

void config_free(struct config *config) {
    if (config->slab) {
        slab_release(config->slab);
    }
    for (uint32_t i = 0; i < config->workers; i++) {
        pool_clear(&config->pools[i]);
    }
    free(config->pools);
    free(config->peers.entries);
    free(config->peers.slots);
    free(config->services.entries);
    free(config->services.slots);
    free(config->text);
    free(config);
}
