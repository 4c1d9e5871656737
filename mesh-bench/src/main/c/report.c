#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Fields of ReportRequest. */
enum { ATTRIBUTES = 1, DEFAULT_WORDS = 2, GLOBAL_WORD_COUNT = 3, SEMANTICS = 4 };
/* Fields of CompressedAttributes, each a map from code to value. */
enum { STRINGS = 2, INTS = 3, BOOLS = 5, TIMESTAMPS = 6, DURATIONS = 7, BYTES = 8, STRING_MAPS = 9 };

enum { VARINT = 0, LENGTH_DELIMITED = 2 };
enum { INDEPENDENT_ENCODING = 1 };

#define GRPC_HEAD 5
/* A length that is written once it is known takes this many bytes, up to 2 MiB. */
#define LATE_LENGTH 3
#define LONGEST_VARINT 10
/* More than any attribute but bytes takes. */
#define SMALL 48

#define NANOS 1000000000LL

static const char *const global_words[] = {
#include "words.h"
};
#define GLOBAL_WORDS (sizeof global_words / sizeof *global_words)
#define GLOBAL_SLOTS 1024

static struct {
    uint32_t hash;
    uint16_t length;
    uint16_t number; /* + 1, 0 where free */
} global[GLOBAL_SLOTS];

_Static_assert(GLOBAL_WORDS == 222, "Istio 1.4's list");

static uint32_t hash_of(struct text word) {
    uint64_t hash = word.length * 0x9e3779b97f4a7c15u;
    const char *at = word.data;
    size_t left = word.length;
    uint64_t part;
    for (; left >= sizeof part; left -= sizeof part, at += sizeof part) {
        memcpy(&part, at, sizeof part);
        hash = (hash ^ part) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 29;
    }
    part = 0;
    if (left) {
        memcpy(&part, at, left);
    }
    hash = (hash ^ part) * 0xc4ceb9fe1a85ec53u;
    return (uint32_t)(hash ^ hash >> 32);
}

void report_learn_global_words(void) {
    memset(global, 0, sizeof global);
    for (uint32_t i = 0; i < GLOBAL_WORDS; i++) {
        struct text word = {global_words[i], strlen(global_words[i])};
        uint32_t hash = hash_of(word);
        uint32_t slot = hash % GLOBAL_SLOTS;
        while (global[slot].number) {
            slot = (slot + 1) % GLOBAL_SLOTS;
        }
        global[slot].hash = hash;
        global[slot].length = (uint16_t)word.length;
        global[slot].number = (uint16_t)(i + 1);
    }
}

static bool find_global(struct text word, uint32_t hash, uint32_t *code) {
    for (uint32_t slot = hash % GLOBAL_SLOTS; global[slot].number; slot = (slot + 1) % GLOBAL_SLOTS) {
        uint32_t number = global[slot].number - 1u;
        if (global[slot].hash == hash && global[slot].length == word.length &&
            memcmp(global_words[number], word.data, word.length) == 0) {
            *code = number * 2;
            return true;
        }
    }
    return false;
}

uint32_t report_global_code(const char *word) {
    struct text text = {word, strlen(word)};
    uint32_t code = 0;
    if (!find_global(text, hash_of(text), &code)) {
        abort();
    }
    return code;
}

/* ---------------------------------------------------------------------------------------------------------------------------- memory */

static bool ensure(struct report *report, struct bytes *bytes, size_t more) {
    if (bytes->room - bytes->length >= more) {
        return true;
    }
    size_t room = (bytes->room + more) * 2;
    uint8_t *data = realloc(bytes->data, room);
    if (!data) {
        report->out_of_memory = true;
        return false;
    }
    bytes->data = data;
    bytes->room = room;
    return true;
}

struct report *report_new(void) {
    struct report *report = calloc(1, sizeof *report);
    if (!report) {
        return NULL;
    }
    report->slot_mask = 1023;
    report->slots = calloc(report->slot_mask + 1u, sizeof *report->slots);
    report->word_room = 256;
    report->words = calloc(report->word_room, sizeof *report->words);
    if (!report->slots || !report->words || !ensure(report, &report->body, 1 << 15) || !ensure(report, &report->list, 1 << 12)) {
        report_free(report);
        return NULL;
    }
    report_clear(report);
    return report;
}

