/* What a request was, asked of Envoy: the same attributes for both clients. */
#ifndef SOCKWAY_BENCH_REQUEST_H
#define SOCKWAY_BENCH_REQUEST_H

#include "bootstrap_abi.h"
#include "report.h"

#define MOST_HEADERS 128

/* Must run once, after report_learn_global_words. False without memory. */
bool request_learn_names(void);

/* What the map of request headers is called. */
const struct name *request_headers_name(void);

int64_t wall_clock_ns(void);

/* A header map and its length; 0 if it has more than MOST_HEADERS. */
size_t request_get_headers(abi_handle envoy, int map, struct pair headers[MOST_HEADERS]);

/* What is known as soon as the request's headers are there. Returns whether it is gRPC. */
bool request_put_start(struct entry *entry, abi_handle envoy, int64_t time_ns);

/* What is known at its end. */
void request_put_end(struct entry *entry, abi_handle envoy, const struct abi_timing *timing, bool grpc);

#endif
