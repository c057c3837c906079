/* Query parameters: found by their whole name, decoded, never given twice. */
#include "web/request.h"
#include "tap.h"

static struct arena *arena;
static struct error err;

static const char *value(const char *query, const char *name)
{
    struct request request = { .query = str_of(query) };
    struct str out = STR("untouched");
    err = (struct error){ 0 };
    if (request_query(&request, name, arena, &out, &err) < 0)
        return err.kind == ERROR_BAD_REQUEST && !strcmp(err.code, "invalid_query") &&
                       !strcmp(err.param, name) && str_is(out, "untouched")
                   ? "(refused)"
                   : "(strangely refused)";
    return out.at ? arena_printf(arena, "%.*s", STR_ARGS(out)) : "(absent)";
}

static void values(void)
{
    is_text(value("limit=5", "limit"), "5", "a parameter");
    is_text(value("a=1&limit=5&b=2", "limit"), "5", "among others");
    is_text(value("", "limit"), "(absent)", "none in an empty query");
    is_text(value("a=1&b=2", "limit"), "(absent)", "none among others");
    is_text(value("xlimit=1&limitx=2&Limit=3", "limit"), "(absent)", "names are whole and exact");
    is_text(value("limit", "limit"), "", "without = it is empty");
    is_text(value("limit=", "limit"), "", "with nothing behind it too");
    is_text(value("&&limit=5&", "limit"), "5", "empty pairs are nothing");
    is_text(value("q=a=b", "q"), "a=b", "only the first = divides");
    is_text(value("=5", "limit"), "(absent)", "a value without a name is nobody's");
}

static void escapes(void)
{
    is_text(value("q=a%20b%26c", "q"), "a b&c", "escapes are decoded behind the division");
    is_text(value("q=a+b", "q"), "a+b", "a plus stays a plus");
    is_text(value("q=%C3%A9", "q"), "é", "UTF-8 comes through");
    is_text(value("q=%", "q"), "(refused)", "an escape without digits is refused");
    is_text(value("q=%4", "q"), "(refused)", "so is half an escape");
    is_text(value("q=%zz", "q"), "(refused)", "and one that is none");
    is_text(value("q=%00", "q"), "(refused)", "and NUL");
    is_text(value("other=%zz&q=1", "q"), "1", "others' defects are not this one's");
}

static void doubles(void)
{
    is_text(value("q=1&q=2", "q"), "(refused)", "given twice is refused");
    is_text(value("q=1&q=1", "q"), "(refused)", "even with the same value");
    is_text(value("q=&q=1", "q"), "(refused)", "even if the first is empty");
}

static long long number(const char *query)
{
    struct request request = { .query = str_of(query) };
    long long out = -77;
    err = (struct error){ 0 };
    if (request_query_number(&request, "n", arena, 1, 100, 20, &out, &err) < 0)
        return err.kind == ERROR_BAD_REQUEST && !strcmp(err.param, "n") && out == -77 ? -1 : -2;
    return out;
}

static void numbers(void)
{
    is_number(number(""), 20, "absent is the standard");
    is_number(number("n=1"), 1, "the least");
    is_number(number("n=100"), 100, "the most");
    static const char *const bad[] = {
        "n=0",     "n=101", "n=-1", "n=+1",    "n=1.5",
        "n=x",     "n=",    "n",    "n=1&n=1", "n=99999999999999999999",
        "n=%31%zz"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_number(number(bad[i]), -1, "'%s' is refused", bad[i]);
    is_number(number("n=%35"), 5, "escaped digits are digits");
}

static void accepts(void)
{
    struct request request = { 0 };
    ok(!request_accepts_events(&request), "no Accept is no wish for events");
    request.accept = STR("application/json");
    ok(!request_accepts_events(&request), "nor is JSON");
    request.accept = STR("application/json, text/event-stream;q=0.9");
    ok(request_accepts_events(&request), "a list that names them is");
}

static int truth(const char *query)
{
    struct request request = { .query = str_of(query) };
    bool out = false;
    err = (struct error){ 0 };
    if (request_query_bool(&request, "b", arena, &out, &err) < 0)
        return err.kind == ERROR_BAD_REQUEST && !strcmp(err.param, "b") ? -1 : -2;
    return out;
}

static void truths(void)
{
    is_number(truth("b=true"), true, "true is true");
    is_number(truth("b=false"), false, "false is false");
    is_number(truth(""), false, "absence is false");
    static const char *const bad[] = {
        "b", "b=", "b=1", "b=0", "b=True", "b=maybe", "b=true&b=true"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_number(truth(bad[i]), -1, "%s is refused", bad[i]);
}

int main(void)
{
    arena = arena_new(1 << 20);
    values();
    escapes();
    doubles();
    numbers();
    accepts();
    truths();
    arena_free(&arena);
    return done();
}