void report_free(struct report *report) {
    free(report->body.data);
    free(report->list.data);
    free(report->words);
    free(report->slots);
    free(report);
}

void report_clear(struct report *report) {
    report->body.length = GRPC_HEAD;
    report->list.length = 0;
    report->word_count = 0;
    report->entries = 0;
    report->out_of_memory = false;
    memset(report->slots, 0, (report->slot_mask + 1u) * sizeof *report->slots);
}

/* --------------------------------------------------------------------------------------------------------------------------- protobuf */

static void put_varint(struct bytes *bytes, uint64_t value) {
    while (value >= 0x80) {
        bytes->data[bytes->length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes->data[bytes->length++] = (uint8_t)value;
}

static void put_tag(struct bytes *bytes, uint32_t field, uint32_t type) {
    bytes->data[bytes->length++] = (uint8_t)(field << 3 | type);
}

static size_t varint_length(uint64_t value) {
    size_t length = 1;
    for (; value >= 0x80; value >>= 7) {
        length++;
    }
    return length;
}

/* A length that fills LATE_LENGTH bytes whatever it is; decoders take zero groups at a varint's end. */
static void put_late_length(struct bytes *bytes, size_t at) {
    size_t value = bytes->length - at - LATE_LENGTH;
    bytes->data[at] = (uint8_t)(value | 0x80);
    bytes->data[at + 1] = (uint8_t)(value >> 7 | 0x80);
    bytes->data[at + 2] = (uint8_t)(value >> 14 & 0x7f);
}

/* A map's entry up to its value, of which the length is known. */
static void put_entry(struct bytes *bytes, uint32_t field, uint32_t name, uint32_t value_type, size_t value_length) {
    put_tag(bytes, field, LENGTH_DELIMITED);
    put_varint(bytes, 1 + varint_length(name) + 1 + value_length);
    put_tag(bytes, 1, VARINT);
    put_varint(bytes, name);
    put_tag(bytes, 2, value_type);
}

static void put_number(struct report *report, uint32_t field, uint32_t name, uint64_t value) {
    if (ensure(report, &report->body, SMALL)) {
        put_entry(&report->body, field, name, VARINT, varint_length(value));
        put_varint(&report->body, value);
    }
}

/* Timestamp and Duration alike: seconds and nanoseconds. */
static void put_time(struct report *report, uint32_t field, uint32_t name, int64_t ns) {
    if (!ensure(report, &report->body, SMALL)) {
        return;
    }
    uint64_t seconds = (uint64_t)(ns / NANOS);
    uint64_t nanos = (uint64_t)(ns % NANOS);
    size_t length = 2 + varint_length(seconds) + varint_length(nanos);
    put_entry(&report->body, field, name, LENGTH_DELIMITED, 1 + length);
    put_varint(&report->body, length);
    put_tag(&report->body, 1, VARINT);
    put_varint(&report->body, seconds);
    put_tag(&report->body, 2, VARINT);
    put_varint(&report->body, nanos);
}

/* ------------------------------------------------------------------------------------------------------------------------------ words */

/* Twice as many slots; the words keep their numbers. */
static bool grow_words(struct report *report) {
    uint32_t mask = report->slot_mask * 2 + 1;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots);
    struct word *words = slots ? realloc(report->words, report->word_room * 2 * sizeof *words) : NULL;
    if (!words) {
        free(slots);
        report->out_of_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < report->word_count; i++) {
        uint32_t slot = words[i].hash & mask;
        while (slots[slot]) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = i + 1;
    }
    free(report->slots);
    report->slots = slots;
    report->slot_mask = mask;
    report->words = words;
    report->word_room *= 2;
    return true;
}

uint32_t report_code(struct report *report, struct text word) {
    uint32_t hash = hash_of(word);
    uint32_t code;
    if (find_global(word, hash, &code)) {
        return code;
    }
    uint32_t slot = hash & report->slot_mask;
    for (; report->slots[slot]; slot = (slot + 1) & report->slot_mask) {
        uint32_t number = report->slots[slot] - 1;
        const struct word *known = &report->words[number];
        if (known->hash == hash && known->length == word.length &&
            memcmp(report->list.data + known->offset, word.data, word.length) == 0) {
            return number * 2 + 1;
        }
    }
    if (report->word_count == report->word_room) {
        if (!grow_words(report)) {
            return 0;
        }
        for (slot = hash & report->slot_mask; report->slots[slot]; slot = (slot + 1) & report->slot_mask) {
        }
    }
    if (!ensure(report, &report->list, word.length + 1 + LONGEST_VARINT)) {
        return 0;
    }
    put_tag(&report->list, DEFAULT_WORDS, LENGTH_DELIMITED);
    put_varint(&report->list, word.length);
    report->words[report->word_count] = (struct word){hash, (uint32_t)report->list.length, (uint32_t)word.length};
    if (word.length) {
        memcpy(report->list.data + report->list.length, word.data, word.length);
        report->list.length += word.length;
    }
    report->slots[slot] = ++report->word_count;
    return report->word_count * 2 - 1;
}

/* ------------------------------------------------------------------------------------------------------------------------- attributes */

void report_begin_entry(struct report *report) {
    if (ensure(report, &report->body, SMALL)) {
        put_tag(&report->body, ATTRIBUTES, LENGTH_DELIMITED);
        report->entry = report->body.length;
        report->body.length += LATE_LENGTH;
    }
}

void report_end_entry(struct report *report) {
    if (!report->out_of_memory) {
        put_late_length(&report->body, report->entry);
    }
    report->entries++;
}

void report_string(struct report *report, uint32_t name, uint32_t value) {
    put_number(report, STRINGS, name, value);
}

void report_int(struct report *report, uint32_t name, uint64_t value) {
    put_number(report, INTS, name, value);
}

void report_bool(struct report *report, uint32_t name, bool value) {
    put_number(report, BOOLS, name, value);
}

void report_timestamp(struct report *report, uint32_t name, int64_t unix_ns) {
    put_time(report, TIMESTAMPS, name, unix_ns);
}

void report_duration(struct report *report, uint32_t name, int64_t ns) {
    put_time(report, DURATIONS, name, ns);
}

void report_bytes(struct report *report, uint32_t name, struct text value) {
    if (ensure(report, &report->body, SMALL + value.length)) {
        put_entry(&report->body, BYTES, name, LENGTH_DELIMITED, varint_length(value.length) + value.length);
        put_varint(&report->body, value.length);
        memcpy(report->body.data + report->body.length, value.data, value.length);
        report->body.length += value.length;
    }
}

void report_begin_map(struct report *report, uint32_t name) {
    if (ensure(report, &report->body, SMALL)) {
        put_tag(&report->body, STRING_MAPS, LENGTH_DELIMITED);
        report->map = report->body.length;
        report->body.length += LATE_LENGTH;
        put_tag(&report->body, 1, VARINT);
        put_varint(&report->body, name);
        put_tag(&report->body, 2, LENGTH_DELIMITED);
        report->body.length += LATE_LENGTH;
    }
}

void report_map_entry(struct report *report, uint32_t name, uint32_t value) {
    put_number(report, 1, name, value);
}

void report_end_map(struct report *report) {
    if (report->out_of_memory) {
        return;
    }
    size_t inner = report->map + LATE_LENGTH + 1;
    while (report->body.data[inner] & 0x80) {
        inner++;
    }
    put_late_length(&report->body, inner + 2);
    put_late_length(&report->body, report->map);
}

struct text report_finish(struct report *report) {
    if (!ensure(report, &report->body, report->list.length + SMALL) || report->out_of_memory) {
        return (struct text){NULL, 0};
    }
    memcpy(report->body.data + report->body.length, report->list.data, report->list.length);
    report->body.length += report->list.length;
    put_tag(&report->body, GLOBAL_WORD_COUNT, VARINT);
    put_varint(&report->body, GLOBAL_WORDS);
    put_tag(&report->body, SEMANTICS, VARINT);
    put_varint(&report->body, INDEPENDENT_ENCODING);
    /* gRPC's head: not compressed, and the length with its highest byte first. */
    size_t length = report->body.length - GRPC_HEAD;
    report->body.data[0] = 0;
    for (int i = 0; i < 4; i++) {
        report->body.data[1 + i] = (uint8_t)(length >> (24 - 8 * i));
    }
    return (struct text){(const char *)report->body.data, report->body.length};
}
