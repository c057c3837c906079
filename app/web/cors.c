/* Lets browsers' clients in: preflights, and whose pages may read an answer. */
#include "cors.h"

#include "net/url.h"

#define LIST_MAX_BYTES 4096
#define MAX_AGE                                                                                    \
    "600" /* seconds; an origin that is taken away stops reading at once all the same              \
           */
#define EXPOSED                                                                                    \
    "X-Request-Id, request-id, Retry-After, retry-after-ms, x-should-retry, X-Insula-Turn, "       \
    "X-Insula-Conversation, X-Insula-Generation, ETag"

/* Of the official clients and of our own door. */
static const char *const known_headers[] = {
    "accept",
    "authorization",
    "content-type",
    "user-agent",
    "x-requested-with",
    "x-api-key",
    "api-key",
    "anthropic-version",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "openai-organization",
    "openai-project",
    "openai-beta",
};

static bool is_token(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!((name.at[i] >= 'a' && name.at[i] <= 'z') ||
              (name.at[i] >= '0' && name.at[i] <= '9') || name.at[i] == '-'))
            return false;
    return name.len > 0;
}

static bool is_allowed(struct str name)
{
    for (size_t i = 0; i < sizeof known_headers / sizeof *known_headers; i++)
        if (str_is(name, known_headers[i]))
            return true;
    return str_starts(name, "x-stainless-") && is_token(name);
}

static struct str small_letters(struct arena *arena, struct str text)
{
    char *copy = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        bool is_capital = text.at[i] >= 'A' && text.at[i] <= 'Z';
        copy[i] = (char)(text.at[i] + (is_capital ? 'a' - 'A' : 0));
    }
    return (struct str){ copy, text.len };
}

/* The next of a comma-separated list, without blanks around it; *rest is what follows. */
static struct str next_of(struct str *rest)
{
    const char *comma = memchr(rest->at, ',', rest->len);
    size_t n = comma ? (size_t)(comma - rest->at) : rest->len, skip = n + (comma != NULL);
    struct str one = { rest->at, n };
    *rest = (struct str){ rest->at + skip, rest->len - skip };
    while (one.len && strchr(" \t", *one.at))
        one = (struct str){ one.at + 1, one.len - 1 };
    while (one.len && strchr(" \t", one.at[one.len - 1]))
        one.len--;
    return one;
}

struct str cors_headers_allowed(struct arena *arena, struct str asked)
{
    struct text list = text_make(LIST_MAX_BYTES);
    struct str rest = small_letters(arena, asked);
    while (rest.len) {
        struct str name = next_of(&rest);
        if (is_allowed(name))
            text_addf(&list, "%s%.*s", list.len ? ", " : "", STR_ARGS(name));
    }
    struct str allowed = list.over ? STR("") : arena_copy(arena, text_str(&list));
    text_free(&list);
    return allowed;
}

static bool is_among(struct str method, struct str methods)
{
    while (methods.len) {
        struct str one = next_of(&methods);
        if (one.len && str_equal(one, method))
            return true;
    }
    return false;
}

/* Without a grant the answer is there too: the browser sees by itself that nothing was granted. */
static int grant(struct exchange *x, struct str methods, struct error *err)
{
    const struct request *request = &x->request;
    struct str headers;
    if (!url_is_origin(request->origin) || !is_among(request->wanted_method, methods))
        return 0;
    if (directory_origin(x->house->directory, x->db, request->origin, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    headers = cors_headers_allowed(x->arena, request->wanted_headers);
    respond_header(x, "Access-Control-Allow-Origin",
                   arena_printf(x->arena, "%.*s", STR_ARGS(request->origin)));
    respond_header(x, "Access-Control-Allow-Methods",
                   arena_printf(x->arena, "%.*s", STR_ARGS(methods)));
    if (headers.len)
        respond_header(x, "Access-Control-Allow-Headers", headers.at);
    respond_header(x, "Access-Control-Max-Age", MAX_AGE);
    return 0;
}

int cors_preflight(struct exchange *x, struct str methods, struct error *err)
{
    if (grant(x, methods, err) < 0)
        return -1;
    respond_header(x, "Allow", arena_printf(x->arena, "%.*s", STR_ARGS(methods)));
    respond_header(x, "Vary",
                   "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    x->response.status = 204;
    return 0;
}

void cors_headers(const struct exchange *x, struct text *out)
{
    if (!x->tenant || !x->tenant->origin_count)
        return;
    text_add_c(out, "Vary: Origin\r\n");
    if (tenant_has_origin(x->tenant, x->request.origin))
        text_addf(out,
                  "Access-Control-Allow-Origin: %.*s\r\n"
                  "Access-Control-Expose-Headers: " EXPOSED "\r\n",
                  STR_ARGS(x->request.origin));
}
