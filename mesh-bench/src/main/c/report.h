/*
 * One request of mixer's Report protocol (Istio 1.4), written as it grows: attributes of many requests, their words in dictionaries.
 *
 *     word code   2 i       word i of the global list (words.txt), which both ends know
 *                 2 i + 1   word i of this message's own list
 *
 * A code is what protobuf's zigzag makes of the protocol's index: i, and -(i + 1).
 */
#ifndef SOCKWAY_BENCH_REPORT_H
#define SOCKWAY_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *data;
    size_t length;
};

struct bytes {
    uint8_t *data;
    size_t length;
    size_t room;
};

struct word {
    uint32_t hash;
    uint32_t offset; /* in the list's bytes */
    uint32_t length;
};

/* A report. Not thread-safe. */
struct report {
    struct bytes body;  /* room for gRPC's head, then the attributes */
    struct bytes list;  /* the message's own words, as its field holds them */
    struct word *words; /* where they are */
    uint32_t word_count;
    uint32_t word_room;
    uint32_t *slots; /* open addressing: number of a word + 1, 0 where free */
    uint32_t slot_mask;
    uint32_t entries;
    size_t entry;  /* where the open entry's length is */
    size_t map;    /* where the open map's length is */
    bool out_of_memory;
    struct report *next; /* the holder's */
};

/* Must run once, before any report is made. */
void report_learn_global_words(void);

/* NULL when there is no memory. */
struct report *report_new(void);
void report_free(struct report *report);

/* Makes it empty; it keeps its memory. */
void report_clear(struct report *report);

/* The code of a word, which may be new to the message. */
uint32_t report_code(struct report *report, struct text word);

/* Code of a word of the global list; it must be there. */
uint32_t report_global_code(const char *word);

/* Every attribute belongs to the entry that was begun last; names and text values are codes. */
void report_begin_entry(struct report *report);
void report_string(struct report *report, uint32_t name, uint32_t value);
void report_int(struct report *report, uint32_t name, uint64_t value);
void report_bool(struct report *report, uint32_t name, bool value);
void report_timestamp(struct report *report, uint32_t name, int64_t unix_ns);
void report_duration(struct report *report, uint32_t name, int64_t ns);
void report_bytes(struct report *report, uint32_t name, struct text value);
void report_end_entry(struct report *report);

/* An attribute that is a map of texts; nothing else may be written between begin and end. */
void report_begin_map(struct report *report, uint32_t name);
void report_map_entry(struct report *report, uint32_t name, uint32_t value);
void report_end_map(struct report *report);

/* The whole as a gRPC message; it stays valid until the report is cleared. Empty when memory ran out on the way. */
struct text report_finish(struct report *report);

#endif
