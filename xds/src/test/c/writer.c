/*
 * Writes slabs for tests, as told on standard input, and answers each line with one.
 *
 *   writer FOLDER WORKERS MAX_SERIES IDLE_SECONDS
 *       add WORKER NAME REQUESTS NOW   count requests from the workload NAME, each of 5 ms and 1,000 bytes
 *       tear WORKER NAME NOW           begin a change and end at once, as if killed
 *   writer check FILE                  say what the plugin thinks of a configuration
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check(const char *path) {
    static char json[4000000];
    char reason[400];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(json, 1, sizeof json, file) : 0;
    struct config *config = config_new((struct abi_text){json, length}, 0, reason, sizeof reason);
    if (config) {
        printf("accepted, %u peers, %u services, labels %x\n", config->peers.count, config->services.count, config->labels);
        config_free(config);
    } else {
        puts(reason);
    }
    return fclose(file);
}

static void count(struct slab_series *series, uint64_t requests) {
    series_add(&series->requests, requests);
    series_add(&series->request_bytes, 1000 * requests);
    series_add(&series->response_bytes, 1000 * requests);
    series_add(&series->durations, requests);
    series_add(&series->duration_us, 5000 * requests);
    series_add(&series->duration_buckets[histogram_bucket(5000, SLAB_DURATION_DECADES)], requests);
    series_add(&series->request_bytes_buckets[histogram_bucket(1000, SLAB_BYTES_DECADES)], requests);
    series_add(&series->response_bytes_buckets[histogram_bucket(1000, SLAB_BYTES_DECADES)], requests);
}

int main(int arguments, char **argument) {
    if (arguments == 3 && strcmp(argument[1], "check") == 0) {
        return check(argument[2]);
    }
    if (arguments != 5) {
        return 2;
    }
    const char *error;
    uint32_t workers = (uint32_t)atoi(argument[2]);
    struct slab *slab = slab_acquire(argument[1], workers, (uint32_t)atoi(argument[3]), (uint32_t)atoi(argument[4]), &error);
    if (!slab) {
        puts(error);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    static char line[10000];
    while (fgets(line, sizeof line, stdin)) {
        char command[16];
        static char name[9500];
        unsigned worker;
        unsigned long long requests;
        unsigned long long now;
        if (sscanf(line, "%15s %u %9499s %llu %llu", command, &worker, name, &requests, &now) != 5 || worker >= workers) {
            return 2;
        }
        struct label_set set = {
            .labels = LABEL_BIT(reporter) | LABEL_BIT(source_workload) | LABEL_BIT(source_canonical_revision) | LABEL_BIT(response_code),
            .kind = KIND_HTTP,
            .reporter = REPORTER_SOURCE,
            .code = 200,
            .grpc_status = GRPC_STATUS_NONE,
        };
        set.text[LABEL_source_workload] = (struct abi_text){name, strlen(name)};
        struct slab_series *series = table_series(slab->tables[worker], &set, now);
        series_begin(series, now);
        count(series, requests);
        if (strcmp(command, "tear") == 0) {
            _exit(0);
        }
        series_end(series);
        puts("ok");
        fflush(stdout);
    }
    slab_release(slab);
    return 0;
}
