/*
 * The slab: a file in a shared folder that one Envoy process writes and any number of readers map. This is the only definition of its layout;
 * SlabLayout.java mirrors it, and a test compares the two through layout.c.
 *
 *     header, one page
 *     worker 0: header, one page | series 0 | series 1 | ... | series max_series + 1, one page each
 *     worker 1: ...
 *     more text of worker 0: of series 0 | of series 1 | ... | of series max_series + 1, SLAB_MORE_TEXT bytes each
 *     more text of worker 1: ...
 *
 * Each worker thread writes its own parts and nothing else, so there are no locks and no atomic read-modify-write operations. All pages are
 * there from the start but those of more text: these are a hole in the file until a series needs them, and whoever reads where `text_bytes`
 * does not lead would take memory for them. Numbers are in the machine's byte order.
 *
 * Series 0 takes what no other series could (overflow), series 1 what evicted series held: the sum over all series of a worker is always
 * everything that the worker has counted. Series from 2 on are in use up to `used`.
 *
 * A series is written between two increments of `sequence`, which is odd meanwhile. A reader copies the page, and more text if there is some,
 * and keeps the copy if `sequence` was even and did not change. `incarnation` grows each time the series gets other labels.
 *
 * The writer holds a write lock (F_OFD_SETLK) on the first byte for as long as it may write. A slab that can be locked is final: what it
 * holds never changes again.
 */
#ifndef SOCKWAY_SLAB_H
#define SOCKWAY_SLAB_H

#include <stdint.h>

#define SLAB_MAGIC UINT64_C(0x42414c5359574b53) /* "SKWYSLAB" */
#define SLAB_ABI 2
#define SLAB_ABI_WITHOUT_MORE_TEXT 1 /* the same layout, and the file ends with the last worker */
#define SLAB_SUFFIX ".slab"

#define SLAB_PAGE 4096
#define SLAB_MORE_TEXT (2 * SLAB_PAGE)

#define SLAB_OVERFLOW 0
#define SLAB_EVICTED 1
#define SLAB_FIRST 2

/*
 * Histograms are log-linear in decimal: the values 0 to 10 have a bucket each, then every decade has 16. A bucket holds what is above one of
 * these tenths of the decade's power of ten, up to and with the next. All of Istio's bucket bounds are among them, so that its cumulative
 * buckets are exact sums of these. The last bucket is open.
 */
#define SLAB_MANTISSAS {10, 12, 14, 16, 18, 20, 25, 30, 36, 40, 45, 50, 60, 70, 80, 90}
#define SLAB_DECADE_BUCKETS 16
#define SLAB_UNIT_BUCKETS 11
#define SLAB_DURATION_DECADES 9 /* microseconds: up to 10,000 s */
#define SLAB_BYTES_DECADES 7    /* up to 100 MB */
#define SLAB_DURATION_BUCKETS (SLAB_UNIT_BUCKETS + SLAB_DURATION_DECADES * SLAB_DECADE_BUCKETS + 1)
#define SLAB_BYTES_BUCKETS (SLAB_UNIT_BUCKETS + SLAB_BYTES_DECADES * SLAB_DECADE_BUCKETS + 1)

/* Istio's labels, in its order. Those of SLAB_TEXT_LABELS are texts; the others are kept as numbers in fields of their own. */
#define SLAB_LABELS(X)                                                                                                                     \
    X(reporter)                                                                                                                            \
    X(source_workload)                                                                                                                     \
    X(source_workload_namespace)                                                                                                           \
    X(source_principal)                                                                                                                    \
    X(source_app)                                                                                                                          \
    X(source_version)                                                                                                                      \
    X(source_canonical_service)                                                                                                            \
    X(source_canonical_revision)                                                                                                           \
    X(source_cluster)                                                                                                                      \
    X(destination_workload)                                                                                                                \
    X(destination_workload_namespace)                                                                                                      \
    X(destination_principal)                                                                                                               \
    X(destination_app)                                                                                                                     \
    X(destination_version)                                                                                                                 \
    X(destination_canonical_service)                                                                                                       \
    X(destination_canonical_revision)                                                                                                      \
    X(destination_cluster)                                                                                                                 \
    X(destination_service)                                                                                                                 \
    X(destination_service_name)                                                                                                            \
    X(destination_service_namespace)                                                                                                       \
    X(request_protocol)                                                                                                                    \
    X(response_code)                                                                                                                       \
    X(grpc_response_status)                                                                                                                \
    X(response_flags)                                                                                                                      \
    X(connection_security_policy)

