#define _GNU_SOURCE
#include "slab_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Slabs that this process writes. Configurations come and go on any thread, workers never come here. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slab *slabs;

/* A lock that belongs to the open file, so that it also holds against other descriptors of this process. */
static bool lock_first_byte(int fd) {
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &range) == 0;
}

/* What a slab is called until it is whole. */
#define UNFINISHED_SUFFIX ".unfinished"

static bool has_suffix(const char *name, const char *suffix) {
    size_t length = strlen(name);
    return length > strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0;
}

/* Removes what dead writers left, finished or not. A reader that has mapped such a slab keeps it. */
static void remove_dead(const char *folder) {
    DIR *entries = opendir(folder);
    if (!entries) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        bool ours = has_suffix(entry->d_name, SLAB_SUFFIX) || has_suffix(entry->d_name, UNFINISHED_SUFFIX);
        int fd = ours ? openat(dirfd(entries), entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
        if (fd >= 0) {
            if (lock_first_byte(fd)) {
                unlinkat(dirfd(entries), entry->d_name, 0);
            }
            close(fd);
        }
    }
    closedir(entries);
}

static uint64_t unix_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Where more text begins: all pages before it are there. */
static size_t whole_bytes(const struct slab *slab) {
    return sizeof *slab->header + slab->workers * slab_worker_bytes(slab->max_series);
}

/* A locked, mapped file, all zero, and all there but for more text: a worker never meets a page that cannot be had. */
static void *create_file(struct slab *slab, const char *unfinished, const char **error) {
    slab->fd = open(unfinished, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (slab->fd < 0) {
        *error = "cannot create a file in the folder";
        return MAP_FAILED;
    }
    if (!lock_first_byte(slab->fd)) {
        *error = "cannot lock the slab";
        return MAP_FAILED;
    }
    /* Whatever Envoy's umask: the reader may be another user. */
    if (fchmod(slab->fd, 0644) != 0) {
        *error = "cannot set the permissions of the slab";
        return MAP_FAILED;
    }
    size_t whole = whole_bytes(slab);
    if (posix_fallocate(slab->fd, 0, (off_t)whole) != 0 || ftruncate(slab->fd, (off_t)slab->bytes) != 0) {
        *error = "no room for the slab in the folder";
        return MAP_FAILED;
    }
    void *memory = mmap(NULL, slab->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, slab->fd, 0);
    if (memory != MAP_FAILED &&
        mmap(memory, whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, slab->fd, 0) == MAP_FAILED) {
        munmap(memory, slab->bytes);
        memory = MAP_FAILED;
    }
    if (memory == MAP_FAILED) {
        *error = "cannot map the slab";
    }
    return memory;
}

static bool fill(struct slab *slab, uint64_t generation, const char **error) {
    struct seeds seeds;
    if (getrandom(&seeds, sizeof seeds, 0) != sizeof seeds) {
        *error = "no random numbers";
        return false;
    }
    for (int i = 0; i < 2; i++) {
        seeds.multiplier[i] |= 1;
    }
    slab->header->abi = SLAB_ABI;
    slab->header->workers = slab->workers;
    slab->header->generation = generation;
    slab->header->created_unix_ns = unix_ns();
    slab->header->worker_bytes = slab_worker_bytes(slab->max_series);
    slab->header->max_series = slab->max_series;
    slab->header->idle_seconds = slab->idle_seconds;
    uint8_t *at = (uint8_t *)(slab->header + 1);
    size_t more_at = whole_bytes(slab);
    for (uint32_t i = 0; i < slab->workers; i++, at += slab_worker_bytes(slab->max_series)) {
        struct more_text more = {(uint8_t *)slab->header + more_at, slab->fd, (off_t)more_at};
        more_at += slab_more_text_bytes(slab->max_series);
        slab->tables[i] = table_new((struct slab_worker *)(void *)at, &more, slab->max_series, slab->idle_seconds, &seeds);
        if (!slab->tables[i]) {
            *error = "no memory";
            return false;
        }
    }
    __atomic_store_n(&slab->header->magic, SLAB_MAGIC, __ATOMIC_RELEASE);
    return true;
}

static void discard(struct slab *slab) {
    for (uint32_t i = 0; i < slab->workers; i++) {
        table_free(slab->tables[i]);
    }
    if (slab->header) {
        munmap(slab->header, slab->bytes);
    }
    if (slab->fd >= 0) {
        close(slab->fd);
    }
    free(slab->folder);
    free(slab);
}

static struct slab *create(const char *folder, uint32_t workers, uint32_t max_series, uint32_t idle_seconds, const char **error) {
    struct slab *slab = calloc(1, sizeof *slab + workers * sizeof *slab->tables);
    char unfinished[SLAB_FOLDER_LIMIT + 64];
    char path[SLAB_FOLDER_LIMIT + 64];
    uint64_t generation;
    *error = "no memory";
    if (!slab) {
        return NULL;
    }
    *slab = (struct slab){
        .folder = strdup(folder),
        .fd = -1,
        .workers = workers,
        .max_series = max_series,
        .idle_seconds = idle_seconds,
        .bytes = sizeof *slab->header + workers * (slab_worker_bytes(max_series) + slab_more_text_bytes(max_series)),
    };
    if (!slab->folder || getrandom(&generation, sizeof generation, 0) != sizeof generation) {
        discard(slab);
        return NULL;
    }
    snprintf(unfinished, sizeof unfinished, "%s/%016llx" UNFINISHED_SUFFIX, folder, (unsigned long long)generation);
    snprintf(path, sizeof path, "%s/%016llx" SLAB_SUFFIX, folder, (unsigned long long)generation);
    mkdir(folder, 0755);
    remove_dead(folder);
    void *memory = create_file(slab, unfinished, error);
    slab->header = memory == MAP_FAILED ? NULL : memory;
    if (!slab->header || !fill(slab, generation, error)) {
        unlink(unfinished);
        discard(slab);
        return NULL;
    }
    if (rename(unfinished, path) != 0) {
        *error = "cannot name the slab";
        unlink(unfinished);
        discard(slab);
        return NULL;
    }
    return slab;
}

struct slab *slab_acquire(const char *folder, uint32_t workers, uint32_t max_series, uint32_t idle_seconds, const char **error) {
    pthread_mutex_lock(&lock);
    struct slab *slab = slabs;
    while (slab && (strcmp(slab->folder, folder) != 0 || slab->workers != workers || slab->max_series != max_series ||
                    slab->idle_seconds != idle_seconds)) {
        slab = slab->next;
    }
    if (!slab) {
        slab = create(folder, workers, max_series, idle_seconds, error);
        if (slab) {
            slab->next = slabs;
            slabs = slab;
        }
    }
    if (slab) {
        slab->users++;
    }
    pthread_mutex_unlock(&lock);
    return slab;
}

void slab_release(struct slab *slab) {
    pthread_mutex_lock(&lock);
    if (--slab->users == 0) {
        struct slab **link = &slabs;
        while (*link != slab) {
            link = &(*link)->next;
        }
        *link = slab->next;
        discard(slab);
    }
    pthread_mutex_unlock(&lock);
}
