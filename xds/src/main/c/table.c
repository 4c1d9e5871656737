#define _GNU_SOURCE
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* How many series one insertion looks at for idle ones: it bounds what a flood of new labels costs. */
#define SWEEP 8

/* How many clues are remembered, a power of two: those of a worker's usual requests. */
#define MEMORIES 256

/* The length of a text in a clue has so many bits. */
#define CLUE_LENGTH_BITS 10

struct slot {
    struct fingerprint fingerprint;
    uint32_t series; /* 0: the slot is empty */
};

struct memory {
    struct fingerprint clue;
    struct series_ref series; /* NULL: there is none */
};

struct table {
    struct seeds seeds;
    struct slab_worker *worker;
    struct slab_series *series;
    struct slot *slots; /* open addressing, linear, at most half full */
    uint32_t mask;
    uint32_t limit; /* series are below this one */
    uint32_t *homes; /* of each series the slot that leads to it */
    struct more_text more;
    uint8_t *pages;      /* how many of more text each series has; they stay with it */
    uint32_t *free;      /* series that were evicted: from the beginning those without pages of more text, from the end those with some */
    uint32_t free_small; /* how many of the former */
    uint32_t free_large;
    uint64_t full_at; /* when there was last no room for such a page */
    uint32_t hand;    /* the series that the next sweep begins at */
    uint32_t idle_seconds;
    struct memory memories[MEMORIES];
};

struct table *table_new(struct slab_worker *worker, const struct more_text *more, uint32_t max_series, uint32_t idle_seconds,
                        const struct seeds *seeds) {
    uint32_t slots = 4;
    while (slots < 2 * max_series) {
        slots *= 2;
    }
    struct table *table = calloc(1, sizeof *table);
    if (!table) {
        return NULL;
    }
    uint32_t limit = max_series + SLAB_FIRST;
    *table = (struct table){
        .seeds = *seeds,
        .worker = worker,
        .series = (struct slab_series *)(worker + 1),
        .slots = calloc(slots, sizeof *table->slots),
        .mask = slots - 1,
        .limit = limit,
        .homes = calloc(limit, sizeof *table->homes),
        .more = *more,
        .pages = calloc(limit, sizeof *table->pages),
        .free = calloc(limit, sizeof *table->free),
        .hand = SLAB_FIRST,
        .idle_seconds = idle_seconds,
    };
    if (!table->slots || !table->homes || !table->pages || !table->free) {
        table_free(table);
        return NULL;
    }
    worker->used = SLAB_FIRST;
    return table;
}

void table_free(struct table *table) {
    if (table) {
        free(table->slots);
        free(table->homes);
        free(table->pages);
        free(table->free);
        free(table);
    }
}

