/* JSON text to a tree, strictly by RFC 8259 and more: UTF-8 checked on the raw text, no NUL and no
 * lone surrogate in a string, no duplicate key in an object, bounded depth and number of values.
 * yajl's SAX interface underneath, allocating from the arena only (its own allocations are never
 * tested for NULL: on the arena's limit they unwind to an error). */
#ifndef INSULA_JSON_READ_H
#define INSULA_JSON_READ_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    struct str raw;        /* this value's bytes in the source text, verbatim; in a copy of the
                              whole where lenient reading had to mend it */
    struct str text;       /* JSON_STRING: decoded, NUL-terminated */
    bool is_integer;       /* JSON_NUMBER: written as an integer that fits int64_t */
    int64_t integer;       /* …then its value */
    double real;           /* JSON_NUMBER: always; infinite if lenient and beyond a double */
    bool boolean;          /* JSON_BOOL */
    struct str key;        /* member of an object: its name, decoded; no NUL behind it */
    struct json *children; /* first element or member, in source order */
    struct json *next;     /* next sibling */
    size_t count;          /* number of children */
};

struct json_limits {
    int depth;             /* nesting at most; 0 means 32 */
    size_t values;         /* values at most; 0 means 200,000 */
    bool lenient;          /* for a provider's bytes: json_member finds the last of duplicate
                              keys, lone surrogates and bad UTF-8 become U+FFFD, \u0000 is kept
                              within strings, a number may be too large for a double */
};

/* Parses a whole text. The tree borrows from `text`, which must live as long as the arena's use.
 * ERROR_BAD_REQUEST "invalid_json": message names the byte offset, from 0, and what is wrong there;
 * ERROR_TOO_LARGE "json_too_large": depth, values or the arena's maximum, by its place too. */
int json_parse(struct arena *arena, struct str text, const struct json_limits *limits_or_null,
               struct json **out, struct error *err);

/* Look-ups: NULL in gives NULL out, so they chain. */
struct json *json_member(const struct json *object, const char *key);
struct json *json_at(const struct json *array, size_t index);
/* NULL, absent and JSON null alike: is there a value? */
bool json_is_set(const struct json *value);
/* The string's text, or an absent str when value is no string. */
struct str json_text(const struct json *value);
int64_t json_integer(const struct json *value, int64_t otherwise); /* also integral reals */

#endif