#define SLAB_LABEL_ENUM(name) LABEL_##name,
enum slab_label { SLAB_LABELS(SLAB_LABEL_ENUM) SLAB_LABEL_COUNT };

#define LABEL_BIT(name) (UINT32_C(1) << LABEL_##name)
#define SLAB_FIRST_TEXT LABEL_source_workload
#define SLAB_LAST_TEXT LABEL_destination_service_namespace

enum slab_kind { KIND_NONE, KIND_HTTP, KIND_MESSAGES, KIND_TCP };
enum slab_reporter { REPORTER_NONE, REPORTER_SOURCE, REPORTER_DESTINATION };
enum slab_protocol { PROTOCOL_NONE, PROTOCOL_HTTP, PROTOCOL_GRPC, PROTOCOL_TCP };
enum slab_policy { POLICY_UNKNOWN, POLICY_NONE, POLICY_MUTUAL_TLS };
#define GRPC_STATUS_NONE 0xffff

struct slab_header {
    uint64_t magic; /* written last, so that a reader sees a whole header or none */
    uint32_t abi;
    uint32_t workers;
    uint64_t generation; /* no two slabs have the same */
    uint64_t created_unix_ns;
    uint64_t worker_bytes; /* from one worker's part to the next */
    uint32_t max_series;   /* of a worker, besides overflow and evicted */
    uint32_t idle_seconds; /* a series is not evicted earlier after its last change */
    uint8_t unused[SLAB_PAGE - 48];
};

struct slab_worker {
    uint32_t used; /* series in use are below this one; it only grows */
    uint32_t live;
    uint64_t evictions;
    uint64_t overflows; /* events that went to the overflow series */
    uint64_t oversized; /* those of them whose labels are longer together than SLAB_TEXT_LIMIT */
    uint64_t unroomed;  /* those of them whose labels need more text, for which the folder has no room */
    uint8_t unused[SLAB_PAGE - 40];
};

struct slab_series {
    uint32_t sequence;
    uint32_t incarnation; /* odd while the series counts, even while it is free */
    uint64_t flags;       /* Envoy's response flags, by bit */
    uint64_t last_unix_s;
    uint32_t labels; /* which labels it has, by bit of enum slab_label */
    uint16_t code;   /* 0: none */
    uint16_t grpc_status;
    uint8_t kind;
    uint8_t reporter;
    uint8_t protocol;
    uint8_t policy;
    uint32_t text_bytes; /* of `text` and more text together */

    uint64_t requests;
    uint64_t request_bytes;
    uint64_t response_bytes;
    uint64_t durations; /* how many of the requests have one */
    uint64_t duration_us;
    uint64_t request_messages;
    uint64_t response_messages;
    uint64_t tcp_opened;
    uint64_t tcp_closed;
    uint64_t tcp_received_bytes;
    uint64_t tcp_sent_bytes;

    uint64_t duration_buckets[SLAB_DURATION_BUCKETS];
    uint64_t request_bytes_buckets[SLAB_BYTES_BUCKETS];
    uint64_t response_bytes_buckets[SLAB_BYTES_BUCKETS];

    /* Each text label that `labels` has, in their order: two bytes of length, then UTF-8. What does not fit goes on in more text. */
    uint8_t text[SLAB_PAGE - 128 - 8 * (SLAB_DURATION_BUCKETS + 2 * SLAB_BYTES_BUCKETS)];
};

#define SLAB_TEXT_LIMIT (sizeof((struct slab_series *)0)->text + SLAB_MORE_TEXT)

_Static_assert(sizeof(struct slab_header) == SLAB_PAGE, "the header is a page");
_Static_assert(sizeof(struct slab_worker) == SLAB_PAGE, "a worker's header is a page");
_Static_assert(sizeof(struct slab_series) == SLAB_PAGE, "a series is a page");

#endif
