/*
 * A strict reader of one JSON text (RFC 8259), pulled value by value in the order of the text. It refuses what the grammar does not allow,
 * text that is not UTF-8, NUL inside strings, numbers other than whole ones, and whatever the caller does not ask for. It never recurses:
 * the caller's calls are the nesting.
 */
#ifndef SOCKWAY_JSON_H
#define SOCKWAY_JSON_H

#include "abi.h"

struct json {
    const char *start;
    const char *at;
    const char *end;
    char *text;        /* where unescaped strings go: as many bytes as the JSON text has are always enough */
    const char *error; /* the first thing wrong, at offset at - start; everything fails from then on */
    bool fresh;        /* the object or array that was begun last has had no member yet */
};

struct json json_of(struct abi_text source, char *text);

bool json_object(struct json *json);
/* Reads the next key; false at the end of the object, and on an error. */
bool json_key(struct json *json, struct abi_text *key);
bool json_array(struct json *json);
/* True when another element follows. */
bool json_element(struct json *json);
bool json_string(struct json *json, struct abi_text *value);
bool json_whole_number(struct json *json, uint64_t low, uint64_t high, uint64_t *value);
bool json_boolean(struct json *json, bool *value);
/* True when nothing but white space is left. */
bool json_done(struct json *json);
bool json_fail(struct json *json, const char *error);

#endif
