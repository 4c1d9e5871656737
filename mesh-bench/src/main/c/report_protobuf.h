/* What Istio 1.4's client did besides: the report's encoder of its kind has it, and the lean one does not need it. */
#ifndef SOCKWAY_BENCH_REPORT_PROTOBUF_H
#define SOCKWAY_BENCH_REPORT_PROTOBUF_H

#include "report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Puts those of the headers that belong to traces into a map of headers, again: other filters may have made them meanwhile. */
void entry_tracing_headers(struct entry *entry, const struct name *name, const struct pair *headers, size_t count);

#ifdef __cplusplus
}
#endif

#endif
