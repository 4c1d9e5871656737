/* A report written as it grows, in the protocol's own bytes, with one look-up for each text. */
#define _GNU_SOURCE
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Fields of ReportRequest. */
enum { ATTRIBUTES = 1, DEFAULT_WORDS = 2, GLOBAL_WORD_COUNT = 3, SEMANTICS = 4 };
/* Fields of CompressedAttributes, each a map from code to value. */
enum { STRINGS = 2, INTS = 3, BOOLS = 5, TIMESTAMPS = 6, DURATIONS = 7, BYTES = 8, STRING_MAPS = 9 };

enum { VARINT = 0, LENGTH_DELIMITED = 2 };
enum { INDEPENDENT_ENCODING = 1 };

/* A length that is written once it is known takes this many bytes, up to 2 MiB. */
#define LATE_LENGTH 3
#define LONGEST_VARINT 10
/* More than any attribute but bytes takes. */
#define SMALL 48

#define NANOS 1000000000LL

/*
 * A word's code is what protobuf's zigzag makes of its number: 2 i for word i of the global list, 2 i + 1 for word i of the message's own.
 */
#define NO_CODE UINT32_MAX

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

struct name {
    uint32_t code; /* or NO_CODE, if it is none of the global words */
    struct text text;
};

struct constants {
    size_t count;
    struct constant {
        const struct name *name;
        struct text value;
    } all[];
};

/* A report, and its open entry: they are one. */
struct entry {
    struct report head;
    struct bytes body;  /* room for gRPC's head, then the attributes */
    struct bytes list;  /* the message's own words, as its field holds them */
    struct word *words; /* where they are */
    uint32_t word_count;
    uint32_t word_room;
    uint32_t *slots; /* open addressing: number of a word + 1, 0 where free */
    uint32_t slot_mask;
    size_t open; /* where the open entry's length is */
    bool out_of_memory;
};

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

static struct entry *entry_of(struct report *report) {
    return (struct entry *)report;
}

/* ---------------------------------------------------------------------------------------------------------------------------- memory */

static bool ensure(struct entry *entry, struct bytes *bytes, size_t more) {
    if (bytes->room - bytes->length >= more) {
        return true;
    }
    size_t room = (bytes->room + more) * 2;
    uint8_t *data = realloc(bytes->data, room);
    if (!data) {
        entry->out_of_memory = true;
        return false;
    }
    bytes->data = data;
    bytes->room = room;
    return true;
}

struct report *report_new(void) {
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry) {
        return NULL;
    }
    entry->slot_mask = 1023;
    entry->slots = calloc(entry->slot_mask + 1u, sizeof *entry->slots);
    entry->word_room = 256;
    entry->words = calloc(entry->word_room, sizeof *entry->words);
    if (!entry->slots || !entry->words || !ensure(entry, &entry->body, 1 << 15) || !ensure(entry, &entry->list, 1 << 12)) {
        report_free(&entry->head);
        return NULL;
    }
    report_clear(&entry->head);
    return &entry->head;
}

void report_free(struct report *report) {
    struct entry *entry = entry_of(report);
    free(entry->body.data);
    free(entry->list.data);
    free(entry->words);
    free(entry->slots);
    free(entry);
}

