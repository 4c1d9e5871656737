/*
 * How long an encoder takes for a report, per entry: what it does of a request like those of the comparison,
 * in batches of 100, without what is asked of Envoy and without sending.
 *
 *     encoding_time [ENTRIES]
 */
#define _GNU_SOURCE
#include "report_protobuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 100
#define ROUNDS 5
#define COUNT(array) (sizeof array / sizeof *array)
#define TEXT(literal) {literal, sizeof literal - 1}
#define PAIR(name, value) {TEXT(name), TEXT(value)}

static const struct pair fixed[] = {
    PAIR("context.reporter.kind", "inbound"),
    PAIR("context.reporter.uid", "kubernetes://web-v1.demo"),
    PAIR("destination.uid", "kubernetes://web-v1.demo"),
    PAIR("destination.namespace", "demo"),
    PAIR("destination.service.host", "web.demo.svc.cluster.local"),
    PAIR("destination.service.name", "web"),
    PAIR("destination.service.namespace", "demo"),
    PAIR("destination.service.uid", "istio://demo/services/web"),
    PAIR("source.uid", "kubernetes://client-v1.demo"),
    PAIR("source.namespace", "demo"),
};
static const struct pair request_headers[] = {
    PAIR(":authority", "127.0.0.1:8080"),
    PAIR(":path", "/body"),
    PAIR(":method", "GET"),
    PAIR(":scheme", "http"),
    PAIR("x-forwarded-proto", "http"),
    PAIR("x-request-id", "2f1c7d0e-5a4b-9c3d-8e6f-0123456789ab"),
};
static const struct pair response_headers[] = {
    PAIR(":status", "200"),
    PAIR("content-length", "350"),
    PAIR("content-type", "text/plain"),
    PAIR("date", "Sun, 22 Nov 2026 23:48:00 GMT"),
    PAIR("server", "envoy"),
};
static const struct pair strings[] = {
    PAIR("request.host", "127.0.0.1:8080"), PAIR("request.method", "GET"),    PAIR("request.path", "/body"),
    PAIR("request.scheme", "http"),         PAIR("request.url_path", "/body"), PAIR("context.protocol", "http"),
};
static const char *const numbers[] = {"request.size",        "response.size", "request.total_size",
                                      "response.total_size", "response.code", "destination.port"};

static const struct name *named(const char *text) {
    return name_new((struct text){text, strlen(text)});
}

int main(int count, char **arguments) {
    long entries = count > 1 ? atol(arguments[1]) : 200000;
    if (entries < BATCH) {
        fprintf(stderr, "encoding_time: at least %d entries are a report\n", BATCH);
        return 2;
    }
    report_learn_global_words();
    const struct name *string_names[COUNT(strings)];
    const struct name *number_names[COUNT(numbers)];
    for (size_t i = 0; i < COUNT(strings); i++) {
        string_names[i] = name_new(strings[i].name);
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        number_names[i] = named(numbers[i]);
    }
    const struct name *in = named("request.headers"), *out = named("response.headers"), *mtls = named("connection.mtls"),
                      *begin = named("request.time"), *end = named("response.time"), *duration = named("response.duration"),
                      *ip = named("origin.ip"), *to = named("destination.ip"), *flags = named("context.proxy_error_code");
    struct constants *constants = constants_new(fixed, COUNT(fixed));
    struct report *report = report_new();
    size_t bytes = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct timespec from, till;
        long done = 0;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        for (; done < entries; done++) {
            struct entry *entry = entry_begin(report);
            entry_constants(entry, constants);
            entry_map(entry, in, request_headers, COUNT(request_headers));
            for (size_t i = 0; i < COUNT(strings); i++) {
                entry_string(entry, string_names[i], strings[i].value);
            }
            entry_bytes(entry, ip, (struct text)TEXT("\x7f\0\0\1"));
            entry_bool(entry, mtls, false);
            entry_timestamp(entry, begin, 1795391280000000000 + done * 25000);
            entry_bytes(entry, to, (struct text)TEXT("\x7f\0\0\1"));
            entry_map(entry, out, response_headers, COUNT(response_headers));
            entry_timestamp(entry, end, 1795391280000050000 + done * 25000);
            for (size_t i = 0; i < COUNT(numbers); i++) {
                entry_int(entry, number_names[i], i * 100);
            }
            entry_duration(entry, duration, 50000);
            entry_string(entry, flags, (struct text)TEXT("-"));
#ifdef TRACING_HEADERS
            entry_tracing_headers(entry, in, request_headers, COUNT(request_headers));
#endif
            entry_end(entry, report);
            if (report->entries == BATCH) {
                report_finish(report);
                bytes = report->message.length;
                report_clear(report);
            }
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &till);
        printf("%.0f ns an entry, %zu bytes a report\n",
               ((double)(till.tv_sec - from.tv_sec) * 1e9 + (double)(till.tv_nsec - from.tv_nsec)) / (double)entries, bytes);
    }
    report_free(report);
    constants_free(constants);
    return 0;
}
