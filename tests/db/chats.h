/* A house that can take turns: people, prices, a spool of its own, and short ways to ask, answer
 * and look at what is kept. For the tests of chat/. */
#ifndef INSULA_TESTS_DB_CHATS_H
#define INSULA_TESTS_DB_CHATS_H

#include "chat/recovery.h"
#include "chat/settle.h"
#include "platform/fsck.h"
#include "store/conversations.h"

#include "house.h"
#include "people.h"

#include <ftw.h>
#include <sys/stat.h>

static char spool_dir[] = "/tmp/insula-test-spool-XXXXXX";
static char log_path[] = "/tmp/insula-test-log-XXXXXX";
static struct auth *auth;
static struct chat chat;
static const struct tenant_scope *anna, *carl, *bert; /* bert is of the other tenant */
static struct turn_id attached;

static struct model_route way = { .weight = 1 };
static const struct upstream_config called = { .total_ms = 60000,
                                               .reply_bytes = 1 << 20,
                                               .attempts = 3,
                                               .retry_wait_ms = 1000 };

/* One micro-unit a prompt token, two a completion token: a hold is easily reckoned. */
static struct model paid = { .name = "paid",
                             .label = "",
                             .routes = &way,
                             .route_count = 1,
                             .context_tokens = 1000,
                             .output_tokens = 100,
                             .price_in = 1000000,
                             .price_cached = 500000,
                             .price_out = 2000000 };
static const struct model unpaid = { .name = "unpaid",
                               .label = "",
                               .routes = &way,
                               .route_count = 1,
                               .context_tokens = 1000,
                               .output_tokens = 100 };
static struct tenant island = { .id = { 1 }, .slug = "island", .monthly_budget = -1 };
static struct tenant reef = { .id = { 2 }, .slug = "reef", .monthly_budget = -1 };

static inline void chats_begin(char **argv)
{
    database_begin(argv);
    house_begin();
    people_make();
    close(mkstemp(log_path));
    if (auth_new(house, &auth, &err) != 0 || !mkdtemp(spool_dir) ||
        spool_prepare(spool_dir, &err) != 0 || log_open(log_path, &err) != 0)
        bail_out("chats");
    chat = (struct chat){ .spool_dir = spool_dir, .auth = auth };
    anna = scope_of(1, 'a');
    carl = scope_of(1, 'c');
    bert = scope_of(2, 'b');
    way.upstream = (struct upstream){ .kind = provider_kind_find("openai"),
                                      .id = provider_id_new(),
                                      .base_url = "https://api.example/v1",
                                      .model = "up" };
}

static inline int unlink_one(const char *path, const struct stat *facts, int type, struct FTW *ftw)
{
    (void)facts, (void)type, (void)ftw;
    return remove(path);
}

