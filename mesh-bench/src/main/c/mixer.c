/*
 * Istio 1.4's client of mixer, rebuilt as a module for Envoy 1.40: what a request was is told to a collector, in batches.
 *
 *     HTTP filter, on each worker     at the end of a stream its attributes go into the worker's report; a report of 100 entries is full
 *     bootstrap extension, main       sends full reports, and those that have waited for a second, as Mixer/Report calls over gRPC
 *
 * Configuration of the filter: a line "NAME VALUE" for each attribute that is the same for all requests. That of the extension: the
 * name of the cluster that the collector is in.
 */
#define _GNU_SOURCE
#include "bootstrap_abi.h"
#include "client.h"
#include "passive_hooks.h"
#include "report.h"
#include "request.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_ENTRIES 100
#define BATCH_NS 1000000000LL
/* How often the age of reports is looked at. */
#define TICK_MS 50
/* Reports on their way, beyond which new ones are dropped: what a collector that hangs can cost in memory is bounded. */
#define MOST_UNDER_WAY 256
#define CALL_TIMEOUT_MS 5000
/* Reports that wait to be used again, on each worker and on the main thread together. */
#define MOST_SPARE 32

#define TEXT(literal) ((struct abi_text){literal, sizeof literal - 1})

struct worker {
    pthread_mutex_t lock; /* of the worker against the main thread's timer */
    struct report *report;
    int64_t begun_ns;
    char padding[64];
};

enum counter { SENT, FAILED, DROPPED, COUNTERS };

struct sender {
    abi_handle envoy;
    abi_handle scheduler;
    abi_handle timer;
    char *cluster;
    struct worker *workers;
    uint32_t worker_count;

    pthread_mutex_t lock; /* of what follows */
    struct report *full;
    struct report **full_end;
    struct report *spare;
    uint32_t spares;
    uint64_t lost_entries;

    uint32_t under_way; /* main thread only, as what follows */
    uint64_t answered;
    size_t counters[COUNTERS];
};

static struct sender *sender;
static uint32_t workers;

const char *envoy_dynamic_module_on_program_init(void) {
    report_learn_global_words();
    workers = CALLBACK(get_concurrency)();
    return request_learn_names() ? ABI_VERSION : NULL;
}

