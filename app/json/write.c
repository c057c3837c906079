/* Builds JSON, for every answer and every provider's request: yajl_gen writes it, and what yajl_gen
 * would let pass (bad UTF-8, a key without a value, a close that fits no open) is seen to here. */
#include "json/write.h"

#include "mend.h"

#include "base/codec.h"

#include <yajl/yajl_gen.h>

/* yajl_gen fails at 128, but only after it has counted past its own array. */
#define DEPTH_MAX 100

struct json_writer {
    struct arena *arena;
    struct text *out;
    yajl_gen gen;
    int depth;
    bool after_key;
    char closers[DEPTH_MAX]; /* of what is open */
};

static void *arena_malloc(void *arena, size_t bytes)
{
    return arena_alloc(arena, bytes);
}

static void arena_keep(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

/* yajl_gen_alloc wants one; with a print callback nothing ever grows. */
static void *arena_regrow(void *arena, void *memory, size_t bytes)
{
    (void)memory;
    return arena_alloc(arena, bytes);
}

static void print(void *writer, const char *bytes, size_t n)
{
    text_add(((struct json_writer *)writer)->out, (struct str){ bytes, n });
}

struct json_writer *json_writer_new(struct arena *arena, struct text *out)
{
    yajl_alloc_funcs memory = {
        .malloc = arena_malloc, .realloc = arena_regrow, .free = arena_keep, .ctx = arena
    };
    struct json_writer *w = arena_new_of(arena, struct json_writer);
    *w = (struct json_writer){ .arena = arena, .out = out, .gen = yajl_gen_alloc(&memory) };
    yajl_gen_config(w->gen, yajl_gen_print_callback, print, w);
    return w;
}

/* A misuse is a defect of ours; it spoils this one text, visibly, and not the process. */
static void spoil(struct json_writer *w)
{
    w->out->over = true;
}

static void expect(struct json_writer *w, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        spoil(w);
}

static bool begin_value(struct json_writer *w)
{
    w->after_key = false;
    return !w->out->over;
}

static bool open_level(struct json_writer *w, char closer)
{
    if (w->depth == DEPTH_MAX)
        spoil(w);
    if (!begin_value(w))
        return false;
    w->closers[w->depth++] = closer;
    return true;
}

static bool close_level(struct json_writer *w, char closer)
{
    if (w->after_key || !w->depth || w->closers[w->depth - 1] != closer)
        spoil(w);
    if (w->out->over)
        return false;
    w->depth--;
    return true;
}

void json_object_open(struct json_writer *w)
{
    if (open_level(w, '}'))
        expect(w, yajl_gen_map_open(w->gen));
}

void json_object_close(struct json_writer *w)
{
    if (close_level(w, '}'))
        expect(w, yajl_gen_map_close(w->gen));
}

void json_array_open(struct json_writer *w)
{
    if (open_level(w, ']'))
        expect(w, yajl_gen_array_open(w->gen));
}

void json_array_close(struct json_writer *w)
{
    if (close_level(w, ']'))
        expect(w, yajl_gen_array_close(w->gen));
}

/* The text itself, or its mended copy; absent, and spoilt, where the arena has no room for one. */
static struct str mended(struct json_writer *w, struct str text)
{
    if (utf8_check(text) == text.len)
        return text;
    size_t n = mend_utf8(text, NULL);
    char *copy = n > w->out->max ? NULL : arena_try(w->arena, n + 1);
    if (!copy) {
        spoil(w);
        return (struct str){ 0 };
    }
    mend_utf8(text, copy);
    return (struct str){ copy, n };
}

static void put_string(struct json_writer *w, struct str text)
{
    struct str good = mended(w, text);
    if (!w->out->over)
        expect(w, yajl_gen_string(w->gen, (const unsigned char *)good.at, good.len));
}

void json_key(struct json_writer *w, const char *key)
{
    if (w->after_key || !w->depth || w->closers[w->depth - 1] != '}')
        spoil(w);
    if (w->out->over)
        return;
    put_string(w, str_of(key));
    w->after_key = true;
}

/* yajl_gen would take a string without a key for the key. */
static bool begin_string(struct json_writer *w)
{
    if (w->depth && w->closers[w->depth - 1] == '}' && !w->after_key)
        spoil(w);
    return begin_value(w);
}

void json_put_text(struct json_writer *w, struct str text)
{
    if (!text.at)
        json_put_null(w);
    else if (begin_string(w))
        put_string(w, text);
}

void json_put_integer(struct json_writer *w, int64_t value)
{
    if (begin_value(w))
        expect(w, yajl_gen_integer(w->gen, value));
}

void json_put_bool(struct json_writer *w, bool value)
{
    if (begin_value(w))
        expect(w, yajl_gen_bool(w->gen, value));
}

void json_put_null(struct json_writer *w)
{
    if (begin_value(w))
        expect(w, yajl_gen_null(w->gen));
}

/* A "number" is what yajl_gen writes as it is. */
void json_put_raw(struct json_writer *w, struct str json)
{
    if (!json.at || !json.len)
        json_put_null(w);
    else if (begin_value(w))
        expect(w, yajl_gen_number(w->gen, json.at, json.len));
}
