/* Who is asked next when a provider has failed, and when. */
#include "tap.h"

#include "chat/attempt.h"

#define START_MS 1000000

static struct arena *arena;
static struct model_route routes[6];
static struct model only, pair, spare;

static struct attempts attempts;
static struct attempt_limits limits;
static int64_t now_ms;
static int wait_ms;

static void plan(const struct model *model, int most)
{
    arena_reset(arena);
    attempts_plan(&attempts, arena, model, (struct turn_id){ { { 1 } } });
    limits = (struct attempt_limits){ most, 10000, START_MS + 60000 };
    now_ms = START_MS;
}

/* Takes a leg and begins; the model's name, or "-" where nobody is left. */
static const char *next(void)
{
    wait_ms = -1;
    if (!attempts_next(&attempts, &limits, now_ms, &wait_ms))
        return "-";
    now_ms += wait_ms;
    attempts_begin(&attempts, now_ms);
    return attempts.at->model->name;
}

static struct error error_of(enum error_kind kind, const char *code, int retry_after_ms)
{
    struct error err;
    fail(&err, kind, "x", "words");
    err.code = code;
    err.retry_after_ms = retry_after_ms;
    return err;
}

static bool ends(const char *code)
{
    struct error err = error_of(ERROR_UPSTREAM, code, 0);
    return attempts_end(&attempts, &err, now_ms);
}

static int leg(void)
{
    return (int)(attempts.at - attempts.legs);
}

/* Every code that a provider's failure can have, and what follows for who is alone, and with a
 * fallback. */
