/* Building JSON in a struct text: always well-formed, always escaped. yajl_gen underneath. */
#ifndef INSULA_JSON_WRITE_H
#define INSULA_JSON_WRITE_H

#include "base/arena.h"

#include <stdint.h>

struct json_writer;

/* Writes into *out, which the caller owns and checks for `over` at the end. A misuse (a value without
 * a key, a close that fits no open, over 100 levels) sets `over` too and writes nothing more; closing
 * all that was opened is the caller's. */
struct json_writer *json_writer_new(struct arena *arena, struct text *out);

void json_object_open(struct json_writer *w);
void json_object_close(struct json_writer *w);
void json_array_open(struct json_writer *w);
void json_array_close(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_put_text(struct json_writer *w, struct str text); /* absent: null; bad UTF-8: U+FFFD */
void json_put_integer(struct json_writer *w, int64_t value);
void json_put_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);
void json_put_raw(struct json_writer *w, struct str json); /* one well-formed value, verbatim */

/* A member in one line: key and value. */
void json_text_member(struct json_writer *w, const char *key, struct str text);
void json_c_member(struct json_writer *w, const char *key, const char *c_string_or_null);
void json_integer_member(struct json_writer *w, const char *key, int64_t value);
void json_bool_member(struct json_writer *w, const char *key, bool value);
void json_time_member(struct json_writer *w, const char *key, int64_t unix_ms); /* 0: null */
void json_raw_member(struct json_writer *w, const char *key, struct str json); /* absent: null */

/* Members of an object that was read (json/read.h), as they are written there: those that are set, but for the
 * names in the list, which ends with NULL. A name of over 64 bytes is nobody's, and left out. */
struct json;
void json_put_members(struct json_writer *w, const struct json *object, const char *const *but);

#endif
