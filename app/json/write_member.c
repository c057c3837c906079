/* A member in one line, for objects with a fixed shape. */
#include "json/write.h"

#include "base/clock.h"

void json_text_member(struct json_writer *w, const char *key, struct str text)
{
    json_key(w, key);
    json_put_text(w, text);
}

void json_c_member(struct json_writer *w, const char *key, const char *c_string_or_null)
{
    json_text_member(w, key, str_of(c_string_or_null));
}

void json_integer_member(struct json_writer *w, const char *key, int64_t value)
{
    json_key(w, key);
    json_put_integer(w, value);
}

void json_bool_member(struct json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_put_bool(w, value);
}

void json_time_member(struct json_writer *w, const char *key, int64_t unix_ms)
{
    char time[CLOCK_TEXT_MAX];
    json_c_member(w, key, unix_ms ? clock_text(unix_ms, time) : NULL);
}

void json_raw_member(struct json_writer *w, const char *key, struct str json)
{
    json_key(w, key);
    json_put_raw(w, json);
}
