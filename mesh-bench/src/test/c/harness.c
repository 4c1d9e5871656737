/*
 * Writes a report as it is told on standard input, for tests of its encoding. A line each, parts parted by tabs:
 *
 *     entry | end | string NAME VALUE | int NAME VALUE | bool NAME 0-1 | timestamp NAME NS | duration NAME NS | bytes NAME VALUE |
 *     pair NAME VALUE | map NAME | constants | finish
 *
 * Pairs are what the next map or the next constants are made of.
 *
 * "finish" writes the message with its length in eight bytes before it, and begins anew with the memory of the last.
 */
#define _GNU_SOURCE
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PAIRS 100

/* Names live for ever. */
static struct known {
    const struct name *name;
    struct known *next;
    char text[];
} *all_names;

static struct pair pairs[MOST_PAIRS];
static size_t pair_count;

static struct text text_of(const char *text) {
    return (struct text){text, strlen(text)};
}

static const struct name *name_of(const char *text) {
    struct known *known = all_names;
    while (known && strcmp(known->text, text)) {
        known = known->next;
    }
    if (!known) {
        known = malloc(sizeof *known + strlen(text) + 1);
        strcpy(known->text, text);
        known->name = name_new(text_of(text));
        known->next = all_names;
        all_names = known;
    }
    return known->name;
}

static struct text copy(const char *text) {
    return (struct text){strdup(text), strlen(text)};
}

static void add_pair(const char *name, const char *value) {
    if (pair_count == MOST_PAIRS) {
        fprintf(stderr, "too many pairs\n");
        exit(1);
    }
    pairs[pair_count++] = (struct pair){copy(name), copy(value)};
}

static void forget_pairs(void) {
    while (pair_count) {
        free((char *)pairs[--pair_count].name.data);
        free((char *)pairs[pair_count].value.data);
    }
}

static void finish(struct report *report) {
    report_finish(report);
    uint64_t length = report->message.length;
    fwrite(&length, sizeof length, 1, stdout);
    fwrite(report->message.data, 1, length, stdout);
    report_clear(report);
}

static void put(struct entry *entry, const char *what, const struct name *name, const char *value) {
    if (!strcmp(what, "map")) {
        entry_map(entry, name, pairs, pair_count);
        forget_pairs();
    } else if (!strcmp(what, "constants")) {
        struct constants *constants = constants_new(pairs, pair_count);
        entry_constants(entry, constants);
        constants_free(constants);
        forget_pairs();
    } else if (!strcmp(what, "string")) {
        entry_string(entry, name, text_of(value));
    } else if (!strcmp(what, "int")) {
        entry_int(entry, name, strtoull(value, NULL, 10));
    } else if (!strcmp(what, "bool")) {
        entry_bool(entry, name, *value == '1');
    } else if (!strcmp(what, "timestamp")) {
        entry_timestamp(entry, name, strtoll(value, NULL, 10));
    } else if (!strcmp(what, "duration")) {
        entry_duration(entry, name, strtoll(value, NULL, 10));
    } else if (!strcmp(what, "bytes")) {
        entry_bytes(entry, name, text_of(value));
    } else {
        fprintf(stderr, "what is %s?\n", what);
        exit(1);
    }
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    report_learn_global_words();
    struct report *report = report_new();
    struct entry *entry = NULL;
    while (report && getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *rest = line;
        const char *what = strsep(&rest, "\t");
        const char *name = rest ? strsep(&rest, "\t") : "";
        const char *value = rest ? rest : "";
        if (!strcmp(what, "entry")) {
            entry = entry_begin(report);
        } else if (!strcmp(what, "end")) {
            entry_end(entry, report);
        } else if (!strcmp(what, "finish")) {
            finish(report);
        } else if (!strcmp(what, "pair")) {
            add_pair(name, value);
        } else {
            put(entry, what, name_of(name), value);
        }
    }
    free(line);
    if (report) {
        report_free(report);
    }
    return 0;
}
