/*
 * A worker's series: found by their labels with one probe, added up to a cap, evicted when idle. Only the worker's thread uses its table;
 * nothing here allocates, locks, or enters the kernel once the table is made, but for the pages of more text: a place of a series asks for
 * them once, when it first holds labels that need them.
 */
#ifndef SOCKWAY_TABLE_H
#define SOCKWAY_TABLE_H

#include "abi.h"
#include "slab.h"

#include <sys/types.h>

/* Secret numbers, so that nobody outside can choose labels whose fingerprints collide. */
struct seeds {
    uint64_t start[2];
    uint64_t multiplier[2];
};

/* What a series counts: the labels that it has, and their values. */
struct label_set {
    uint32_t labels; /* by bit of enum slab_label; values of others are ignored */
    uint8_t kind;
    uint8_t reporter;
    uint8_t protocol;
    uint8_t policy;
    uint16_t code;
    uint16_t grpc_status;
    uint64_t flags;
    struct abi_text text[SLAB_LABEL_COUNT]; /* by enum slab_label, from SLAB_FIRST_TEXT to SLAB_LAST_TEXT */
};

/*
 * What is known of an event before it is worked out which labels follow from it. `numbers` hold whatever else they follow from, such as who
 * reads the texts; texts that are not there are empty.
 */
#define CLUE_NUMBERS 3
#define CLUE_TEXTS 6
struct clue {
    uint64_t numbers[CLUE_NUMBERS];
    struct abi_text texts[CLUE_TEXTS];
};

/* 128 bits with secret seeds: that two things ever share one is less likely than a broken memory cell. */
struct fingerprint {
    uint64_t a;
    uint64_t b;
};

/* The more text of a worker's series: a mapped part of a file, which need not have its pages yet. */
struct more_text {
    uint8_t *memory;
    int fd;
    off_t offset; /* in the file */
};

struct table;

/* A table over a part of a slab that is all zero; NULL when there is no memory. */
struct table *table_new(struct slab_worker *worker, const struct more_text *more, uint32_t max_series, uint32_t idle_seconds,
                        const struct seeds *seeds);
void table_free(struct table *table);

/* The series of these labels, made if need be; the overflow series when there is no room for it. `now` is in seconds and does not run back. */
struct slab_series *table_series(struct table *table, const struct label_set *labels, uint64_t now);

/*
 * The series that the same clue led to some time ago, NULL if that is not known. Gives a fingerprint for table_remember, which forgets another
 * clue for it. A clue with a text of 1,024 bytes and more is never known.
 */
struct slab_series *table_recall(const struct table *table, const struct clue *clue, struct fingerprint *fingerprint);
void table_remember(struct table *table, struct fingerprint fingerprint, struct slab_series *series);

/* A series that was found before, to be found again without a probe; it may have been evicted since. */
struct series_ref {
    struct slab_series *series;
    uint32_t incarnation;
};

static inline struct series_ref series_ref(struct slab_series *series) {
    return (struct series_ref){series, series->incarnation};
}

static inline bool series_ref_holds(const struct series_ref *ref) {
    return ref->series && ref->series->incarnation == ref->incarnation;
}

/* All changes of a series happen between these two. */
static inline void series_begin(struct slab_series *series, uint64_t now) {
    __atomic_store_n(&series->sequence, series->sequence + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&series->last_unix_s, now, __ATOMIC_RELAXED);
}

static inline void series_end(struct slab_series *series) {
    __atomic_store_n(&series->sequence, series->sequence + 1, __ATOMIC_RELEASE);
}

/* Only one thread writes: a plain sum, stored whole. */
static inline void series_add(uint64_t *counter, uint64_t amount) {
    __atomic_store_n(counter, *counter + amount, __ATOMIC_RELAXED);
}

/* The bucket of a value in a histogram of so many decades above the units. */
uint32_t histogram_bucket(uint64_t value, uint32_t decades);

#endif
