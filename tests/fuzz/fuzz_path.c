/* Addresses: which route a path is, what its parameters are, and what a query says.
 *
 * Up to the first '?' the input is a path, behind it a query. */
#include "fuzz/fuzz.h"

#include "base/codec.h"
#include "web/router.h"

static struct arena *arena;

static bool is_parameter_of(struct str param, struct str path, bool takes_slashes)
{
    return param.len && lies_in(param, path) &&
           (takes_slashes || !memchr(param.at, '/', param.len));
}

/* The pattern with its parameters in place. */
static struct str fill(const char *pattern, const struct str *params, struct str path)
{
    struct text text = text_make(path.len + strlen(pattern));
    while (*pattern) {
        size_t n = strcspn(pattern, "{");
        text_add(&text, (struct str){ pattern, n });
        pattern += n;
        if (*pattern) {
            const char *close = strchr(pattern, '}');
            PROMISE(is_parameter_of(*params, path, close[-1] == '.'), "a segment of the path");
            text_add(&text, *params++);
            pattern = close + 1;
        }
    }
    struct str filled = arena_copy(arena, text_str(&text));
    text_free(&text);
    return filled;
}

static void check_routes(struct str path)
{
    unsigned taken[METHOD_OTHER] = { 0 };
    for (const struct route *route = routes; route->path; route++) {
        struct str params[EXCHANGE_PARAMS] = { { 0 } };
        int matches = route_match(route->path, path, params);
        PROMISE(matches == 0 || matches == 1, "yes or no");
        if (!matches)
            continue;
        PROMISE(str_equal(fill(route->path, params, path), path), "the pattern filled is the path");
        PROMISE(taken[route->method]++ == 0, "one route for a method and a path");
    }
}

/* ---- the query, read a second time ---- */

static int hex_of(char c)
{
    const char *digits = "0123456789abcdef", *found = strchr(digits, c | 0x20);
    if (c >= '0' && c <= '9')
        return c - '0';
    return found && (c | 0x20) >= 'a' ? (int)(found - digits) : -1;
}

static bool decode_plainly(struct str text, struct text *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '%') {
            if (i + 2 >= text.len)
                return false;
            int high = hex_of(text.at[i + 1]), low = hex_of(text.at[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (!c)
            return false;
        text_add(out, (struct str){ &c, 1 });
    }
    return true;
}

static void check_decode(struct str text)
{
    struct text plain = text_make(text.len + 1);
    struct str decoded = { 0 };
    bool good = percent_decode(arena, text, &decoded);
    PROMISE(good == decode_plainly(text, &plain), "refuses just what is broken");
    PROMISE(!good || str_equal(decoded, text_str(&plain)), "decodes as the standard says");
    PROMISE(!good || !memchr(decoded.at, 0, decoded.len), "never a NUL");
    text_free(&plain);
}

static void check_query(struct str query)
{
    static const char *const names[] = { "after", "limit", "leaf", "q" };
    struct request request = { .query = query };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str value;
        struct error err;
        long long number = -1;
        int status = request_query(&request, names[i], arena, &value, &err);
        PROMISE(status == 0 || (err.kind == ERROR_BAD_REQUEST && !strcmp(err.param, names[i])),
                "a refusal names the parameter");
        PROMISE(status != 0 || !value.at || memmem(query.at, query.len, names[i], strlen(names[i])),
                "found only where it stands");
        status = request_query_number(&request, names[i], arena, 1, 1000, 50, &number, &err);
        PROMISE(status != 0 || (number >= 1 && number <= 1000), "a number within its bounds");
        PROMISE(status == 0 || number == -1, "outputs only on success");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size), path = input, query = STR("");
    const char *mark = memchr(input.at, '?', input.len);
    if (mark) {
        path = (struct str){ input.at, (size_t)(mark - input.at) };
        query = (struct str){ mark + 1, input.len - path.len - 1 };
    }
    arena = arena_new(8 * size + (1 << 16));
    check_routes(path);
    check_decode(path);
    check_decode(query);
    check_query(query);
    arena_free(&arena);
    return 0;
}