void report_clear(struct report *report) {
    struct entry *entry = entry_of(report);
    report->entries = 0;
    report->message = (struct text){NULL, 0};
    entry->body.length = GRPC_HEAD;
    entry->list.length = 0;
    entry->word_count = 0;
    entry->out_of_memory = false;
    memset(entry->slots, 0, (entry->slot_mask + 1u) * sizeof *entry->slots);
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

static void put_number(struct entry *entry, uint32_t field, uint32_t name, uint64_t value) {
    if (ensure(entry, &entry->body, SMALL)) {
        put_entry(&entry->body, field, name, VARINT, varint_length(value));
        put_varint(&entry->body, value);
    }
}

/* Timestamp and Duration alike: seconds and nanoseconds. */
static void put_time(struct entry *entry, uint32_t field, uint32_t name, int64_t ns) {
    if (!ensure(entry, &entry->body, SMALL)) {
        return;
    }
    uint64_t seconds = (uint64_t)(ns / NANOS);
    uint64_t nanos = (uint64_t)(ns % NANOS);
    size_t length = 2 + varint_length(seconds) + varint_length(nanos);
    put_entry(&entry->body, field, name, LENGTH_DELIMITED, 1 + length);
    put_varint(&entry->body, length);
    put_tag(&entry->body, 1, VARINT);
    put_varint(&entry->body, seconds);
    put_tag(&entry->body, 2, VARINT);
    put_varint(&entry->body, nanos);
}

/* ------------------------------------------------------------------------------------------------------------------------------ words */

/* Twice as many slots; the words keep their numbers. */
static bool grow_words(struct entry *entry) {
    uint32_t mask = entry->slot_mask * 2 + 1;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots);
    struct word *words = slots ? realloc(entry->words, entry->word_room * 2 * sizeof *words) : NULL;
    if (!words) {
        free(slots);
        entry->out_of_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < entry->word_count; i++) {
        uint32_t slot = words[i].hash & mask;
        while (slots[slot]) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = i + 1;
    }
    free(entry->slots);
    entry->slots = slots;
    entry->slot_mask = mask;
    entry->words = words;
    entry->word_room *= 2;
    return true;
}

/* The code of a word, which may be new to the message. */
static uint32_t code_of(struct entry *entry, struct text word) {
    uint32_t hash = hash_of(word);
    uint32_t code;
    if (find_global(word, hash, &code)) {
        return code;
    }
    uint32_t slot = hash & entry->slot_mask;
    for (; entry->slots[slot]; slot = (slot + 1) & entry->slot_mask) {
        uint32_t number = entry->slots[slot] - 1;
        const struct word *known = &entry->words[number];
        if (known->hash == hash && known->length == word.length &&
            memcmp(entry->list.data + known->offset, word.data, word.length) == 0) {
            return number * 2 + 1;
        }
    }
    if (entry->word_count == entry->word_room) {
        if (!grow_words(entry)) {
            return 0;
        }
        for (slot = hash & entry->slot_mask; entry->slots[slot]; slot = (slot + 1) & entry->slot_mask) {
        }
    }
    if (!ensure(entry, &entry->list, word.length + 1 + LONGEST_VARINT)) {
        return 0;
    }
    put_tag(&entry->list, DEFAULT_WORDS, LENGTH_DELIMITED);
    put_varint(&entry->list, word.length);
    entry->words[entry->word_count] = (struct word){hash, (uint32_t)entry->list.length, (uint32_t)word.length};
    if (word.length) {
        memcpy(entry->list.data + entry->list.length, word.data, word.length);
        entry->list.length += word.length;
    }
    entry->slots[slot] = ++entry->word_count;
    return entry->word_count * 2 - 1;
}

/* ------------------------------------------------------------------------------------------------------------------------- attributes */

const struct name *name_new(struct text text) {
    struct name *name = malloc(sizeof *name);
    char *copy = name ? strndup(text.data, text.length) : NULL;
    if (!copy) {
        free(name);
        return NULL;
    }
    name->text = (struct text){copy, text.length};
    if (!find_global(text, hash_of(text), &name->code)) {
        name->code = NO_CODE;
    }
    return name;
}

static void name_free(const struct name *name) {
    if (name) {
        free((char *)(uintptr_t)name->text.data);
        free((struct name *)(uintptr_t)name);
    }
}

static uint32_t code_of_name(struct entry *entry, const struct name *name) {
    return name->code == NO_CODE ? code_of(entry, name->text) : name->code;
}

struct constants *constants_new(const struct pair *pairs, size_t count) {
    struct constants *constants = calloc(1, sizeof *constants + count * sizeof *constants->all);
    for (size_t i = 0; constants && i < count; i++) {
        const struct name *name = name_new(pairs[i].name);
        char *value = strndup(pairs[i].value.data, pairs[i].value.length);
        constants->all[constants->count++] = (struct constant){name, {value, pairs[i].value.length}};
        if (!name || !value) {
            constants_free(constants);
            return NULL;
        }
    }
    return constants;
}

