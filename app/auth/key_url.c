/* A key set from an issuer's URL, for key_sets.c: one document and one cool-down for all workers.
 */
#include "key_source.h"

#include "base/clock.h"
#include "base/log.h"
#include "net/transfer.h"
#include "platform/key_set.h"

#include <unistd.h>

#define DOCUMENT_MAX_BYTES (256 * 1024)
#define CONNECT_MS         2000
#define FETCH_MS           4000
#define OTHERS_WAIT_MS     1000 /* a desk's patience with another worker's fetch */
#define OTHERS_POLL_MS     100

struct look {
    struct platform platform;
    const struct identity_provider *provider;
    struct str kid, alg;
    struct arena *arena;
    struct key_source *source;
    struct key_set_row row;
};

/* Reads the shared row, and takes its document where that is newer than ours. */
static int take_row(struct look *look, struct error *err)
{
    struct error ignored;
    if (key_set_read(look->platform, look->provider->id, look->arena, &look->row, err))
        return -1;
    if (!look->row.document.at || look->row.fetched_ms <= look->source->good_unix_ms)
        return 0;
    struct key_set *set = key_set_make(look->row.document, &ignored);
    if (set)
        key_source_take(look->source, set, look->row.fetched_ms);
    return 0;
}

static bool is_satisfied(const struct look *look)
{
    const struct key_source *source = look->source;
    const struct key_set *set = source->fresh ? source->fresh : source->held;
    return set && clock_unix_ms() - source->good_unix_ms < KEY_SET_TTL_MS &&
           key_set_find(set->keys, set->count, look->kid, look->alg);
}

static struct key_set *fetch(struct look *look, struct str *body, struct error *err)
{
    struct header accept = { "Accept", STR("application/json") };
    struct http_request request = { .method = "GET",
                                    .url = look->provider->key_set_url,
                                    .headers = &accept,
                                    .header_count = 1,
                                    .connect_ms = CONNECT_MS,
                                    .total_ms = FETCH_MS };
    struct http_head head;
    if (fetch_document(look->arena, &request, DOCUMENT_MAX_BYTES, &head, body, err))
        return NULL;
    if (head.status != 200 || !strstr(head.content_type, "json")) {
        fail(err, ERROR_UPSTREAM, "bad_key_set", "Status %d, or no JSON.", head.status);
        return NULL;
    }
    return key_set_make(*body, err);
}

/* Our turn: whatever comes of it, the next try is a cool-down away. */
static void fetch_and_store(struct look *look)
{
    char id[ID_TEXT_MAX];
    struct error err;
    struct str body;
    int64_t now = clock_unix_ms();
    struct key_set *set = fetch(look, &body, &err);
    if (!set) {
        log_event(LOG_WARN, "key_set.fetch_failed", "%s: %s %s",
                  idp_id_text(look->provider->id, id), err.message, err.log);
        return;
    }
    key_source_take(look->source, set, now);
    if (key_set_store(look->platform, look->provider->id, now, body, &err))
        log_event(LOG_WARN, "key_set.store_failed", "%s: %s", idp_id_text(look->provider->id, id),
                  err.message);
}

static bool is_in_progress(const struct look *look)
{
    return look->row.attempted_ms > look->row.fetched_ms &&
           look->row.attempted_ms != look->source->own_attempt_ms &&
           clock_unix_ms() - look->row.attempted_ms < CONNECT_MS + FETCH_MS;
}

static int await_others(struct look *look, struct error *err)
{
    int64_t deadline = clock_steady_ms() + OTHERS_WAIT_MS;
    while (is_in_progress(look) && !is_satisfied(look) && clock_steady_ms() < deadline) {
        usleep(OTHERS_POLL_MS * 1000);
        if (take_row(look, err))
            return -1;
    }
    look->source->in_progress = is_in_progress(look);
    look->source->attempted_ms = look->row.attempted_ms;
    return 0;
}

static int look_at(struct look *look, struct error *err)
{
    int64_t now = clock_unix_ms();
    bool claimed;
    if (take_row(look, err))
        return -1;
    if (is_satisfied(look))
        return 0;
    if (key_set_claim(look->platform, look->provider->id, now, KEY_SET_COOLDOWN_MS, &claimed, err))
        return -1;
    if (claimed) {
        look->source->own_attempt_ms = look->source->attempted_ms = now;
        fetch_and_store(look);
        return 0;
    }
    return take_row(look, err) || await_others(look, err) ? -1 : 0;
}

int key_source_look_url(struct db *db, const struct identity_provider *provider, struct str kid,
                        struct str alg, struct key_source *source, struct error *err)
{
    struct look look = { .platform = platform_on(db),
                         .provider = provider,
                         .kid = kid,
                         .alg = alg,
                         .arena = arena_new(16 << 20),
                         .source = source };
    int status = look_at(&look, err);
    arena_free(&look.arena);
    return status;
}