static inline int chats_end(void)
{
    nftw(spool_dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
    unlink(log_path);
    auth_free(&auth);
    house_end();
    return people_end();
}

/* How many files the spool has, for all tenants. */
static int spool_count;
static inline int count_one(const char *path, const struct stat *facts, int type, struct FTW *ftw)
{
    (void)path, (void)facts, (void)ftw;
    spool_count += type == FTW_F;
    return 0;
}
static inline int spool_files(void)
{
    spool_count = 0;
    nftw(spool_dir, count_one, 16, FTW_PHYS);
    return spool_count;
}

/* Rows and files: the same text means that nothing was kept and nothing was lost. */
static inline const char *all_kept(void)
{
    return arena_printf(arena, "%d files,%s", spool_files(), all_rows());
}

static inline int logged(const char *event)
{
    char line[4096];
    int count = 0;
    FILE *file = fopen(log_path, "re");
    while (file && fgets(line, sizeof line, file))
        count += strstr(line, event) != NULL;
    if (file)
        fclose(file);
    return count;
}

/* Sum of settled turns = used = hourly sums, holds of open turns = held. */
static inline bool ledger_agrees(void)
{
    struct finding findings[FSCK_LEDGER_CHECKS];
    int64_t wrong = 0;
    if (fsck_ledger(on_db(), clock_unix_ms(), arena, findings, &err) != 0)
        bail_out("fsck");
    for (int i = 0; i < FSCK_LEDGER_CHECKS; i++) {
        wrong += findings[i].wrong;
        if (findings[i].wrong)
            printf("# %s: %s\n", findings[i].check, findings[i].example);
    }
    return wrong == 0;
}

/* This month's budget of island is made anew; -1: no cap. Turns of before are forgotten. */
static inline void budget_of_island(int64_t cap)
{
    must(db, "DELETE FROM turn WHERE tenant_id = 1");
    must(db, "DELETE FROM usage_hour WHERE tenant_id = 1");
    must(db, "DELETE FROM budget WHERE tenant_id = 1");
    must(db, "DELETE FROM active_user WHERE tenant_id = 1");
    island.monthly_budget = cap;
}

static inline int64_t held(void)
{
    return ask_number(db, "SELECT COALESCE(SUM(held), 0) FROM budget WHERE tenant_id = 1");
}

/* ---- turns ---- */

static inline struct turn_request asking_in(struct arena *in, const char *text)
{
    static const struct prompt_limits limits = { 100, 1 << 20 };
    struct turn_request request = { .body_raw = STR("{}"),
                                    .route = "POST /chat",
                                    .model = &paid,
                                    .stream = true,
                                    .stored = true,
                                    .house = &called };
    struct error e;
    if (*text && prompt_of_text(in, "user", str_of(text), &limits, &request.prompt, &e) != 0)
        abort();
    return request;
}

/* "" asks nothing new: the answer is made again. */
static inline struct turn_request asking(const char *text)
{
    return asking_in(arena, text);
}

/* One turn by itself; *out stays NULL where *attach_out or *e says why. */
static inline int turn_admit(const struct chat *of, struct db *on, const struct tenant_scope *scope,
                             const struct tenant *tenant, const struct turn_request *request,
                             struct arena *in, struct turn **out, struct turn_id *attach_out,
                             struct error *e)
{
    struct admission one = { .scope = scope, .tenant = tenant, .request = request, .arena = in };
    turns_admit(of, on, &one, 1);
    *out = one.turn;
    *attach_out = one.attached;
    *e = one.error;
    return one.error.kind == ERROR_NONE ? 0 : -1;
}

static inline int admit_on(struct db *on, const struct tenant_scope *scope,
                           const struct turn_request *request, struct turn **out)
{
    const struct tenant *tenant = scope_tenant(scope).v == 1 ? &island : &reef;
    memset(&attached, 0, sizeof attached);
    err = (struct error){ 0 };
    *out = NULL;
    return turn_admit(&chat, on, scope, tenant, request, arena, out, &attached, &err);
}

/* A turn that has to be taken. */
static inline struct turn *admitted(const struct tenant_scope *scope, struct turn_request request)
{
    struct turn *turn;
    if (admit_on(worker, scope, &request, &turn) != 0 || !turn)
        bail_out("admit");
    return turn;
}

/* The turn is over, as if its provider had said so. */
static inline void answered(struct turn *turn, const char *content, enum turn_outcome outcome,
                            int64_t tokens_in, int64_t tokens_out)
{
    if (!turn->attempts.count) {
        turn->attempts.at = turn->attempts.legs;
        attempts_begin(&turn->attempts, clock_steady_ms());
    }
    turn->spoken = spoken_make(1 << 20);
    text_add_c(&turn->spoken.content, content);
    turn->output_bytes = (int64_t)strlen(content);
    turn->usage = (struct usage){ tokens_out > 0, tokens_in, 0, tokens_out, 0, false };
    turn->outcome = outcome;
    turn->over = true;
    if (outcome != TURN_COMPLETE)
        fail(&turn->error, ERROR_UPSTREAM, "upstream_truncated", "Cut.");
    attempts_end(&turn->attempts, &turn->error, clock_steady_ms());
    turn->first_ms = 10;
    turn->total_spent_ms = 100;
}

static inline int settle_one(struct turn *turn)
{
    struct settlement s = turn_settlement(turn);
    err = (struct error){ 0 };
    return settle_batch(worker, &s, 1, &err);
}

/* One exchange, from question to stored answer. */
static inline struct turn *exchange_of(const struct tenant_scope *scope,
                                       struct turn_request request, const char *answer)
{
    struct turn *turn = admitted(scope, request);
    answered(turn, answer, TURN_COMPLETE, 10, 5);
    if (settle_one(turn) != 0)
        bail_out("settle");
    turn_free(turn);
    return turn;
}

/* So much later, what nobody holds any more is settled. */
static inline void recover_after(int64_t ms)
{
    clock_set_unix_ms(clock_unix_ms() + ms);
    recovery_run(&chat, worker, &err);
    clock_set_unix_ms(0);
}

static inline int no_event(void *self, uint64_t id, struct str data)
{
    (void)self, (void)id, (void)data;
    return 0;
}
static const struct turn_sink nobody = { no_event };

static inline struct message answer_message(const struct turn *turn)
{
    struct message m = { 0 };
    if (message_find(anna, worker, turn->conversation, turn->answer, arena, &m, &err) != 0)
        bail_out("answer");
    return m;
}

#define CHUNK_OF(text)                                                                             \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"          \
    "\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}\n\n"
#define CHUNK_OF_CALL(arguments)                                                                   \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"          \
    "\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","             \
    "\"function\":{\"name\":\"look\",\"arguments\":\"" arguments                                   \
    "\"}}]},\"finish_reason\":null}]}\n\n"
#define CHUNK_OF_FINISH(reason)                                                                    \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"          \
    "\"delta\":{},\"finish_reason\":\"" reason "\"}]}\n\n"
#define STORED_CALL                                                                                \
    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_1\",\"type\":"        \
    "\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]}"
#define CHUNK_OF_USAGE(in, out)                                                                    \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":"           \
    "{\"prompt_tokens\":" #in ",\"completion_tokens\":" #out "}}\n\n"

/* The provider's bytes, decoded and spooled as the relay does it. */
static inline void relayed(struct turn *turn, const char *bytes)
{
    struct error e;
    if (turn_call(turn, &e) != 0)
        bail_out("call");
    turn_head(turn, &(struct http_head){ .status = 200, .content_type = "text/event-stream" });
    turn_take(turn, str_of(bytes), &nobody, NULL);
}

#endif
