/* What a turn leaves in its file is all that recovery needs: written and read back. */
#include "spool_place.h"

#include "spool_record.h"
#include "turn_spool.h"

static struct model model = {
    .name = "gpt \"quoted\" é", .price_in = 150000, .price_cached = 75000, .price_out = 600000
};
static struct model other = { .name = "other", .price_out = 7 };
static struct model_route first, second;

static struct turn turn_of(bool stored)
{
    struct turn turn = { .arena = arena,
                         .model = &model,
                         .id = turn_id_new(),
                         .conversation = conversation_id_new(),
                         .parent = message_id_new(),
                         .answer = message_id_new(),
                         .stored = stored,
                         .needs_title = true,
                         .period = 202611,
                         .hold = 123456789012345,
                         .prompt_tokens = 4711,
                         .upstream = &first.upstream,
                         .started_unix_ms = 1795000000123 };
    first.upstream.id = provider_id_new();
    second.upstream.id = provider_id_new();
    return turn;
}

static struct spooled read_back(struct turn_id id)
{
    struct spooled s;
    struct spool_reader *reader = spool_open_reader(1, id);
    (void)!spooled_read(reader, arena, &s, &(struct error){ 0 });
    spool_reader_close(&reader);
    return s;
}

static void put(struct spool *spool, enum spool_kind kind, const char *payload)
{
    if (spool_append(spool, kind, str_of(payload), &err) < 0)
        ok(0, "cannot write %c", kind);
}

static void headers_come_back(void)
{
    static const char seal[] = "\0sealed\xff scope of fifty-four bytes, or any other number";
    struct str sealed = { seal, sizeof seal };
    struct turn turn = turn_of(true);
    struct spool *spool = spool_open_new(1, turn.id);
    ok(spool_append(spool, SPOOL_HEADER, spool_header(arena, &turn, sealed), &err) == 0, "written");
    struct spooled s = read_back(turn.id);
    const struct turn_row *row = &s.settlement.row;
    ok(str_equal(s.sealed_scope, sealed), "the sealed scope, byte for byte");
    ok(turn_id_equal(row->id, turn.id), "the turn");
    ok(s.prompt_tokens == 4711, "the prompt's bound");
    ok(s.attempt_count == 0, "nobody was asked yet");
    ok(s.settlement.needs_title, "whether its conversation has a name");
    ok(!s.has_result && row->first_ms == -1 && !s.usage.known && s.spoken.content.len == 0 &&
           s.output_bytes == 0,
       "and that nothing came yet");
    spoken_free(&s.spoken);
    spool_discard(&spool);
}

/* The turn goes on with `leg`, as the relay does it. */
static void attempt(struct turn *turn, struct leg *leg)
{
    turn->model = leg->model;
    turn->upstream = &leg->route->upstream;
    turn->attempts.at = leg;
    attempts_begin(&turn->attempts, 1000);
    spool_attempt(turn);
}

static void attempts_come_back(void)
{
    struct turn turn = turn_of(true);
    struct leg legs[] = { { .model = &model, .route = &first },
                          { .model = &other, .route = &second } };
    struct error busy;
    fail(&busy, ERROR_UPSTREAM_BUSY, "upstream_unavailable", "Busy.");
    turn.attempts.legs = legs;
    turn.attempts.leg_count = 2;
    turn.spool = spool_open_new(1, turn.id);
    attempt(&turn, &legs[0]);
    put(turn.spool, SPOOL_USAGE, "{\"in\":7,\"cached\":3,\"out\":1,\"reasoning\":0}");
    struct spooled s = read_back(turn.id);
    ok(s.attempt_count == 1 && s.prices.in == 150000 && s.prices.cached == 75000 &&
           s.prices.out == 600000 && s.usage.known,
       "who is asked, and the prices");
    ok(str_is(s.attempts[0].model, model.name) &&
           provider_id_equal(s.attempts[0].provider, first.upstream.id) && !s.attempts[0].code.len,
       "by the names of model and provider");
    attempts_end(&turn.attempts, &busy, 1012);
    attempt(&turn, &legs[1]);
    turn_leave(&turn);
    s = read_back(turn.id);
    ok(s.attempt_count == 2 && str_is(s.attempts[0].code, "upstream_unavailable") &&
           s.attempts[0].ms == 12,
       "how it ended, when another followed");
    ok(str_is(s.attempts[1].model, "other") &&
           provider_id_equal(s.attempts[1].provider, second.upstream.id) && s.prices.in == 0 &&
           s.prices.out == 7,
       "the other's name and prices");
    ok(!s.usage.known, "what the first said it used is not the second's");
    ok(s.attempts[1].ms == turn.attempts.list[1].ms && s.attempts[1].ms > 0,
       "how long it took, from the result");
    for (int i = 0; i < 2 * ATTEMPTS_MOST; i++)
        put(turn.spool, SPOOL_ATTEMPT, "{\"model\":\"m\"}");
    ok(read_back(turn.id).attempt_count == ATTEMPTS_MOST,
       "a file cannot say that there were more than can be");
    spool_discard(&turn.spool);
}