static void each_failure_has_its_answer(void)
{
    static const struct {
        const char *code;
        bool again, elsewhere;
    } cases[] = {
        { "upstream_unavailable", true, true },
        { "upstream_error", true, true },
        { "upstream_timeout", true, true },
        { "upstream_truncated", true, true },
        { "rate_limit_exceeded", true, true },
        { "upstream_bad_response", false, true },
        { "upstream_auth_error", false, true },
        { "insufficient_quota", false, true },
        { "model_not_found", false, true },
        { "invalid_request", false, false },
        { "context_length_exceeded", false, false },
        { "content_filter", false, false },
        { "request_too_large", false, false },
        { "unsupported_parameter", false, false },
        { "client_gone", false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        plan(&only, 3);
        next();
        bool may = ends(cases[i].code);
        is_text(may ? next() : "-", cases[i].again ? "only" : "-", "%s, alone", cases[i].code);
        plan(&pair, 3);
        next();
        may = ends(cases[i].code);
        is_text(may ? next() : "-", cases[i].elsewhere ? "pair" : "-", "%s, two routes",
                cases[i].code);
        ok(!may || !cases[i].elsewhere || (leg() == 1 && wait_ms == 0),
           "%s: then the other, at once", cases[i].code);
    }
    plan(&only, 3);
    next();
    struct error final = error_of(ERROR_UPSTREAM_BUSY, "upstream_unavailable", 0);
    final.retry_useless = 1;
    ok(attempts_end(&attempts, &final, now_ms), "who says that retrying is useless");
    is_text(next(), "-", "is not asked again");
}

static void pauses_grow_and_vary(void)
{
    int least[3] = { 1 << 30, 1 << 30, 1 << 30 }, most[3] = { 0 };
    for (int shift = 0; shift < 400; shift++) {
        plan(&only, 4);
        now_ms += shift;
        next();
        for (int i = 0; i < 3; i++) {
            ends("upstream_error");
            next();
            least[i] = wait_ms < least[i] ? wait_ms : least[i];
            most[i] = wait_ms > most[i] ? wait_ms : most[i];
        }
    }
    ok(least[0] >= 125 && most[0] <= 250 && most[0] - least[0] > 50, "the first: %d to %d ms",
       least[0], most[0]);
    ok(least[1] >= 250 && most[1] <= 500, "the second: %d to %d ms", least[1], most[1]);
    ok(least[2] >= 500 && most[2] <= 1000, "the third: %d to %d ms", least[2], most[2]);
}

static void who_says_when_is_asked_then(void)
{
    plan(&only, 3);
    next();
    struct error busy = error_of(ERROR_LIMIT, "rate_limit_exceeded", 3000);
    attempts_end(&attempts, &busy, now_ms);
    is_text(next(), "only", "Retry-After within the limit");
    is_number(wait_ms, 3000, "is waited for");
    busy.retry_after_ms = 10001;
    attempts_end(&attempts, &busy, now_ms);
    is_text(next(), "-", "a longer one is not");
    plan(&only, 3);
    limits.until_ms = START_MS + 2000;
    next();
    busy.retry_after_ms = 2000;
    attempts_end(&attempts, &busy, now_ms);
    is_text(next(), "-", "nor one that ends at the turn's own deadline");
    plan(&pair, 3);
    next();
    busy.retry_after_ms = 3000;
    attempts_end(&attempts, &busy, now_ms);
    is_text(next(), "pair", "another route");
    ok(leg() == 1 && wait_ms == 0, "need not wait for it");
    ends("upstream_error");
    is_text(next(), "pair", "when all were asked");
    ok(leg() == 1 && wait_ms <= 250, "the one that is ready first is asked again");
}

static void attempts_are_counted(void)
{
    plan(&only, 2);
    ok(!strcmp(next(), "only") && ends("upstream_error") && !strcmp(next(), "only") &&
           ends("upstream_error"),
       "two of two");
    is_text(next(), "-", "and no third");
    plan(&only, 1);
    next();
    ends("upstream_error");
    is_text(next(), "-", "one is one");
    plan(&only, 3);
    limits.until_ms = START_MS;
    is_text(next(), "-", "nothing is asked when time is up");
}

static void fallbacks(void)
{
    only.fallback = &spare;
    plan(&only, 3);
    next();
    ends("upstream_error");
    ok(!strcmp(next(), "only") && wait_ms > 0, "an only route is asked once more");
    ends("upstream_error");
    ok(!strcmp(next(), "spare") && wait_ms == 0, "then the fallback, at once");
    plan(&only, 2);
    next();
    ends("upstream_error");
    is_text(next(), "spare", "where two are all, the second is the fallback");
    plan(&only, 5);
    next();
    struct error busy = error_of(ERROR_LIMIT, "rate_limit_exceeded", 60000);
    attempts_end(&attempts, &busy, now_ms);
    is_text(next(), "spare", "nobody waits a minute where there is a fallback");
    ends("upstream_error");
    ok(!strcmp(next(), "spare") && wait_ms > 0, "the last model has all that are left");
    plan(&only, 3);
    next();
    ends("model_not_found");
    is_text(next(), "spare", "nor asks again who does not know the model");
    pair.fallback = &spare;
    plan(&pair, 5);
    next();
    ends("upstream_error");
    ok(!strcmp(next(), "pair") && leg() == 1, "a model's routes come first");
    ends("upstream_error");
    is_text(next(), "spare", "and each once, where there is a fallback");
    only.fallback = pair.fallback = NULL;
}

static void a_refused_key_is_refused_for_all(void)
{
    routes[1].upstream.id = routes[2].upstream.id;
    plan(&pair, 3);
    next();
    ends("upstream_auth_error");
    is_text(next(), "-", "of one provider's routes none is asked when its key is refused");
    plan(&pair, 3);
    next();
    ends("model_not_found");
    is_text(next(), "pair", "another name for the model may be known");
    routes[1].upstream.id = provider_id_new();
}

static void who_cannot_be_asked_is_skipped(void)
{
    plan(&pair, 3);
    attempts_next(&attempts, &limits, now_ms, &wait_ms);
    attempts_skip(&attempts);
    ok(!strcmp(next(), "pair") && leg() == 1, "the next is taken");
    is_number((long long)attempts.count, 1, "and only that one counts");
    ends("upstream_error");
    ok(!strcmp(next(), "pair") && leg() == 1, "who was skipped stays skipped");
}

static void the_ledger_is_told(void)
{
    struct error none = { 0 };
    routes[0].upstream.id = (struct provider_id){ { { 0x01, 0xab, [15] = 0xff } } };
    plan(&only, 3);
    next();
    now_ms += 12;
    ends("upstream_error");
    next();
    now_ms += 812;
    ok(!attempts_end(&attempts, &none, now_ms), "nothing follows an answer");
    ok(!attempts_end(&attempts, &none, now_ms + 5), "and it ends once");
    is_text(attempts_json(arena, attempts.list, attempts.count).at,
            "[{\"model\":\"only\",\"provider\":\"01ab00000000000000000000000000ff\","
            "\"code\":\"upstream_error\",\"ms\":12},"
            "{\"model\":\"only\",\"provider\":\"01ab00000000000000000000000000ff\","
            "\"code\":\"\",\"ms\":812}]",
            "each attempt, in order");
    is_text(attempts_json(arena, NULL, 0).at, "[]", "or none");
    struct attempt many[ATTEMPTS_MOST];
    char name[513];
    memset(name, '"', 512);
    name[512] = '\0';
    for (int i = 0; i < ATTEMPTS_MOST; i++)
        many[i] = (struct attempt){ .model = str_of(name), .code = STR("upstream_unavailable") };
    ok(attempts_json(arena, many, ATTEMPTS_MOST).len > (size_t)ATTEMPTS_MOST * 1024,
       "the longest names have room");
}

int main(void)
{
    arena = arena_new(1 << 20);
    for (int i = 0; i < 6; i++)
        routes[i].upstream.id = provider_id_new();
    only = (struct model){ .name = "only", .routes = routes, .route_count = 1 };
    pair = (struct model){ .name = "pair", .routes = routes + 1, .route_count = 2 };
    spare = (struct model){ .name = "spare", .routes = routes + 3, .route_count = 1 };
    each_failure_has_its_answer();
    pauses_grow_and_vary();
    who_says_when_is_asked_then();
    attempts_are_counted();
    fallbacks();
    a_refused_key_is_refused_for_all();
    who_cannot_be_asked_is_skipped();
    the_ledger_is_told();
    arena_free(&arena);
    return done();
}
