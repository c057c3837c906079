/* Finds the route, checks who may use it, calls its handler. */
#include "web/router.h"

#include "base/clock.h"
#include "cors.h"
#include "store/users.h"

static const char *method_name(enum method method)
{
    static const char *const names[] = { "GET", "POST", "PATCH", "DELETE", "OPTIONS" };
    return names[method];
}

/* How much of the path a parameter is that ends at close. */
static size_t param_bytes(const char *close, struct str path)
{
    size_t behind = strlen(close + 1);
    if (close[-1] == '.')
        return path.len > behind ? path.len - behind : 0;
    const char *slash = memchr(path.at, '/', path.len);
    return slash ? (size_t)(slash - path.at) : path.len;
}

/* One segment of pattern and path each; false when they differ. */
static bool match_segment(const char **pattern, struct str *path, struct str *param)
{
    if (**pattern != '{') {
        size_t n = strcspn(*pattern, "/");
        if (path->len < n || memcmp(*pattern, path->at, n) != 0)
            return false;
        *pattern += n;
        *path = (struct str){ path->at + n, path->len - n };
        return true;
    }
    const char *close = strchr(*pattern, '}');
    size_t n = param_bytes(close, *path);
    *param = (struct str){ path->at, n };
    *pattern = close + 1;
    *path = (struct str){ path->at + n, path->len - n };
    return n > 0;
}

int route_match(const char *pattern, struct str path, struct str params[EXCHANGE_PARAMS])
{
    size_t count = 0;
    while (*pattern && path.len) {
        if (*pattern == '/') {
            if (path.at[0] != '/')
                return 0;
            pattern++;
            path = (struct str){ path.at + 1, path.len - 1 };
            if (!*pattern || !path.len)
                break;
        }
        bool is_param = *pattern == '{';
        if (count == EXCHANGE_PARAMS || !match_segment(&pattern, &path, &params[count]))
            return 0;
        count += is_param;
    }
    return !*pattern && !path.len;
}

int route_takes(const struct route *route, struct str path, struct str params[EXCHANGE_PARAMS])
{
    static const char *const bases[] = { "/v1", "", "/openai", "/openai/v1" };
    if (strncmp(route->path, "/v1/", 4) != 0)
        return route_match(route->path, path, params);
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        size_t n = strlen(bases[i]);
        if (str_starts(path, bases[i]) &&
            route_match(route->path + 3, (struct str){ path.at + n, path.len - n }, params))
            return 1;
    }
    return 0;
}

/* Which methods the path takes, for Allow; empty: no such path. The door is that of one of them. */
static struct str allowed_methods(struct exchange *x)
{
    struct str params[EXCHANGE_PARAMS], allow = STR("");
    for (const struct route *route = routes; route->path; route++)
        if (route_takes(route, x->request.path, params)) {
            x->door = route->door;
            allow = str_of(arena_printf(x->arena, "%.*s%s%s", STR_ARGS(allow),
                                        allow.len ? ", " : "", method_name(route->method)));
        }
    return allow;
}

static int nothing_here(struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "not_found", "There is nothing at this address.");
}

/* OPTIONS, of any address. */
static int tell_options(struct exchange *x, struct error *err)
{
    struct str allow = allowed_methods(x);
    return allow.len ? cors_preflight(x, allow, err) : nothing_here(err);
}

void route_quarter(struct exchange *x)
{
    const struct quarter *quarter = quarters;
    while (quarter->begins && !str_starts(x->request.path, quarter->begins))
        quarter++;
    if (quarter->begins)
        x->door = quarter->door;
}

static int route_find(struct exchange *x, struct error *err)
{
    for (const struct route *route = routes; route->path; route++)
        if (route->method == x->request.method && route_takes(route, x->request.path, x->params)) {
            x->route = route;
            x->door = route->door;
            return 0;
        }
    struct str allow = allowed_methods(x);
    if (allow.len == 0)
        return nothing_here(err);
    respond_header(x, "Allow", allow.at);
    return fail(err, ERROR_METHOD, "method_not_allowed", "This address takes %.*s.",
                STR_ARGS(allow));
}

/* Authorization wins where a client sends several: all of them name the same person or the others
 * are leftovers of its configuration. */
static int bearer_of(const struct exchange *x, struct str *out, struct error *err)
{
    struct str value = x->request.authorization;
    *out = x->request.x_api_key.at ? x->request.x_api_key : x->request.api_key;
    if (!value.at && out->at)
        return 0;
    if (!value.at || value.len < 7 || strncasecmp(value.at, "Bearer ", 7) != 0)
        return fail(err, ERROR_UNAUTHENTICATED, "missing_credential",
                    "Send a credential as 'Authorization: Bearer <token>'.");
    *out = (struct str){ value.at + 7, value.len - 7 };
    return 0;
}

static int identify(struct exchange *x, struct error *err)
{
    struct str bearer;
    int64_t from = clock_steady_us();
    if (bearer_of(x, &bearer, err) < 0 ||
        authenticate(x->house->auth, x->db, bearer, x->arena, &x->scope, &x->identity, &x->tenant,
                     err) < 0)
        return -1;
    x->auth_us = clock_steady_us() - from;
    scope_user_hash(x->house->auth, x->scope, x->user_hash);
    if (x->route->need == NEED_ADMIN && scope_role(x->scope) != ROLE_ADMIN)
        return fail(err, ERROR_FORBIDDEN, "role_too_low", "This needs an administrator.");
    return 0;
}

/* What a handler spends on its desk, it spends in the database. */
static int handle_user(struct exchange *x, struct error *err)
{
    int64_t from = clock_steady_us();
    int status = user_seen(x->scope, x->db, &x->identity, clock_unix_ms(), err);
    if (status == 0)
        status = x->route->user(x, x->scope, err);
    x->db_us = clock_steady_us() - from;
    return status;
}

static void refuse(struct exchange *x, const struct error *err)
{
    x->next = NEXT_ANSWER;
    respond_problem(x, err);
}

/* 0: answered, which needed nobody; 1: there is more to do, for somebody. */
static int begin(struct exchange *x, struct error *err)
{
    if (x->request.method == METHOD_OPTIONS)
        return tell_options(x, err);
    if (route_find(x, err) < 0)
        return -1;
    if (x->route->need == NEED_NOTHING)
        return x->route->open(x, err);
    return identify(x, err) < 0 ? -1 : 1;
}

bool route_begin(struct exchange *x)
{
    struct error err;
    route_quarter(x);
    int status = begin(x, &err);
    if (status < 0)
        refuse(x, &err);
    return status > 0;
}

void route_finish(struct exchange *x)
{
    struct error err;
    if (handle_user(x, &err) < 0)
        refuse(x, &err);
}