static void answers_are_put_together(void)
{
    struct turn turn = turn_of(true);
    struct spool *spool = spool_open_new(1, turn.id);
    put(spool, SPOOL_EVENT, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Gr\"}}]}");
    put(spool, SPOOL_EVENT,
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\u00fc\\u00dfe\"}},"
        "{\"index\":1,\"delta\":{\"content\":\"other\"}}]}");
    struct spooled s = read_back(turn.id);
    is_text(text_str(&s.spoken.content).at, "Grüße", "the text of the first choice");
    is_number(s.output_bytes, 2 + 5 + 5, "bytes of all choices");
    ok(!s.usage.known && !s.has_result, "an answer cut short has neither usage nor result");
    spoken_free(&s.spoken);
    put(spool, SPOOL_USAGE, "{\"in\":7,\"cached\":3,\"out\":1,\"reasoning\":0}");
    put(spool, SPOOL_USAGE, "{\"in\":7,\"cached\":3,\"out\":9,\"reasoning\":2}");
    put(spool, SPOOL_RESULT,
        "{\"outcome\":\"failed\",\"code\":\"upstream_error\",\"first_ms\":12,\"total_ms\":345}");
    s = read_back(turn.id);
    ok(s.usage.known && s.usage.tokens_in == 7 && s.usage.tokens_cached == 3 &&
           s.usage.tokens_out == 9 && s.usage.tokens_reasoning == 2 && !s.usage.counted,
       "the last usage counts");
    ok(s.has_result && str_is(s.settlement.row.outcome, "failed") &&
           str_is(s.settlement.row.code, "upstream_error"),
       "the outcome and its code");
    ok(s.settlement.row.first_ms == 12 && s.settlement.row.total_ms == 345, "and the times");
    spoken_free(&s.spoken);
    spool_discard(&spool);
}

static void bodies_count_too(void)
{
    struct turn turn = turn_of(true);
    struct spool *spool = spool_open_new(1, turn.id);
    put(spool, SPOOL_BODY,
        "{\"choices\":[{\"message\":{\"content\":\"whole\"}}],\"usage\":"
        "{\"prompt_tokens\":4,\"completion_tokens\":5}}");
    struct spooled s = read_back(turn.id);
    is_text(text_str(&s.spoken.content).at, "whole", "an answer that was not streamed");
    ok(s.usage.known && s.usage.tokens_out == 5 && s.output_bytes == 5, "with its usage");
    spoken_free(&s.spoken);
    spool_discard(&spool);
}

/* Of embeddings nothing is left in the file to count later. */
static void counted_usage_says_so(void)
{
    struct turn turn = turn_of(false);
    struct spool *spool = spool_open_new(1, turn.id);
    put(spool, SPOOL_USAGE, "{\"in\":7,\"cached\":0,\"out\":0,\"reasoning\":0,\"counted\":true}");
    put(spool, SPOOL_BODY, "{\"object\":\"list\",\"data\":[{\"embedding\":[0.5]}]}");
    struct spooled s = read_back(turn.id);
    ok(s.usage.known && s.usage.counted && s.usage.tokens_in == 7 && s.usage.tokens_out == 0,
       "usage that was counted is known, and that it was");
    spoken_free(&s.spoken);
    spool_discard(&spool);
}

static void nonsense_is_survived(void)
{
    struct turn turn = turn_of(true);
    struct spool *spool = spool_open_new(1, turn.id);
    static const char *const nonsense[] = { "",
                                            "null",
                                            "[]",
                                            "1",
                                            "{",
                                            "\"x\"",
                                            "{\"scope\":1}",
                                            "{\"scope\":\"!!\"}",
                                            "{\"turn\":\"zz\",\"hold\":\"x\"}" };
    static const char kinds[] = "HPAEBURx";
    for (const char *kind = kinds; *kind; kind++)
        for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
            put(spool, (enum spool_kind) * kind, nonsense[i]);
    put(spool, SPOOL_EVENT, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"still\"}}]}");
    struct spooled s = read_back(turn.id);
    ok(!s.sealed_scope.at || s.sealed_scope.len == 0, "nonsense is no sealed scope");
    is_text(text_str(&s.spoken.content).at, "still", "and does not hide what else is there");
    spoken_free(&s.spoken);
    spool_discard(&spool);
}

int main(void)
{
    spool_place_make();
    headers_come_back();
    attempts_come_back();
    answers_are_put_together();
    bodies_count_too();
    counted_usage_says_so();
    nonsense_is_survived();
    spool_place_remove();
    return done();
}
