/*
 * Slabs as files: one for each set of caps that configurations of this process ask for, shared by those that ask for the same. It is made
 * with its first user and is final with its last: then, as when the process ends, its lock goes and readers may remove it.
 */
#ifndef SOCKWAY_SLAB_FILE_H
#define SOCKWAY_SLAB_FILE_H

#include "table.h"

#define SLAB_FOLDER_LIMIT 200

struct slab {
    struct slab *next;
    char *folder;
    int fd;
    uint32_t users;
    uint32_t workers;
    uint32_t max_series;
    uint32_t idle_seconds;
    size_t bytes;
    struct slab_header *header;
    struct table *tables[]; /* by worker */
};

static inline size_t slab_worker_bytes(uint32_t max_series) {
    return sizeof(struct slab_worker) + (size_t)(max_series + SLAB_FIRST) * sizeof(struct slab_series);
}

static inline size_t slab_more_text_bytes(uint32_t max_series) {
    return (size_t)(max_series + SLAB_FIRST) * SLAB_MORE_TEXT;
}

/* May be called on any thread but a busy worker; NULL and an error in words when the slab cannot be made. */
struct slab *slab_acquire(const char *folder, uint32_t workers, uint32_t max_series, uint32_t idle_seconds, const char **error);
void slab_release(struct slab *slab);

#endif
