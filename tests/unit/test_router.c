/* Paths find their pattern and nothing else; the table of contents is sane. */
#include "web/router.h"
#include "tap.h"

static struct str params[EXCHANGE_PARAMS];

static int match(const char *pattern, const char *path)
{
    memset(params, 0, sizeof params);
    return route_match(pattern, str_of(path), params);
}

static void literals(void)
{
    ok(match("/healthz", "/healthz"), "a path matches itself");
    ok(match("/api/v1/chat", "/api/v1/chat"), "of several segments too");
    static const char *const others[] = { "",          "/",           "/health",      "/healthzz",
                                          "/healthz/", "//healthz",   "healthz",      "/Healthz",
                                          "/healthz?", "/healthz/ab", "/a/../healthz" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ok(!match("/healthz", others[i]), "'%s' is not /healthz", others[i]);
    ok(!match("/api/v1/chat", "/api/v1"), "the beginning of a path is not the path");
    ok(!match("/api/v1/chat", "/api/v1/chats"), "nor is a longer last segment");
    ok(!match("/api/v1/chat", "/api/v1x/chat"), "nor one in the middle");
    ok(!match("/api/v1/chat", "/api//v1/chat"), "an empty segment is a segment");
}

static void parameters(void)
{
    const char *pattern = "/c/{id}/messages/{message}";
    ok(match(pattern, "/c/one/messages/two"), "parameters take a segment each");
    ok(str_is(params[0], "one") && str_is(params[1], "two"), "in order");
    ok(!match(pattern, "/c/one/messages"), "all are needed");
    ok(!match(pattern, "/c/one/messages/"), "none is empty");
    ok(!match(pattern, "/c//messages/two"), "not in the middle either");
    ok(!match(pattern, "/c/one/two/messages/three"), "none holds a slash");
    ok(!match(pattern, "/c/one/messages/two/"), "a slash behind is another path");
    ok(match("/s/{turn}", "/s/%2e.{}") && str_is(params[0], "%2e.{}"),
       "any other byte is the value");
    struct str zero = { "/s/a\0b", 6 };
    ok(route_match("/s/{turn}", zero, params) && params[0].len == 3, "NUL too");
    ok(match("/s/{a}/x", "/s/x/x") && str_is(params[0], "x"), "a value may look like a segment");
    ok(!match("/s/{a}/x", "/s/x/y"), "what follows must match");
}

static void rests(void)
{
    const char *pattern = "/v1/models/{model...}";
    ok(match(pattern, "/v1/models/gpt-4o") && str_is(params[0], "gpt-4o"), "a rest of one segment");
    ok(match(pattern, "/v1/models/meta/llama/3.1") && str_is(params[0], "meta/llama/3.1"),
       "of several");
    ok(match(pattern, "/v1/models/a/") && str_is(params[0], "a/"), "with its slash at the end");
    ok(!match(pattern, "/v1/models/"), "not of none");
    ok(!match(pattern, "/v1/models"), "not without its slash");
    pattern = "/d/{model...}/chat/it";
    ok(match(pattern, "/d/small/chat/it") && str_is(params[0], "small"), "a rest with an end");
    ok(match(pattern, "/d/org/large/chat/it") && str_is(params[0], "org/large"), "of several");
    ok(match(pattern, "/d/chat/it/chat/it") && str_is(params[0], "chat/it"), "of its end's words");
    ok(!match(pattern, "/d/chat/it"), "not of none");
    ok(!match(pattern, "/d//chat/it"), "not of an empty one");
    ok(!match(pattern, "/d/small/chat/its"), "the end must match");
}

static bool takes(const char *pattern, const char *path)
{
    struct route route = { .path = pattern };
    memset(params, 0, sizeof params);
    return route_takes(&route, str_of(path), params);
}

static void bases(void)
{
    static const char *const of_models[] = { "/v1/models", "/models", "/openai/models",
                                             "/openai/v1/models" };
    for (size_t i = 0; i < sizeof of_models / sizeof *of_models; i++)
        ok(takes("/v1/models", of_models[i]), "/v1/models is %s too", of_models[i]);
    ok(takes("/v1/models/{model...}", "/models/a/b") && str_is(params[0], "a/b"),
       "with its parameters");
    static const char *const others[] = { "models",
                                          "/v1models",
                                          "/v1/v1/models",
                                          "/v1/openai/models",
                                          "/openaimodels",
                                          "/v2/models",
                                          "/api/v1/models",
                                          "/v1",
                                          "/" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ok(!takes("/v1/models", others[i]), "not %s", others[i]);
    ok(!takes("/api/v1/chat", "/chat") && !takes("/api/v1/chat", "/api/chat"),
       "our own have one address");
}

static void too_many_parameters(void)
{
    ok(match("/{a}/{b}/{c}", "/1/2/3") && str_is(params[2], "3"), "as many as an exchange holds");
}

/* A path that a pattern was made for: each parameter filled with something unlike any literal. */
static const char *example(const char *pattern)
{
    static char path[256];
    size_t n = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p != '{') {
            path[n++] = *p;
            continue;
        }
        p = strchr(p, '}');
        path[n++] = '~';
    }
    path[n] = '\0';
    return path;
}

static void the_table_is_sane(void)
{
    size_t count = 0;
    for (const struct route *r = routes; r->path; r++, count++) {
        size_t found = 0, names = 0;
        for (const struct route *other = routes; other->path; other++) {
            found += other->method == r->method && takes(other->path, example(r->path));
            names += !strcmp(other->name, r->name);
        }
        ok(found == 1, "%s: one route of its method takes it", r->path);
        ok(names == 1, "%s: its name in the log is its own", r->path);
        ok(r->path[0] == '/' && strlen(r->path) > 1 && r->path[strlen(r->path) - 1] != '/',
           "%s: begins with a slash and does not end with one", r->path);
        bool open = r->need == NEED_NOTHING;
        ok((r->open != NULL) == open && (r->user != NULL) == !open,
           "%s: an open handler gets no scope, another is not called without one", r->path);
        ok(r->method != METHOD_OTHER, "%s: has a method that Allow can name", r->path);
        const char *rest = strstr(r->path, "...}");
        ok(!rest || !strchr(rest, '{'), "%s: no parameter behind one that takes slashes", r->path);
    }
    ok(count > 15, "the table has %zu routes", count);
}

/* Who may be asked without a credential is decided here and nowhere else. */
static void only_these_are_open(void)
{
    static const char *const open[] = { "/healthz", "/readyz", "/metrics" };
    size_t known = 0, all = 0;
    for (const struct route *r = routes; r->path; r++) {
        all += r->need == NEED_NOTHING;
        for (size_t i = 0; i < sizeof open / sizeof *open; i++)
            known += r->need == NEED_NOTHING && !strcmp(r->path, open[i]);
    }
    is_number((long long)all, (long long)known, "no other route is open");
}

int main(void)
{
    literals();
    parameters();
    rests();
    bases();
    too_many_parameters();
    the_table_is_sane();
    only_these_are_open();
    return done();
}
