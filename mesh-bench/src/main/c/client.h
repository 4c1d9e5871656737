/*
 * How a client gathers what a request was:
 *
 *     client_original.c   as Istio 1.4's did: in two steps, when the request's headers are there and at its end
 *     client_lean.c       all at the end
 */
#ifndef SOCKWAY_BENCH_CLIENT_H
#define SOCKWAY_BENCH_CLIENT_H

#include "bootstrap_abi.h"
#include "report.h"

/* A stream's state. Without memory the process ends, as by Envoy's own allocations. */
abi_stream client_new(const struct constants *constants);

void client_headers(abi_stream stream, abi_handle envoy);

/* Puts the request into the report. */
void client_complete(abi_stream stream, abi_handle envoy, struct report *report);

void client_free(abi_stream stream);

#endif