void constants_free(struct constants *constants) {
    for (size_t i = 0; i < constants->count; i++) {
        name_free(constants->all[i].name);
        free((char *)(uintptr_t)constants->all[i].value.data);
    }
    free(constants);
}

struct entry *entry_begin(struct report *report) {
    struct entry *entry = entry_of(report);
    if (ensure(entry, &entry->body, SMALL)) {
        put_tag(&entry->body, ATTRIBUTES, LENGTH_DELIMITED);
        entry->open = entry->body.length;
        entry->body.length += LATE_LENGTH;
    }
    return entry;
}

void entry_end(struct entry *entry, struct report *report) {
    if (!entry->out_of_memory) {
        put_late_length(&entry->body, entry->open);
    }
    report->entries++;
}

void entry_constants(struct entry *entry, const struct constants *constants) {
    for (size_t i = 0; i < constants->count; i++) {
        entry_string(entry, constants->all[i].name, constants->all[i].value);
    }
}

void entry_string(struct entry *entry, const struct name *name, struct text value) {
    uint32_t code = code_of_name(entry, name);
    put_number(entry, STRINGS, code, code_of(entry, value));
}

void entry_int(struct entry *entry, const struct name *name, uint64_t value) {
    put_number(entry, INTS, code_of_name(entry, name), value);
}

void entry_bool(struct entry *entry, const struct name *name, bool value) {
    put_number(entry, BOOLS, code_of_name(entry, name), value);
}

void entry_timestamp(struct entry *entry, const struct name *name, int64_t unix_ns) {
    put_time(entry, TIMESTAMPS, code_of_name(entry, name), unix_ns);
}

void entry_duration(struct entry *entry, const struct name *name, int64_t ns) {
    put_time(entry, DURATIONS, code_of_name(entry, name), ns);
}

void entry_bytes(struct entry *entry, const struct name *name, struct text value) {
    uint32_t code = code_of_name(entry, name);
    if (ensure(entry, &entry->body, SMALL + value.length)) {
        put_entry(&entry->body, BYTES, code, LENGTH_DELIMITED, varint_length(value.length) + value.length);
        put_varint(&entry->body, value.length);
        memcpy(entry->body.data + entry->body.length, value.data, value.length);
        entry->body.length += value.length;
    }
}

void entry_map(struct entry *entry, const struct name *name, const struct pair *pairs, size_t count) {
    uint32_t code = code_of_name(entry, name);
    if (!ensure(entry, &entry->body, SMALL)) {
        return;
    }
    struct bytes *body = &entry->body;
    put_tag(body, STRING_MAPS, LENGTH_DELIMITED);
    size_t outer = body->length;
    body->length += LATE_LENGTH;
    put_tag(body, 1, VARINT);
    put_varint(body, code);
    put_tag(body, 2, LENGTH_DELIMITED);
    size_t inner = body->length;
    body->length += LATE_LENGTH;
    for (size_t i = 0; i < count; i++) {
        uint32_t key = code_of(entry, pairs[i].name);
        put_number(entry, 1, key, code_of(entry, pairs[i].value));
    }
    if (!entry->out_of_memory) {
        put_late_length(body, inner);
        put_late_length(body, outer);
    }
}

void report_finish(struct report *report) {
    struct entry *entry = entry_of(report);
    struct bytes *body = &entry->body;
    if (!ensure(entry, body, entry->list.length + SMALL) || entry->out_of_memory) {
        return;
    }
    memcpy(body->data + body->length, entry->list.data, entry->list.length);
    body->length += entry->list.length;
    put_tag(body, GLOBAL_WORD_COUNT, VARINT);
    put_varint(body, GLOBAL_WORDS);
    put_tag(body, SEMANTICS, VARINT);
    put_varint(body, INDEPENDENT_ENCODING);
    /* gRPC's head: not compressed, and the length with its highest byte first. */
    size_t length = body->length - GRPC_HEAD;
    body->data[0] = 0;
    for (int i = 0; i < 4; i++) {
        body->data[1 + i] = (uint8_t)(length >> (24 - 8 * i));
    }
    report->message = (struct text){(const char *)body->data, body->length};
}
