/*
 * Small objects of one size for one worker thread, which last as long as an HTTP stream or a TCP connection. Objects that are given back are
 * handed out again, so that a worker allocates only when it has more streams at once than ever before, and then many at a time.
 */
#ifndef SOCKWAY_POOL_H
#define SOCKWAY_POOL_H

#include <stddef.h>

#define POOL_OBJECT 128
#define POOL_CHUNK 255

struct pool {
    struct pool_object *free;
    struct pool_chunk *chunks;
} __attribute__((aligned(64)));

/* Adds a chunk of free objects; 0 when there is no memory. */
int pool_grow(struct pool *pool);

/* An object of POOL_OBJECT bytes with unspecified content, or NULL when there is no memory. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *object);

/* Frees all memory, objects in use included. */
void pool_clear(struct pool *pool);

#endif
