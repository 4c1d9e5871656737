/*
 * Writes a report as it is told on standard input, for tests of its encoding. A line each, parts parted by tabs:
 *
 *     entry | end | string NAME VALUE | int NAME VALUE | bool NAME 0-1 | timestamp NAME NS | duration NAME NS | bytes NAME VALUE |
 *     map NAME | pair NAME VALUE | mapend | finish
 *
 * "finish" writes the message with its length in eight bytes before it, and begins anew with the memory of the last.
 */
#define _GNU_SOURCE
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t code(struct report *report, const char *word) {
    return report_code(report, (struct text){word, strlen(word)});
}

static void finish(struct report *report) {
    struct text message = report_finish(report);
    uint64_t length = message.length;
    fwrite(&length, sizeof length, 1, stdout);
    fwrite(message.data, 1, message.length, stdout);
    report_clear(report);
}

static void run(struct report *report, const char *what, const char *name, const char *value) {
    if (!strcmp(what, "entry")) {
        report_begin_entry(report);
    } else if (!strcmp(what, "end")) {
        report_end_entry(report);
    } else if (!strcmp(what, "mapend")) {
        report_end_map(report);
    } else if (!strcmp(what, "finish")) {
        finish(report);
    } else if (!strcmp(what, "map")) {
        report_begin_map(report, code(report, name));
    } else if (!strcmp(what, "string")) {
        uint32_t coded = code(report, name);
        report_string(report, coded, code(report, value));
    } else if (!strcmp(what, "pair")) {
        uint32_t coded = code(report, name);
        report_map_entry(report, coded, code(report, value));
    } else if (!strcmp(what, "int")) {
        report_int(report, code(report, name), strtoull(value, NULL, 10));
    } else if (!strcmp(what, "bool")) {
        report_bool(report, code(report, name), *value == '1');
    } else if (!strcmp(what, "timestamp")) {
        report_timestamp(report, code(report, name), strtoll(value, NULL, 10));
    } else if (!strcmp(what, "duration")) {
        report_duration(report, code(report, name), strtoll(value, NULL, 10));
    } else if (!strcmp(what, "bytes")) {
        report_bytes(report, code(report, name), (struct text){value, strlen(value)});
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
    while (report && getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *rest = line;
        const char *what = strsep(&rest, "\t");
        const char *name = strsep(&rest, "\t");
        run(report, what, name ? name : "", rest ? rest : "");
    }
    free(line);
    if (report) {
        report_free(report);
    }
    return 0;
}