static void log_error(const char *line) {
    CALLBACK(log)(ABI_LOG_ERROR, (struct abi_text){line, strlen(line)});
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --------------------------------------------------------------------------------------------------------------------------- sending */

/* An empty report, or NULL without memory. */
static struct report *take_spare(void) {
    pthread_mutex_lock(&sender->lock);
    struct report *report = sender->spare;
    if (report) {
        sender->spare = report->next;
        sender->spares--;
    }
    pthread_mutex_unlock(&sender->lock);
    return report ? report : report_new();
}

static void give_spare(struct report *report) {
    report_clear(report);
    pthread_mutex_lock(&sender->lock);
    bool keep = sender->spares < MOST_SPARE;
    if (keep) {
        report->next = sender->spare;
        sender->spare = report;
        sender->spares++;
    }
    pthread_mutex_unlock(&sender->lock);
    if (!keep) {
        report_free(report);
    }
}

/* Takes a worker's report away to be sent. The worker's lock is held. */
static void hand_over(struct worker *worker) {
    struct report *report = worker->report;
    report_finish(report);
    worker->report = NULL;
    report->next = NULL;
    pthread_mutex_lock(&sender->lock);
    *sender->full_end = report;
    sender->full_end = &report->next;
    pthread_mutex_unlock(&sender->lock);
}

static void count(enum counter counter, uint64_t by) {
    CALLBACK(bootstrap_extension_config_increment_counter)(sender->envoy, sender->counters[counter], NULL, 0, by);
}

static void send_report(struct report *report) {
    struct abi_header headers[] = {
        {TEXT(":method"), TEXT("POST")},
        {TEXT(":path"), TEXT("/istio.mixer.v1.Mixer/Report")},
        {TEXT(":scheme"), TEXT("http")},
        {TEXT(":authority"), {sender->cluster, strlen(sender->cluster)}},
        {TEXT("content-type"), TEXT("application/grpc")},
        {TEXT("te"), TEXT("trailers")},
    };
    struct text message = report->message;
    if (!message.length || sender->under_way >= MOST_UNDER_WAY) {
        count(DROPPED, report->entries);
        return;
    }
    uint64_t callout;
    uint64_t answered = sender->answered;
    sender->under_way++;
    int begun = CALLBACK(bootstrap_extension_http_callout)(sender->envoy, &callout,
                                                           (struct abi_text){sender->cluster, strlen(sender->cluster)}, headers,
                                                           sizeof headers / sizeof *headers,
                                                           (struct abi_text){message.data, message.length}, CALL_TIMEOUT_MS);
    if (begun == ABI_CALLOUT_BEGUN) {
        count(SENT, report->entries);
        return;
    }
    count(DROPPED, report->entries);
    /* A callout that fails at once may have told so already. */
    if (sender->answered == answered) {
        sender->under_way--;
    }
}

static void send_full(void) {
    pthread_mutex_lock(&sender->lock);
    struct report *report = sender->full;
    sender->full = NULL;
    sender->full_end = &sender->full;
    uint64_t lost = sender->lost_entries;
    sender->lost_entries = 0;
    pthread_mutex_unlock(&sender->lock);
    if (lost) {
        count(DROPPED, lost);
    }
    while (report) {
        struct report *next = report->next;
        send_report(report);
        give_spare(report);
        report = next;
    }
}

void envoy_dynamic_module_on_bootstrap_extension_config_scheduled(abi_handle envoy, abi_config config, uint64_t event) {
    (void)envoy, (void)config, (void)event;
    send_full();
}

void envoy_dynamic_module_on_bootstrap_extension_timer_fired(abi_handle envoy, abi_config config, abi_handle timer) {
    (void)envoy, (void)config;
    int64_t now = now_ns();
    for (uint32_t i = 0; i < sender->worker_count; i++) {
        struct worker *worker = &sender->workers[i];
        pthread_mutex_lock(&worker->lock);
        if (worker->report && worker->report->entries && now - worker->begun_ns >= BATCH_NS) {
            hand_over(worker);
        }
        pthread_mutex_unlock(&worker->lock);
    }
    send_full();
    CALLBACK(bootstrap_extension_timer_enable)(timer, TICK_MS);
}

static bool is_ok(const struct abi_header *headers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct abi_text name = headers[i].name;
        struct abi_text value = headers[i].value;
        if (name.length == 7 && memcmp(name.data, ":status", 7) == 0 && !(value.length == 3 && memcmp(value.data, "200", 3) == 0)) {
            return false;
        }
        /* Among the headers only where an error is all of the answer. */
        if (name.length == 11 && memcmp(name.data, "grpc-status", 11) == 0 && !(value.length == 1 && *value.data == '0')) {
            return false;
        }
    }
    return true;
}

void envoy_dynamic_module_on_bootstrap_extension_http_callout_done(abi_handle envoy, abi_config config, uint64_t callout, int result,
                                                                   const struct abi_header *headers, size_t header_count,
                                                                   const struct abi_text *body, size_t pieces) {
    (void)envoy, (void)config, (void)callout, (void)body, (void)pieces;
    sender->under_way--;
    sender->answered++;
    if (result != ABI_CALLOUT_ANSWERED || !is_ok(headers, header_count)) {
        count(FAILED, 1);
    }
}

abi_config envoy_dynamic_module_on_bootstrap_extension_config_new(abi_handle envoy, struct abi_text name, struct abi_text cluster) {
    static const char *const counter_names[COUNTERS] = {"mixer_entries_sent", "mixer_calls_failed", "mixer_entries_dropped"};
    (void)name;
    if (sender || !cluster.length) {
        log_error(sender ? "mixer: configured twice" : "mixer: the configuration names no cluster");
        return NULL;
    }
    struct sender *new = calloc(1, sizeof *new);
    if (!new) {
        return NULL;
    }
    new->envoy = envoy;
    new->cluster = strndup(cluster.data, cluster.length);
    new->worker_count = workers;
    new->workers = calloc(workers, sizeof *new->workers);
    if (!new->cluster || !new->workers) {
        free(new->cluster);
        free(new->workers);
        free(new);
        return NULL;
    }
    new->full_end = &new->full;
    pthread_mutex_init(&new->lock, NULL);
    for (uint32_t i = 0; i < workers; i++) {
        pthread_mutex_init(&new->workers[i].lock, NULL);
    }
    for (int i = 0; i < COUNTERS; i++) {
        CALLBACK(bootstrap_extension_config_define_counter)(envoy, (struct abi_text){counter_names[i], strlen(counter_names[i])}, NULL, 0,
                                                            &new->counters[i]);
    }
    new->scheduler = CALLBACK(bootstrap_extension_config_scheduler_new)(envoy);
    new->timer = CALLBACK(bootstrap_extension_timer_new)(envoy);
    sender = new;
    CALLBACK(bootstrap_extension_config_signal_init_complete)(envoy);
    return new;
}

