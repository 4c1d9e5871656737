#include "pool.h"

#include <stdlib.h>

struct pool_object {
    union {
        struct pool_object *next;
        char content[POOL_OBJECT];
    };
};

struct pool_chunk {
    struct pool_chunk *next;
    struct pool_object objects[POOL_CHUNK];
};

int pool_grow(struct pool *pool) {
    struct pool_chunk *chunk = malloc(sizeof *chunk);
    if (!chunk) {
        return 0;
    }
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    for (int i = 0; i < POOL_CHUNK; i++) {
        pool_give(pool, &chunk->objects[i]);
    }
    return 1;
}

void *pool_take(struct pool *pool) {
    if (!pool->free && !pool_grow(pool)) {
        return NULL;
    }
    struct pool_object *object = pool->free;
    pool->free = object->next;
    return object;
}

void pool_give(struct pool *pool, void *object) {
    struct pool_object *given = object;
    given->next = pool->free;
    pool->free = given;
}

void pool_clear(struct pool *pool) {
    while (pool->chunks) {
        struct pool_chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        free(chunk);
    }
    pool->free = NULL;
}
