/* Query parameters and the like, for handlers. */
#include "web/request.h"

#include "base/codec.h"

/* The next "name=value" of a query; false at its end. */
static bool next_pair(struct str *query, struct str *name, struct str *value)
{
    if (query->len == 0)
        return false;
    const char *end = memchr(query->at, '&', query->len);
    size_t n = end ? (size_t)(end - query->at) : query->len;
    const char *equals = memchr(query->at, '=', n);
    size_t name_len = equals ? (size_t)(equals - query->at) : n;
    *name = (struct str){ query->at, name_len };
    *value = equals ? (struct str){ equals + 1, n - name_len - 1 } : STR("");
    *query = end ? (struct str){ end + 1, query->len - n - 1 } : STR("");
    return true;
}

int request_query(const struct request *request, const char *name, struct arena *arena,
                  struct str *out, struct error *err)
{
    struct str rest = request->query, key, value, found = { 0 };
    while (next_pair(&rest, &key, &value)) {
        if (!str_is(key, name))
            continue;
        if (found.at || !percent_decode(arena, value, &found))
            return fail_param(err, ERROR_BAD_REQUEST, "invalid_query", name,
                              "The query parameter %s is given twice or wrongly escaped.", name);
    }
    *out = found;
    return 0;
}

int request_query_number(const struct request *request, const char *name, struct arena *arena,
                         long long least, long long most, long long otherwise, long long *out,
                         struct error *err)
{
    struct str text;
    long long number = otherwise;
    if (request_query(request, name, arena, &text, err) < 0)
        return -1;
    if (text.at && (!str_to_number(text, most, &number) || number < least))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_query", name,
                          "The query parameter %s must be a number from %lld to %lld.", name, least,
                          most);
    *out = number;
    return 0;
}

int request_query_bool(const struct request *request, const char *name, struct arena *arena,
                       bool *out, struct error *err)
{
    struct str text;
    if (request_query(request, name, arena, &text, err) < 0)
        return -1;
    if (text.at && !str_is(text, "true") && !str_is(text, "false"))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_query", name,
                          "The query parameter %s must be true or false.", name);
    *out = str_is(text, "true");
    return 0;
}

bool request_accepts_events(const struct request *request)
{
    return request->accept.at &&
           memmem(request->accept.at, request->accept.len, "text/event-stream", 17) != NULL;
}
