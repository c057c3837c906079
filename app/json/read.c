/* Parses a JSON text into a tree, for everything that reads a body, a token or a provider's event.
 */
#include "json_parser.h"

#define DEPTH_USUAL  32
#define VALUES_USUAL 200000
/* For yajl, beside what it copies of the text: growing by doubling, and nothing is given back. */
#define WORK_MAX_BYTES (1 << 20)

static struct json_limits limits_of(const struct json_limits *given)
{
    struct json_limits limits = given ? *given : (struct json_limits){ 0 };
    if (limits.depth <= 0)
        limits.depth = DEPTH_USUAL;
    if (!limits.values)
        limits.values = VALUES_USUAL;
    return limits;
}

static int run_yajl(struct parser *p)
{
    yajl_alloc_funcs memory = parser_memory(p);
    p->yajl = yajl_alloc(&tree_callbacks, &memory, p);
    yajl_config(p->yajl, yajl_dont_validate_strings, 1); /* spelling.c did, and better */

    const unsigned char *bytes = (const unsigned char *)p->text.at;
    yajl_status status = yajl_parse(p->yajl, bytes, p->text.len);
    bool at_end = status == yajl_status_ok;
    if (at_end)
        status = yajl_complete_parse(p->yajl);
    if (status == yajl_status_client_canceled)
        return -1; /* the callback that cancelled has said why */
    if (status != yajl_status_ok)
        return at_end ? complain_end(p) : complain_syntax(p);
    if (token_start(p) < p->text.len) /* yajl passes over an unfinished string there */
        return complain_end(p);
    return 0; /* nothing to free: all of yajl's memory is an arena's */
}

/* A function of its own: setjmp leaves the locals of its caller uncertain. */
static int parse_within_arena(struct parser *p)
{
    if (setjmp(p->full))
        return complain_too_large(p, "the JSON text takes too much memory");
    if (spelling_check(p) < 0)
        return -1;
    return run_yajl(p);
}

int json_parse(struct arena *arena, struct str text, const struct json_limits *limits_or_null,
               struct json **out, struct error *err)
{
    struct parser p = {
        .arena = arena,
        .work = arena_new(WORK_MAX_BYTES + 8 * text.len),
        .text = text.at ? text : STR(""),
        .limits = limits_of(limits_or_null),
        .err = err,
    };
    int status = parse_within_arena(&p);
    arena_free(&p.work);
    if (status == 0)
        *out = p.root;
    return status;
}
