/* Builds the tree from yajl's events. yajl does not say where a token begins: it begins behind the
 * last one, after white space and the ':' or ',' that have no event. */
#include "json_parser.h"

size_t token_start(const struct parser *p)
{
    size_t at = p->at;
    while (at < p->text.len && strchr(" \t\r\n:,", p->text.at[at]) && p->text.at[at])
        at++;
    return at;
}

static struct str take_token(struct parser *p, size_t end)
{
    size_t start = token_start(p);
    p->at = end;
    return (struct str){ p->text.at + start, end - start };
}

static struct str take_bytes(struct parser *p, size_t n)
{
    return take_token(p, token_start(p) + n);
}

static void link_value(struct parser *p, struct json *value)
{
    struct frame *frame = p->top;
    if (!frame) {
        p->root = value;
        return;
    }
    if (frame->container->type == JSON_OBJECT)
        value->key = p->key;
    if (frame->last)
        frame->last->next = value;
    else
        frame->container->children = value;
    frame->last = value;
    frame->container->count++;
}

/* A new value in its place; NULL when there are too many. */
static struct json *add_value(struct parser *p, enum json_type type, struct str raw)
{
    if (p->values == p->limits.values) {
        complain_too_large(p, "the JSON text has too many values");
        return NULL;
    }
    p->values++;
    struct json *value = parser_alloc(p, sizeof *value);
    value->type = type;
    value->raw = raw;
    link_value(p, value);
    return value;
}

static int on_null(void *parser)
{
    return add_value(parser, JSON_NULL, take_bytes(parser, strlen("null"))) != NULL;
}

static int on_boolean(void *parser, int is_true)
{
    struct str raw = take_bytes(parser, is_true ? strlen("true") : strlen("false"));
    struct json *value = add_value(parser, JSON_BOOL, raw);
    if (value)
        value->boolean = is_true;
    return value != NULL;
}

static int on_number(void *parser, const char *digits, size_t n)
{
    (void)digits; /* at the end of the text: yajl's copy, not ours */
    struct parser *p = parser;
    struct json *value = add_value(p, JSON_NUMBER, take_bytes(p, n));
    if (!value)
        return 0;
    if (!number_read(p, value) && !p->limits.lenient) {
        complain(p, (size_t)(value->raw.at - p->text.at), "a number too large");
        return 0;
    }
    return 1;
}

static struct str copy_string(struct parser *p, const unsigned char *bytes, size_t n)
{
    char *copy = parser_alloc(p, n + 1);
    memcpy(copy, bytes, n);
    return (struct str){ copy, n };
}

static int on_string(void *parser, const unsigned char *bytes, size_t n)
{
    struct parser *p = parser;
    struct str raw = take_token(p, yajl_get_bytes_consumed(p->yajl));
    struct json *value = add_value(p, JSON_STRING, raw);
    if (value)
        value->text = copy_string(p, bytes, n);
    return value != NULL;
}

/* A key without escapes is not copied. */
static int on_key(void *parser, const unsigned char *bytes, size_t n)
{
    struct parser *p = parser;
    struct str raw = take_token(p, yajl_get_bytes_consumed(p->yajl));
    if ((const char *)bytes == raw.at + 1)
        p->key = (struct str){ raw.at + 1, n };
    else
        p->key = copy_string(p, bytes, n);
    return 1;
}

static int open_container(struct parser *p, enum json_type type)
{
    if (p->depth == p->limits.depth) {
        complain_too_large(p, "the JSON text is nested too deeply");
        return 0;
    }
    struct json *container = add_value(p, type, take_bytes(p, 1));
    if (!container)
        return 0;
    struct frame *frame = p->spare;
    if (frame)
        p->spare = frame->outer;
    else
        frame = parser_alloc(p, sizeof *frame);
    *frame = (struct frame){ .container = container, .outer = p->top };
    p->top = frame;
    p->depth++;
    return 1;
}

static struct json *close_container(struct parser *p)
{
    struct frame *frame = p->top;
    struct json *container = frame->container;
    p->top = frame->outer;
    p->depth--;
    frame->outer = p->spare;
    p->spare = frame;
    take_bytes(p, 1);
    container->raw.len = (size_t)(p->text.at + p->at - container->raw.at);
    return container;
}

static int on_object(void *parser)
{
    return open_container(parser, JSON_OBJECT);
}

static int on_object_end(void *parser)
{
    struct parser *p = parser;
    struct json *object = close_container(p);
    const struct json *duplicate = p->limits.lenient ? NULL : duplicate_find(p, object);
    if (duplicate)
        complain_duplicate(p, duplicate);
    return duplicate == NULL;
}

static int on_array(void *parser)
{
    return open_container(parser, JSON_ARRAY);
}

static int on_array_end(void *parser)
{
    close_container(parser);
    return 1;
}

const yajl_callbacks tree_callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_map_key = on_key,
    .yajl_start_map = on_object,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};