/* The process ends with the extension: the rest of its memory goes with it. */
void envoy_dynamic_module_on_bootstrap_extension_config_destroy(abi_config config) {
    (void)config;
    CALLBACK(bootstrap_extension_config_scheduler_delete)(sender->scheduler);
    CALLBACK(bootstrap_extension_timer_delete)(sender->timer);
}

const void *envoy_dynamic_module_on_bootstrap_extension_new(abi_config config, abi_handle envoy) {
    (void)envoy;
    return config;
}

void envoy_dynamic_module_on_bootstrap_extension_server_initialized(abi_handle envoy, const void *extension) {
    (void)envoy, (void)extension;
    CALLBACK(bootstrap_extension_timer_enable)(sender->timer, TICK_MS);
}

void envoy_dynamic_module_on_bootstrap_extension_shutdown(abi_handle envoy, const void *extension, void (*done)(void *), void *context) {
    (void)envoy, (void)extension;
    done(context);
}

void envoy_dynamic_module_on_bootstrap_extension_destroy(const void *extension) {
    (void)extension;
}

void envoy_dynamic_module_on_bootstrap_extension_worker_thread_initialized(abi_handle envoy, const void *extension) {
    (void)envoy, (void)extension;
}

void envoy_dynamic_module_on_bootstrap_extension_drain_started(abi_handle envoy, const void *extension) {
    (void)envoy, (void)extension;
}

void envoy_dynamic_module_on_bootstrap_extension_admin_request(void) {}
void envoy_dynamic_module_on_bootstrap_extension_file_changed(void) {}
void envoy_dynamic_module_on_bootstrap_extension_cluster_add_or_update(void) {}
void envoy_dynamic_module_on_bootstrap_extension_cluster_removal(void) {}
void envoy_dynamic_module_on_bootstrap_extension_listener_add_or_update(void) {}
void envoy_dynamic_module_on_bootstrap_extension_listener_removal(void) {}

/* --------------------------------------------------------------------------------------------------------------------------- streams */

abi_stream envoy_dynamic_module_on_http_filter_new(abi_config config, abi_handle envoy) {
    (void)envoy;
    return client_new(config);
}

int envoy_dynamic_module_on_http_filter_request_headers(abi_handle envoy, abi_stream stream, bool end) {
    (void)end;
    client_headers(stream, envoy);
    return ABI_CONTINUE;
}

void envoy_dynamic_module_on_http_filter_destroy(abi_stream stream) {
    client_free(stream);
}

void envoy_dynamic_module_on_http_filter_stream_complete(abi_handle envoy, abi_stream stream) {
    uint32_t index = CALLBACK(http_filter_get_worker_index)(envoy);
    if (index >= sender->worker_count) {
        return;
    }
    struct worker *worker = &sender->workers[index];
    bool full = false;
    pthread_mutex_lock(&worker->lock);
    if (!worker->report) {
        worker->report = take_spare();
        worker->begun_ns = now_ns();
    }
    if (worker->report) {
        client_complete(stream, envoy, worker->report);
        full = worker->report->entries >= BATCH_ENTRIES;
        if (full) {
            hand_over(worker);
        }
    } else {
        pthread_mutex_lock(&sender->lock);
        sender->lost_entries++;
        pthread_mutex_unlock(&sender->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    if (full) {
        CALLBACK(bootstrap_extension_config_scheduler_commit)(sender->scheduler, 0);
    }
}

/* --------------------------------------------------------------------------------------------------------------------- configuration */

void envoy_dynamic_module_on_http_filter_config_destroy(abi_config config) {
    constants_free((struct constants *)(uintptr_t)config);
}

abi_config envoy_dynamic_module_on_http_filter_config_new(abi_handle envoy, struct abi_text name, struct abi_text lines) {
    (void)envoy, (void)name;
    if (!sender) {
        log_error("mixer: the bootstrap extension is not configured");
        return NULL;
    }
    char *text = strndup(lines.data, lines.length);
    struct pair *pairs = calloc(lines.length + 1, sizeof *pairs);
    struct constants *constants = NULL;
    size_t count = 0;
    bool good = text && pairs;
    for (char *line = good ? strtok(text, "\n") : NULL; line && good; line = strtok(NULL, "\n")) {
        char *blank = strchr(line, ' ');
        good = blank;
        if (good) {
            pairs[count++] = (struct pair){{line, (size_t)(blank - line)}, {blank + 1, strlen(blank + 1)}};
        } else {
            log_error("mixer: an attribute without a value");
        }
    }
    if (good) {
        constants = constants_new(pairs, count);
    }
    free(pairs);
    free(text);
    return constants;
}
