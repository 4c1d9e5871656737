/*
 * A configuration of the plugin, read from JSON and never changed after:
 *
 *     folder       where the slab goes; made if its parent is there
 *     reporter     "source" (outbound) or "destination" (inbound)
 *     labels       names of the labels that series have; reporter is always one
 *     node         the workload that this Envoy belongs to, see peers
 *     peers        IP address -> workload, "name;namespace;canonical service;canonical revision;cluster;app;version", Istio's form of endpoint
 *                  metadata and two fields more; missing fields are unknown
 *     services     cluster -> {"host": ..., "name": ...}, for clusters whose names do not say it as Istio's do
 *     max_series   series of a worker, 16 to 65,536; 1,000 if absent
 *     idle_seconds when a series may be evicted, 60 to 86,400; 600 if absent
 *     host_header  whether a request's Host is its service when nothing else says so; false if absent, since clients choose it
 *
 * Keys may come in any order; unknown and repeated ones are refused.
 */
#ifndef SOCKWAY_CONFIG_H
#define SOCKWAY_CONFIG_H

#include "json.h"
#include "pool.h"
#include "slab.h"
#include "slab_file.h"

/* Fields of a workload in the order of its text form. */
enum workload_field {
    WORKLOAD_NAME,
    WORKLOAD_NAMESPACE,
    WORKLOAD_CANONICAL_SERVICE,
    WORKLOAD_CANONICAL_REVISION,
    WORKLOAD_CLUSTER,
    WORKLOAD_APP,
    WORKLOAD_VERSION,
    WORKLOAD_FIELDS
};

struct workload {
    struct abi_text field[WORKLOAD_FIELDS];
};

struct service {
    struct abi_text host;
    struct abi_text name;
};

/* A table of texts, made once. */
struct dictionary {
    struct dictionary_entry *entries;
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /* open addressing; an entry's index plus one, 0: empty */
    uint32_t mask;
};

struct config {
    uint64_t number; /* no two of this process have the same */
    struct slab *slab;
    uint32_t workers;
    struct pool *pools; /* by worker */
    char folder[SLAB_FOLDER_LIMIT + 1];
    uint8_t reporter;
    bool host_header;
    uint32_t labels;
    uint32_t max_series;
    uint32_t idle_seconds;
    struct workload node;
    struct service service; /* the node's own, to which what comes in belongs unless its cluster says otherwise */
    struct dictionary peers;
    struct dictionary services;
    char *text; /* what the texts above point into */
};

/* Splits a workload's text form; false if a field is longer than 255 bytes or there are more than seven. */
bool workload_parse(struct abi_text text, struct workload *workload);

/* What the dictionary has for the key, or NULL. */
const struct workload *config_peer(const struct config *config, struct abi_text ip);
const struct service *config_service(const struct config *config, struct abi_text cluster);

/*
 * Reads a configuration and takes a share of its slab. NULL when it is refused, with the reason in `reason`. With `workers` 0 it is only
 * checked and has no slab.
 */
struct config *config_new(struct abi_text json, uint32_t workers, char *reason, size_t reason_size);
void config_free(struct config *config);

static inline bool text_is(struct abi_text text, const char *word) {
    size_t i = 0;
    while (i < text.length && word[i] && text.data[i] == word[i]) {
        i++;
    }
    return i == text.length && !word[i];
}

#endif
