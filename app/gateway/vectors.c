/* Passes vectors on as they are, or as the other of their two spellings. */
#include "vectors.h"

#include "base/codec.h"

#include <math.h>
#include <stdlib.h>

#define VECTOR_MAX_BYTES ((size_t)16 << 20)

/* ---- folding ---- */

/* Where a list of numbers ends that begins at `from`; 0: it is none. */
static size_t list_end(struct str json, size_t from)
{
    bool has_digit = false;
    size_t i = from + 1;
    for (; i < json.len && json.at[i] && strchr("0123456789+-.eE, \t\r\n", json.at[i]); i++)
        has_digit = has_digit || (json.at[i] >= '0' && json.at[i] <= '9');
    return has_digit && i < json.len && json.at[i] == ']' ? i : 0;
}

static size_t string_end(struct str json, size_t from)
{
    size_t i = from + 1;
    while (i < json.len && json.at[i] != '"')
        i += json.at[i] == '\\' ? 2 : 1;
    return i;
}

static void fold_list(char *copy, size_t from, size_t end)
{
    copy[from] = copy[end] = '"';
    for (size_t i = from + 1; i < end; i++)
        if (copy[i] < ' ')
            copy[i] = ' ';
}

bool vectors_fold(struct arena *arena, struct str json, struct vectors *out)
{
    char *copy = arena_try(arena, json.len + 1);
    if (!copy)
        return false;
    memcpy(copy, json.at, json.len);
    for (size_t i = 0, end; i < json.len; i++) {
        if (json.at[i] == '"')
            i = string_end(json, i);
        else if (json.at[i] == '[' && (end = list_end(json, i))) {
            fold_list(copy, i, end);
            i = end;
        }
    }
    *out = (struct vectors){ json, { copy, json.len } };
    return true;
}

/* ---- numbers ---- */

static const char *digits_end(const char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

/* By RFC 8259, which allows less than strtof takes; NULL: no number. */
static const char *number_end(const char *at)
{
    at += *at == '-';
    const char *end = *at == '0' ? at + 1 : digits_end(at);
    if (end == at)
        return NULL;
    if (*end == '.') {
        at = end + 1;
        if ((end = digits_end(at)) == at)
            return NULL;
    }
    if (*end == 'e' || *end == 'E') {
        at = end + 1 + (end[1] == '+' || end[1] == '-');
        if ((end = digits_end(at)) == at)
            return NULL;
    }
    return end;
}

/* "0.1, -2e-3" to the floats' bytes. */
static bool read_numbers(const char *at, struct text *bytes)
{
    for (;; at++) {
        at += strspn(at, " ");
        const char *end = number_end(at);
        float value = end ? strtof(at, NULL) : 0;
        if (!end || !isfinite(value))
            return false;
        text_add(bytes, (struct str){ (const char *)&value, sizeof value });
        at = end + strspn(end, " ");
        if (*at != ',')
            return !*at;
    }
}

static bool write_numbers(struct str bytes, struct text *list)
{
    float value;
    for (size_t i = 0; i < bytes.len; i += sizeof value) {
        memcpy(&value, bytes.at + i, sizeof value);
        if (!isfinite(value))
            return false;
        text_addf(list, "%c%.9g", i ? ',' : '[', (double)value);
    }
    text_add_c(list, "]");
    return true;
}

/* ---- the two spellings ---- */

static bool put_list(struct json_writer *w, struct str list, const char *numbers, bool base64,
                     struct arena *arena)
{
    struct text bytes = text_make(VECTOR_MAX_BYTES);
    bool is_good = read_numbers(numbers, &bytes) && !bytes.over;
    if (is_good && base64)
        json_put_text(w, base64_encode(arena, text_str(&bytes)));
    else if (is_good)
        json_put_raw(w, list);
    text_free(&bytes);
    return is_good;
}

static bool put_base64(struct json_writer *w, struct str text, bool base64, struct arena *arena)
{
    struct str bytes;
    struct text list = text_make(VECTOR_MAX_BYTES);
    bool is_good = base64_decode(arena, text, &bytes) && bytes.len && bytes.len % 4 == 0;
    if (is_good && base64)
        json_put_text(w, text);
    else if ((is_good = is_good && write_numbers(bytes, &list) && !list.over))
        json_put_raw(w, text_str(&list));
    text_free(&list);
    return is_good;
}

bool vector_put(struct json_writer *w, const struct vectors *vectors, const struct json *vector,
                bool base64)
{
    if (!vector || vector->type != JSON_STRING)
        return false;
    size_t at = (size_t)(vector->raw.at - vectors->folded.at);
    bool is_list = vectors->json.at[at] == '[';
    struct str list = { vectors->json.at + at, vector->raw.len };
    struct arena *arena = arena_new(2 * VECTOR_MAX_BYTES);
    bool is_good = is_list ? put_list(w, list, vector->text.at, base64, arena)
                           : put_base64(w, vector->text, base64, arena);
    arena_free(&arena);
    return is_good;
}
