/* Decides whether a failed attempt is followed by another, by whom and when. */
#include "chat/attempt.h"

#include "json/write.h"

#define PAUSE_MS      250 /* before the first repetition; doubled with each further one */
#define PAUSE_MOST_MS 4000
#define JSON_MAX      16384

enum verdict { NOWHERE, ELSEWHERE, AGAIN };

static const struct {
    const char *code;
    enum verdict verdict;
    bool is_sick;
} verdicts[] = {
    { "upstream_unavailable", AGAIN, true },     { "upstream_error", AGAIN, true },
    { "upstream_timeout", AGAIN, true },         { "upstream_truncated", AGAIN, true },
    { "rate_limit_exceeded", AGAIN, false },     { "upstream_bad_response", ELSEWHERE, false },
    { "upstream_auth_error", ELSEWHERE, false }, { "insufficient_quota", ELSEWHERE, false },
    { "model_not_found", ELSEWHERE, false },
};

bool attempt_is_sick(const struct error *err)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        if (!strcmp(err->code, verdicts[i].code))
            return verdicts[i].is_sick && !err->retry_useless;
    return false;
}

static enum verdict verdict_on(const struct error *err)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        if (!strcmp(err->code, verdicts[i].code))
            return verdicts[i].verdict == AGAIN && err->retry_useless ? ELSEWHERE
                                                                      : verdicts[i].verdict;
    return NOWHERE;
}

/* ---- the next leg ---- */

/* Behind the last leg of the same model. */
static struct leg *end_of_model(const struct attempts *a, struct leg *first)
{
    struct leg *leg = first;
    while (leg < a->legs + a->leg_count && leg->model == first->model)
        leg++;
    return leg;
}

static int models_from(const struct attempts *a, struct leg *first)
{
    int count = 0;
    for (struct leg *leg = first; leg < a->legs + a->leg_count; leg = end_of_model(a, leg))
        count++;
    return count;
}

static struct leg *new_leg(struct leg *first, const struct leg *end)
{
    for (struct leg *leg = first; leg < end; leg++)
        if (!leg->tries && !leg->closed)
            return leg;
    return NULL;
}

/* Before a fallback, a model's only leg is asked a second time, where a request is left for the
 * rest; without one, all legs as long as there are requests. */
static struct leg *old_leg(const struct attempts *a, struct leg *first, struct leg *end,
                           const struct attempt_limits *limits)
{
    int behind = models_from(a, end);
    struct leg *found = NULL;
    if (behind && (end - first > 1 || first->tries > 1 || limits->most - (int)a->count <= behind))
        return NULL;
    for (struct leg *leg = first; leg < end; leg++)
        if (leg->tries && !leg->closed && (!found || leg->ready_ms < found->ready_ms))
            found = leg;
    return found;
}

bool attempts_next(struct attempts *a, const struct attempt_limits *limits, int64_t now_ms,
                   int *wait_ms_out)
{
    struct leg *first = a->legs, *all = a->legs + a->leg_count;
    if ((int)a->count >= limits->most || now_ms >= limits->until_ms)
        return false;
    while (a->at && first->model != a->at->model)
        first = end_of_model(a, first);
    for (struct leg *end; first < all; first = end) {
        end = end_of_model(a, first);
        struct leg *leg = new_leg(first, end);
        int64_t wait_ms = 0;
        if (!leg && (leg = old_leg(a, first, end, limits)) && leg->ready_ms > now_ms)
            wait_ms = leg->ready_ms - now_ms;
        if (!leg || wait_ms > limits->wait_most_ms || now_ms + wait_ms >= limits->until_ms)
            continue;
        a->at = leg;
        *wait_ms_out = (int)wait_ms;
        return true;
    }
    return false;
}

void attempts_begin(struct attempts *a, int64_t began_ms)
{
    a->at->tries++;
    a->list[a->count++] = (struct attempt){ .model = str_of(a->at->model->name),
                                            .provider = a->at->route->upstream.id,
                                            .code = STR(""),
                                            .began_ms = began_ms };
    a->under_way = true;
}

void attempts_skip(struct attempts *a)
{
    a->at->closed = true;
}

/* ---- the end of one ---- */

/* All turns that were refused together must not come back together. */
static int64_t pause_of(const struct leg *leg, int64_t now_ms)
{
    int64_t pause = (int64_t)PAUSE_MS << (leg->tries - 1);
    pause = pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
    return pause / 2 + now_ms % (pause / 2 + 1);
}

/* A refused credential is refused for all of a provider's models. */
static void close_provider(struct attempts *a, struct provider_id provider)
{
    for (struct leg *leg = a->legs; leg < a->legs + a->leg_count; leg++)
        if (provider_id_equal(leg->route->upstream.id, provider))
            leg->closed = true;
}

bool attempts_end(struct attempts *a, const struct error *err, int64_t now_ms)
{
    if (!a->under_way)
        return false;
    struct attempt *attempt = &a->list[a->count - 1];
    a->under_way = false;
    attempt->ms = now_ms - attempt->began_ms;
    if (err->kind == ERROR_NONE)
        return false;
    attempt->code = str_of(err->code);
    enum verdict verdict = verdict_on(err);
    int64_t pause = pause_of(a->at, now_ms);
    a->at->closed = verdict != AGAIN;
    a->at->ready_ms = now_ms + (err->retry_after_ms > pause ? err->retry_after_ms : pause);
    if (!strcmp(err->code, "upstream_auth_error"))
        close_provider(a, attempt->provider);
    return verdict != NOWHERE;
}

/* ---- for the ledger ---- */

static void write_provider(struct json_writer *w, struct provider_id id)
{
    char hex[33];
    for (size_t i = 0; i < sizeof id.v.b; i++)
        snprintf(hex + 2 * i, 3, "%02x", id.v.b[i]);
    json_c_member(w, "provider", hex);
}

struct str attempts_json(struct arena *arena, const struct attempt *list, size_t count)
{
    struct text json = text_make(JSON_MAX);
    struct json_writer *w = json_writer_new(arena, &json);
    json_array_open(w);
    for (size_t i = 0; i < count; i++) {
        json_object_open(w);
        json_text_member(w, "model", list[i].model);
        write_provider(w, list[i].provider);
        json_text_member(w, "code", list[i].code);
        json_integer_member(w, "ms", list[i].ms);
        json_object_close(w);
    }
    json_array_close(w);
    struct str copy = arena_copy(arena, text_str(&json));
    text_free(&json);
    return copy;
}
