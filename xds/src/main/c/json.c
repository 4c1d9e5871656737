#include "json.h"

#include <string.h>

struct json json_of(struct abi_text source, char *text) {
    return (struct json){.start = source.data, .at = source.data, .end = source.data + source.length, .text = text};
}

bool json_fail(struct json *json, const char *error) {
    if (!json->error) {
        json->error = error;
    }
    return false;
}

static bool skip_space(struct json *json) {
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r')) {
        json->at++;
    }
    return json->at < json->end;
}

/* Takes `symbol` if it comes next. */
static bool take(struct json *json, char symbol) {
    if (json->error || !skip_space(json) || *json->at != symbol) {
        return false;
    }
    json->at++;
    return true;
}

static bool expect(struct json *json, char symbol, const char *error) {
    return take(json, symbol) || json_fail(json, error);
}

bool json_object(struct json *json) {
    json->fresh = true;
    return expect(json, '{', "expected an object");
}

bool json_array(struct json *json) {
    json->fresh = true;
    return expect(json, '[', "expected an array");
}

/* Goes to the next member of an object or array that ends with `close`. */
static bool next_member(struct json *json, char close, const char *error) {
    bool first = json->fresh;
    json->fresh = false;
    if (take(json, close)) {
        return false;
    }
    return first ? !json->error : expect(json, ',', error);
}

bool json_key(struct json *json, struct abi_text *key) {
    return next_member(json, '}', "expected , or }") && json_string(json, key) && expect(json, ':', "expected :");
}

bool json_element(struct json *json) {
    return next_member(json, ']', "expected , or ]");
}

static int hex_digit(char symbol) {
    if (symbol >= '0' && symbol <= '9') {
        return symbol - '0';
    }
    if (symbol >= 'a' && symbol <= 'f') {
        return symbol - 'a' + 10;
    }
    return symbol >= 'A' && symbol <= 'F' ? symbol - 'A' + 10 : -1;
}

/* Reads four hexadecimal digits, or returns -1. */
static int32_t code_unit(struct json *json) {
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = json->at < json->end ? hex_digit(*json->at) : -1;
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
        json->at++;
    }
    return unit;
}

/* Writes what follows "\u", a surrogate pair being two of them. */
static bool unescape_unicode(struct json *json) {
    int32_t point = code_unit(json);
    if (point >= 0xd800 && point < 0xdc00) {
        if (json->end - json->at < 2 || json->at[0] != '\\' || json->at[1] != 'u') {
            return json_fail(json, "half a surrogate pair");
        }
        json->at += 2;
        int32_t low = code_unit(json);
        if (low < 0xdc00 || low > 0xdfff) {
            return json_fail(json, "half a surrogate pair");
        }
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point >= 0xdc00 && point < 0xe000) {
        return json_fail(json, "half a surrogate pair");
    }
    if (point <= 0) {
        return json_fail(json, point < 0 ? "bad \\u escape" : "NUL in a string");
    }
    if (point < 0x80) {
        *json->text++ = (char)point;
    } else if (point < 0x800) {
        *json->text++ = (char)(0xc0 | point >> 6);
        *json->text++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *json->text++ = (char)(0xe0 | point >> 12);
        *json->text++ = (char)(0x80 | (point >> 6 & 0x3f));
        *json->text++ = (char)(0x80 | (point & 0x3f));
    } else {
        *json->text++ = (char)(0xf0 | point >> 18);
        *json->text++ = (char)(0x80 | (point >> 12 & 0x3f));
        *json->text++ = (char)(0x80 | (point >> 6 & 0x3f));
        *json->text++ = (char)(0x80 | (point & 0x3f));
    }
    return true;
}

static bool unescape(struct json *json) {
    static const char escapes[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (json->at == json->end) {
        return json_fail(json, "unfinished string");
    }
    char symbol = *json->at++;
    if (symbol == 'u') {
        return unescape_unicode(json);
    }
    const char *found = symbol ? strchr(escapes, symbol) : NULL;
    if (!found) {
        return json_fail(json, "unknown escape");
    }
    *json->text++ = meanings[found - escapes];
    return true;
}

/* Copies one character of two bytes or more. */
static bool copy_utf8(struct json *json) {
    const unsigned char *at = (const unsigned char *)json->at;
    int more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
    if (*at < 0xc2 || *at > 0xf4 || json->end - json->at <= more) {
        return json_fail(json, "not UTF-8");
    }
    /* The second byte's range keeps out longer forms than needed, surrogates, and what is beyond U+10FFFF. */
    unsigned char low = *at == 0xe0 ? 0xa0 : *at == 0xf0 ? 0x90 : 0x80;
    unsigned char high = *at == 0xed ? 0x9f : *at == 0xf4 ? 0x8f : 0xbf;
    for (int i = 1; i <= more; i++) {
        if (at[i] < low || at[i] > high) {
            return json_fail(json, "not UTF-8");
        }
        low = 0x80;
        high = 0xbf;
    }
    memcpy(json->text, at, (size_t)more + 1);
    json->text += more + 1;
    json->at += more + 1;
    return true;
}

bool json_string(struct json *json, struct abi_text *value) {
    if (!expect(json, '"', "expected a string")) {
        return false;
    }
    char *begin = json->text;
    while (json->at < json->end && *json->at != '"') {
        unsigned char symbol = (unsigned char)*json->at;
        if (symbol < 0x20) {
            return json_fail(json, "control character in a string");
        }
        if (symbol == '\\') {
            json->at++;
            if (!unescape(json)) {
                return false;
            }
        } else if (symbol < 0x80) {
            *json->text++ = *json->at++;
        } else if (!copy_utf8(json)) {
            return false;
        }
    }
    if (!expect(json, '"', "unfinished string")) {
        return false;
    }
    json->fresh = false;
    *value = (struct abi_text){begin, (size_t)(json->text - begin)};
    return true;
}

bool json_whole_number(struct json *json, uint64_t low, uint64_t high, uint64_t *value) {
    if (json->error || !skip_space(json) || *json->at < '0' || *json->at > '9') {
        return json_fail(json, "expected a whole number");
    }
    uint64_t number = 0;
    const char *begin = json->at;
    for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++) {
        unsigned digit = (unsigned)(*json->at - '0');
        if (number > (high - digit) / 10 || digit > high) {
            return json_fail(json, "number too large");
        }
        number = number * 10 + digit;
    }
    bool leading_zero = *begin == '0' && json->at - begin > 1;
    if (leading_zero || (json->at < json->end && strchr(".eE", *json->at) && *json->at)) {
        return json_fail(json, "expected a whole number");
    }
    if (number < low) {
        return json_fail(json, "number too small");
    }
    json->fresh = false;
    *value = number;
    return true;
}

bool json_boolean(struct json *json, bool *value) {
    size_t left = json->error || !skip_space(json) ? 0 : (size_t)(json->end - json->at);
    if (left >= 4 && memcmp(json->at, "true", 4) == 0) {
        json->at += 4;
        *value = true;
    } else if (left >= 5 && memcmp(json->at, "false", 5) == 0) {
        json->at += 5;
        *value = false;
    } else {
        return json_fail(json, "expected true or false");
    }
    json->fresh = false;
    return true;
}

bool json_done(struct json *json) {
    return !json->error && (!skip_space(json) || json_fail(json, "more text after the value"));
}
