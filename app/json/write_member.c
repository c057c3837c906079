/* A member in one line, for objects with a fixed shape. */
#include "json/write.h"

#include "base/clock.h"
#include "json/read.h"

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

enum { NAME_MAX_BYTES = 64 };

static bool is_among(struct str name, const char *const *names)
{
    while (*names && !str_is(name, *names))
        names++;
    return *names != NULL;
}

void json_put_members(struct json_writer *w, const struct json *object, const char *const *but)
{
    char name[NAME_MAX_BYTES + 1];
    for (const struct json *m = object ? object->children : NULL; m; m = m->next) {
        if (is_among(m->key, but) || !json_is_set(m) || m->key.len > NAME_MAX_BYTES)
            continue;
        snprintf(name, sizeof name, "%.*s", STR_ARGS(m->key));
        json_raw_member(w, name, m->raw);
    }
}