static uint64_t fold(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static struct fingerprint absorb(struct fingerprint so_far, uint64_t value, const struct seeds *seeds) {
    return (struct fingerprint){fold(so_far.a ^ value, seeds->multiplier[0]), fold(so_far.b ^ value, seeds->multiplier[1])};
}

static uint64_t word_at(const char *data) {
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* All bytes of a text, whose length is absorbed elsewhere. The last word holds some bytes twice rather than reading beyond the end. */
static struct fingerprint absorb_text(struct fingerprint so_far, struct abi_text text, const struct seeds *seeds) {
    const char *data = text.data;
    size_t length = text.length;
    if (length >= 8) {
        for (size_t at = 0; at < length - 8; at += 8) {
            so_far = absorb(so_far, word_at(data + at), seeds);
        }
        return absorb(so_far, word_at(data + length - 8), seeds);
    }
    if (length >= 4) {
        uint32_t first;
        uint32_t last;
        memcpy(&first, data, sizeof first);
        memcpy(&last, data + length - 4, sizeof last);
        return absorb(so_far, first | (uint64_t)last << 32, seeds);
    }
    if (length) {
        return absorb(so_far, (uint8_t)data[0] | (uint64_t)(uint8_t)data[length / 2] << 8 | (uint64_t)(uint8_t)data[length - 1] << 16,
                      seeds);
    }
    return so_far;
}

static struct fingerprint fingerprint_of(const struct label_set *set, const struct seeds *seeds) {
    struct fingerprint result = {seeds->start[0], seeds->start[1]};
    uint64_t numbers = (uint64_t)set->kind | (uint64_t)set->reporter << 8 | (uint64_t)set->protocol << 16 | (uint64_t)set->policy << 24 |
                       (uint64_t)set->code << 32 | (uint64_t)set->grpc_status << 48;
    result = absorb(result, numbers, seeds);
    result = absorb(result, set->flags, seeds);
    result = absorb(result, set->labels, seeds);
    for (int label = SLAB_FIRST_TEXT; label <= SLAB_LAST_TEXT; label++) {
        if (!(set->labels >> label & 1)) {
            continue;
        }
        result = absorb(result, set->text[label].length, seeds);
        result = absorb_text(result, set->text[label], seeds);
    }
    return result;
}

/* The slot that holds the fingerprint, or else the empty one where it belongs. */
static uint32_t slot_of(const struct table *table, struct fingerprint fingerprint) {
    uint32_t at = (uint32_t)fingerprint.a & table->mask;
    for (;; at = (at + 1) & table->mask) {
        const struct slot *slot = &table->slots[at];
        if (!slot->series || (slot->fingerprint.a == fingerprint.a && slot->fingerprint.b == fingerprint.b)) {
            return at;
        }
    }
}

/* Empties a slot and moves up those behind it that would not be found any more. */
static void empty_slot(struct table *table, uint32_t hole) {
    for (uint32_t at = (hole + 1) & table->mask; table->slots[at].series; at = (at + 1) & table->mask) {
        uint32_t home = (uint32_t)table->slots[at].fingerprint.a & table->mask;
        if (((at - home) & table->mask) >= ((at - hole) & table->mask)) {
            table->slots[hole] = table->slots[at];
            table->homes[table->slots[hole].series] = hole;
            hole = at;
        }
    }
    table->slots[hole].series = 0;
}

static uint64_t *counters_of(struct slab_series *series) {
    return &series->requests;
}

#define COUNTERS ((offsetof(struct slab_series, text) - offsetof(struct slab_series, requests)) / sizeof(uint64_t))

/*
 * Moves what a series holds to the evicted series. The series is seen free no later than its counts are seen there: a reader that reads the
 * evicted series first never gets them twice.
 */
static void evict(struct table *table, uint32_t index) {
    struct slab_series *series = &table->series[index];
    struct slab_series *evicted = &table->series[SLAB_EVICTED];
    uint64_t *from = counters_of(series);
    uint64_t *to = counters_of(evicted);
    series_begin(series, series->last_unix_s);
    series_begin(evicted, series->last_unix_s);
    for (size_t i = 0; i < COUNTERS; i++) {
        series_add(&to[i], from[i]);
        __atomic_store_n(&from[i], 0, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&series->incarnation, series->incarnation + 1, __ATOMIC_RELAXED);
    series_end(series);
    series_end(evicted);
    empty_slot(table, table->homes[index]);
    table->free[table->pages[index] ? table->limit - ++table->free_large : table->free_small++] = index;
    __atomic_store_n(&table->worker->live, table->worker->live - 1, __ATOMIC_RELAXED);
    __atomic_store_n(&table->worker->evictions, table->worker->evictions + 1, __ATOMIC_RELAXED);
}

static void sweep(struct table *table, uint64_t now) {
    for (uint32_t i = 0; i < SWEEP && i < table->worker->used - SLAB_FIRST; i++) {
        if (table->hand >= table->worker->used) {
            table->hand = SLAB_FIRST;
        }
        const struct slab_series *series = &table->series[table->hand];
        if (series->incarnation % 2 == 1 && now >= series->last_unix_s + table->idle_seconds) {
            evict(table, table->hand);
        }
        table->hand++;
    }
}

/* How many bytes the texts take, their lengths included. */
static size_t text_bytes(const struct label_set *set) {
    size_t bytes = 0;
    for (int label = SLAB_FIRST_TEXT; label <= SLAB_LAST_TEXT; label++) {
        bytes += set->labels >> label & 1 ? 2 + set->text[label].length : 0;
    }
    return bytes;
}

/* How many pages of more text they need. */
static uint8_t pages_of(size_t bytes) {
    size_t text = sizeof((struct slab_series *)0)->text;
    return bytes > text ? (uint8_t)((bytes - text + SLAB_PAGE - 1) / SLAB_PAGE) : 0;
}

/* Puts bytes into the text of a series, of which the first so many go there and the others into `more`; returns where the next ones go. */
static size_t put_bytes(struct slab_series *series, uint8_t *more, size_t at, const void *from, size_t length) {
    size_t room = at < sizeof series->text ? sizeof series->text - at : 0;
    size_t here = length < room ? length : room;
    if (here) {
        memcpy(series->text + at, from, here);
    }
    if (here < length) {
        memcpy(more + (at + here - sizeof series->text), (const uint8_t *)from + here, length - here);
    }
    return at + length;
}

static void label_series(struct slab_series *series, uint8_t *more, const struct label_set *set, size_t bytes) {
    series->flags = set->flags;
    series->labels = set->labels;
    series->code = set->code;
    series->grpc_status = set->grpc_status;
    series->kind = set->kind;
    series->reporter = set->reporter;
    series->protocol = set->protocol;
    series->policy = set->policy;
    series->text_bytes = (uint32_t)bytes;
    size_t at = 0;
    for (int label = SLAB_FIRST_TEXT; label <= SLAB_LAST_TEXT; label++) {
        if (set->labels >> label & 1) {
            uint16_t length = (uint16_t)set->text[label].length;
            at = put_bytes(series, more, at, &length, sizeof length);
            at = put_bytes(series, more, at, set->text[label].data, length);
        }
    }
}

/* A series that counts nothing, one with pages of more text only if these are wanted or all others count; 0 if all do. */
static uint32_t vacant(const struct table *table, bool large) {
    uint32_t free_large = table->free_large ? table->free[table->limit - table->free_large] : 0;
    uint32_t free_small = table->free_small ? table->free[table->free_small - 1] : 0;
    uint32_t fresh = table->worker->used < table->limit ? table->worker->used : 0;
    if (large && free_large) {
        return free_large;
    }
    return free_small ? free_small : fresh ? fresh : free_large;
}

static void occupy(struct table *table, uint32_t index, uint8_t pages) {
    if (index < table->worker->used) {
        *(table->pages[index] ? &table->free_large : &table->free_small) -= 1;
    }
    if (table->pages[index] < pages) {
        table->pages[index] = pages;
    }
}

/*
 * Sees to it that a series has so many pages of more text, without which a write there would end the process if the folder had no room. When
 * it has none this is tried again once a second.
 */
static bool have_pages(struct table *table, uint32_t index, uint8_t pages, uint64_t now) {
    if (pages <= table->pages[index]) {
        return true;
    }
    if (now == table->full_at) {
        return false;
    }
    int error;
    do {
        error = posix_fallocate(table->more.fd, table->more.offset + (off_t)index * SLAB_MORE_TEXT, (off_t)pages * SLAB_PAGE);
    } while (error == EINTR);
    table->full_at = error ? now : 0;
    return !error;
}

static struct slab_series *overflow(struct table *table) {
    series_add(&table->worker->overflows, 1);
    return &table->series[SLAB_OVERFLOW];
}

/* Kept out of line: it runs once in a series' life. */
__attribute__((noinline)) static struct slab_series *insert(struct table *table, const struct label_set *set,
                                                            struct fingerprint fingerprint, uint64_t now) {
    sweep(table, now);
    size_t bytes = text_bytes(set);
    if (bytes > SLAB_TEXT_LIMIT) {
        series_add(&table->worker->oversized, 1);
        return overflow(table);
    }
    uint8_t pages = pages_of(bytes);
    uint32_t index = vacant(table, pages);
    if (!index) {
        return overflow(table);
    }
    if (!have_pages(table, index, pages, now)) {
        series_add(&table->worker->unroomed, 1);
        return overflow(table);
    }
    occupy(table, index, pages);
    /* The sweep may have moved slots. */
    uint32_t slot = slot_of(table, fingerprint);
    table->slots[slot] = (struct slot){fingerprint, index};
    table->homes[index] = slot;

    struct slab_series *series = &table->series[index];
    series_begin(series, now);
    label_series(series, table->more.memory + (size_t)index * SLAB_MORE_TEXT, set, bytes);
    __atomic_store_n(&series->incarnation, series->incarnation + 1, __ATOMIC_RELAXED);
    series_end(series);
    if (index == table->worker->used) {
        __atomic_store_n(&table->worker->used, index + 1, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&table->worker->live, table->worker->live + 1, __ATOMIC_RELAXED);
    return series;
}

struct slab_series *table_series(struct table *table, const struct label_set *set, uint64_t now) {
    struct fingerprint fingerprint = fingerprint_of(set, &table->seeds);
    uint32_t index = table->slots[slot_of(table, fingerprint)].series;
    return index ? &table->series[index] : insert(table, set, fingerprint, now);
}

static struct memory *memory_of(const struct table *table, struct fingerprint fingerprint) {
    return (struct memory *)&table->memories[fingerprint.a % MEMORIES];
}

struct slab_series *table_recall(const struct table *table, const struct clue *clue, struct fingerprint *fingerprint) {
    struct fingerprint result = {table->seeds.start[0], table->seeds.start[1]};
    uint64_t lengths = 0;
    size_t all = 0;
    for (int i = 0; i < CLUE_TEXTS; i++) {
        lengths = lengths << CLUE_LENGTH_BITS | clue->texts[i].length;
        all |= clue->texts[i].length;
    }
    *fingerprint = (struct fingerprint){0, 0};
    if (all >> CLUE_LENGTH_BITS) {
        return NULL;
    }
    result = absorb(result, lengths, &table->seeds);
    for (int i = 0; i < CLUE_NUMBERS; i++) {
        result = absorb(result, clue->numbers[i], &table->seeds);
    }
    for (int i = 0; i < CLUE_TEXTS; i++) {
        result = absorb_text(result, clue->texts[i], &table->seeds);
    }
    *fingerprint = result;
    const struct memory *memory = memory_of(table, result);
    return memory->clue.a == result.a && memory->clue.b == result.b && series_ref_holds(&memory->series) ? memory->series.series : NULL;
}

void table_remember(struct table *table, struct fingerprint fingerprint, struct slab_series *series) {
    /* What overflows may have room another time, and is counted as overflow each time. */
    if ((fingerprint.a | fingerprint.b) && series != &table->series[SLAB_OVERFLOW]) {
        *memory_of(table, fingerprint) = (struct memory){fingerprint, series_ref(series)};
    }
}

uint32_t histogram_bucket(uint64_t value, uint32_t decades) {
    static const uint8_t mantissas[SLAB_DECADE_BUCKETS] = SLAB_MANTISSAS;
    if (value < SLAB_UNIT_BUCKETS) {
        return (uint32_t)value;
    }
    uint64_t power = 1; /* a tenth of where the decade begins */
    for (uint32_t decade = 0; decade < decades; decade++, power *= 10) {
        if (value > 100 * power) {
            continue;
        }
        uint32_t low = 0; /* value is above mantissas[low] * power */
        for (uint32_t step = SLAB_DECADE_BUCKETS / 2; step; step /= 2) {
            low += value > mantissas[low + step] * power ? step : 0;
        }
        return SLAB_UNIT_BUCKETS + decade * SLAB_DECADE_BUCKETS + low;
    }
    return SLAB_UNIT_BUCKETS + decades * SLAB_DECADE_BUCKETS;
}
