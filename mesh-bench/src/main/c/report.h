/*
 * Requests of mixer's Report protocol (Istio 1.4), and the attributes that they carry. Two encoders do the same behind it:
 *
 *     report_protobuf.cc   as Istio 1.4's client did: attributes are protobuf messages first, then compressed, then serialized
 *     report_lean.c        attributes are written into the report as they come
 *
 * An attribute's name and its texts are numbers of words in a message: those of the global list (words.txt), which both ends know, as
 * i, and those of the message's own list as -(i + 1).
 */
#ifndef SOCKWAY_BENCH_REPORT_H
#define SOCKWAY_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GRPC_HEAD 5

struct text {
    const char *data;
    size_t length;
};

struct pair {
    struct text name;
    struct text value;
};

/* What an attribute is called. */
struct name;

/* Attributes that every request has alike. */
struct constants;

/* The attributes of a request. Not thread-safe, as what follows. */
struct entry;

/* What is public of a report. */
struct report {
    uint32_t entries;
    struct text message; /* since report_finish: the whole with gRPC's head; empty when memory ran out on the way */
    struct report *next; /* the holder's */
};

/* Must run once, before anything else. */
void report_learn_global_words(void);

/* The name lives as long as the process. NULL when there is no memory, as with the others. */
const struct name *name_new(struct text text);

struct constants *constants_new(const struct pair *pairs, size_t count);
void constants_free(struct constants *constants);

struct report *report_new(void);
void report_free(struct report *report);

/* Makes the message. Nothing may be added after it. */
void report_finish(struct report *report);

/* Makes it empty; it keeps its memory. */
void report_clear(struct report *report);

/* Begins the attributes of a request. The lean encoder needs the report that they will be in, and one of its entries can be open. */
struct entry *entry_begin(struct report *report);

/* Puts them into the report, or nowhere if it is NULL; they are gone then. */
void entry_end(struct entry *entry, struct report *report);

void entry_constants(struct entry *entry, const struct constants *constants);
void entry_string(struct entry *entry, const struct name *name, struct text value);
void entry_int(struct entry *entry, const struct name *name, uint64_t value);
void entry_bool(struct entry *entry, const struct name *name, bool value);
void entry_timestamp(struct entry *entry, const struct name *name, int64_t unix_ns);
void entry_duration(struct entry *entry, const struct name *name, int64_t ns);
void entry_bytes(struct entry *entry, const struct name *name, struct text value);

/* A map of texts; it has at least one pair. */
void entry_map(struct entry *entry, const struct name *name, const struct pair *pairs, size_t count);

#ifdef __cplusplus
}
#endif

#endif
