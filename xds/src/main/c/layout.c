/* Prints the layout of slab.h as the compiler sees it, a name and a number a line, for the test of SlabLayout.java. */
#include "slab.h"

#include <stddef.h>
#include <stdio.h>

#define NUMBER(name) printf(#name " %llu\n", (unsigned long long)(name));
#define FIELD(type, field) printf(#type "." #field " %zu\n", offsetof(struct type, field));
#define LABEL(name) printf("label." #name " %d\n", LABEL_##name);

int main(void) {
    NUMBER(SLAB_MAGIC)
    NUMBER(SLAB_ABI)
    NUMBER(SLAB_ABI_WITHOUT_MORE_TEXT)
    NUMBER(SLAB_PAGE)
    NUMBER(SLAB_MORE_TEXT)
    NUMBER(SLAB_TEXT_LIMIT)
    NUMBER(SLAB_OVERFLOW)
    NUMBER(SLAB_EVICTED)
    NUMBER(SLAB_FIRST)
    NUMBER(SLAB_UNIT_BUCKETS)
    NUMBER(SLAB_DECADE_BUCKETS)
    NUMBER(SLAB_DURATION_BUCKETS)
    NUMBER(SLAB_BYTES_BUCKETS)
    NUMBER(SLAB_FIRST_TEXT)
    NUMBER(SLAB_LAST_TEXT)
    NUMBER(GRPC_STATUS_NONE)
    NUMBER(KIND_HTTP)
    NUMBER(KIND_MESSAGES)
    NUMBER(KIND_TCP)
    NUMBER(REPORTER_SOURCE)
    NUMBER(REPORTER_DESTINATION)
    NUMBER(PROTOCOL_HTTP)
    NUMBER(PROTOCOL_GRPC)
    NUMBER(PROTOCOL_TCP)
    NUMBER(POLICY_NONE)
    NUMBER(POLICY_MUTUAL_TLS)
    const int mantissas[] = SLAB_MANTISSAS;
    for (int i = 0; i < SLAB_DECADE_BUCKETS; i++) {
        printf("mantissa.%d %d\n", i, mantissas[i]);
    }
    SLAB_LABELS(LABEL)
    FIELD(slab_header, magic)
    FIELD(slab_header, abi)
    FIELD(slab_header, workers)
    FIELD(slab_header, generation)
    FIELD(slab_header, created_unix_ns)
    FIELD(slab_header, worker_bytes)
    FIELD(slab_header, max_series)
    FIELD(slab_header, idle_seconds)
    FIELD(slab_worker, used)
    FIELD(slab_worker, live)
    FIELD(slab_worker, evictions)
    FIELD(slab_worker, overflows)
    FIELD(slab_worker, oversized)
    FIELD(slab_worker, unroomed)
    FIELD(slab_series, sequence)
    FIELD(slab_series, incarnation)
    FIELD(slab_series, flags)
    FIELD(slab_series, last_unix_s)
    FIELD(slab_series, labels)
    FIELD(slab_series, code)
    FIELD(slab_series, grpc_status)
    FIELD(slab_series, kind)
    FIELD(slab_series, reporter)
    FIELD(slab_series, protocol)
    FIELD(slab_series, policy)
    FIELD(slab_series, text_bytes)
    FIELD(slab_series, requests)
    FIELD(slab_series, request_bytes)
    FIELD(slab_series, response_bytes)
    FIELD(slab_series, durations)
    FIELD(slab_series, duration_us)
    FIELD(slab_series, request_messages)
    FIELD(slab_series, response_messages)
    FIELD(slab_series, tcp_opened)
    FIELD(slab_series, tcp_closed)
    FIELD(slab_series, tcp_received_bytes)
    FIELD(slab_series, tcp_sent_bytes)
    FIELD(slab_series, duration_buckets)
    FIELD(slab_series, request_bytes_buckets)
    FIELD(slab_series, response_bytes_buckets)
    FIELD(slab_series, text)
    return 0;
}
