/* What a turn leaves in its file for whoever settles it after its worker died. */
#include "spool_record.h"

#include "spool_file.h"

#include "base/codec.h"
#include "json/write.h"

#define CONTENT_MAX_BYTES (16 << 20)
#define TOKENS_MOST       1000000000000LL
#define RECORD_MAX_BYTES  16384

struct str spool_header(struct arena *arena, const struct turn *turn, struct str sealed_scope)
{
    char id[ID_TEXT_MAX];
    struct text json = text_make(RECORD_MAX_BYTES);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    json_text_member(w, "scope", base64url_encode(arena, sealed_scope));
    json_c_member(w, "turn", turn_id_text(turn->id, id));
    json_bool_member(w, "needs_title", turn->needs_title);
    json_integer_member(w, "prompt", turn->prompt_tokens);
    json_object_close(w);
    struct str copy = arena_copy(arena, text_str(&json));
    text_free(&json);
    return copy;
}

struct str spool_place(struct arena *arena, const struct turn *turn)
{
    char id[ID_TEXT_MAX];
    struct text json = text_make(RECORD_MAX_BYTES);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    json_c_member(w, "turn_id", turn_id_text(turn->id, id));
    if (turn->stored) {
        json_c_member(w, "conversation_id", conversation_id_text(turn->conversation, id));
        json_c_member(w, "parent_id", message_id_text(turn->parent, id));
        json_c_member(w, "message_id", message_id_text(turn->answer, id));
    }
    json_c_member(w, "model", turn->model->name);
    json_object_close(w);
    struct str copy = arena_copy(arena, text_str(&json));
    text_free(&json);
    return copy;
}

static int64_t number_of_member(const struct json *record, const char *key)
{
    return json_integer(json_member(record, key), 0);
}

static void header_read(const struct json *record, struct arena *arena, struct spooled *out)
{
    struct str scope;
    if (base64url_decode(arena, json_text(json_member(record, "scope")), &scope))
        out->sealed_scope = scope;
    turn_id_parse(json_text(json_member(record, "turn")), &out->settlement.row.id);
    const struct json *needs = json_member(record, "needs_title");
    out->settlement.needs_title = needs && needs->boolean;
    out->prompt_tokens = number_of_member(record, "prompt");
}

/* What the one before said it used is nothing that the client ever got. */
static void attempt_read(const struct json *record, struct arena *arena, struct spooled *out)
{
    struct attempt attempt = { .code = STR("") };
    if (out->attempt_count == ATTEMPTS_MOST)
        return;
    if (out->attempt_count) {
        struct attempt *before = &out->attempts[out->attempt_count - 1];
        before->code = arena_copy(arena, json_text(json_member(record, "before")));
        before->ms = number_of_member(record, "before_ms");
    }
    attempt.model = arena_copy(arena, json_text(json_member(record, "model")));
    provider_id_parse(json_text(json_member(record, "provider")), &attempt.provider);
    out->attempts[out->attempt_count++] = attempt;
    out->usage = (struct usage){ 0 };
    out->prices = (struct prices){ number_of_member(record, "price_in"),
                                   number_of_member(record, "price_cached"),
                                   number_of_member(record, "price_out") };
}

static void usage_read(const struct json *record, struct spooled *out)
{
    const struct json *counted = json_member(record, "counted");
    struct usage usage = { .known = true,
                           .tokens_in = number_of_member(record, "in"),
                           .tokens_cached = number_of_member(record, "cached"),
                           .tokens_out = number_of_member(record, "out"),
                           .tokens_reasoning = number_of_member(record, "reasoning"),
                           .counted = counted && counted->boolean };
    const int64_t numbers[] = { usage.tokens_in, usage.tokens_cached, usage.tokens_out,
                                usage.tokens_reasoning };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] < 0 || numbers[i] > TOKENS_MOST)
            return; /* a damaged record says nothing */
    out->usage = usage;
}

static void result_read(const struct json *record, struct arena *arena, struct spooled *out)
{
    struct turn_row *row = &out->settlement.row;
    row->outcome = arena_copy(arena, json_text(json_member(record, "outcome")));
    row->code = arena_copy(arena, json_text(json_member(record, "code")));
    row->first_ms = json_integer(json_member(record, "first_ms"), -1);
    row->total_ms = number_of_member(record, "total_ms");
    out->has_result = true;
    if (out->attempt_count)
        out->attempts[out->attempt_count - 1].ms = number_of_member(record, "attempt_ms");
}

/* Events and bodies are in OpenAI's form whatever the provider spoke: one decoder reads them all.
 */
static void answer_read(enum spool_kind kind, struct str payload, struct decoder *decoder,
                        struct arena *scratch, struct arena *arena, struct spooled *out)
{
    struct decoded decoded = { 0 };
    struct error ignored;
    int status =
        kind == SPOOL_BODY
            ? decoder->kind->decode_body(NULL, payload, scratch, &decoded, &ignored)
            : decoder->kind->decode_event(decoder, STR(""), payload, scratch, &decoded, &ignored);
    if (status < 0)
        return;
    spoken_take(&out->spoken, &decoded, arena, scratch);
    out->output_bytes += (int64_t)decoded.output_bytes;
    if (decoded.usage.known)
        out->usage = decoded.usage;
}

static void record_read(enum spool_kind kind, struct str payload, struct arena *scratch,
                        struct arena *arena, struct spooled *out)
{
    struct json *record;
    struct error ignored;
    if (json_parse(scratch, payload, NULL, &record, &ignored) < 0)
        return;
    if (kind == SPOOL_HEADER)
        header_read(record, arena, out);
    else if (kind == SPOOL_ATTEMPT)
        attempt_read(record, arena, out);
    else if (kind == SPOOL_USAGE)
        usage_read(record, out);
    else if (kind == SPOOL_RESULT)
        result_read(record, arena, out);
}

int spooled_read(struct spool_reader *reader, struct arena *arena, struct spooled *out,
                 struct error *err)
{
    struct decoder decoder = { .kind = provider_kind_find("openai") };
    struct arena *scratch = arena_new(CONTENT_MAX_BYTES * 4);
    *out = (struct spooled){ .spoken = spoken_make(CONTENT_MAX_BYTES),
                             .settlement = { .row = { .first_ms = -1 } } };
    enum spool_kind kind;
    struct str payload;
    int status;
    while ((status = spool_next(reader, &kind, &payload)) == 1) {
        arena_reset(scratch);
        out->records++;
        if (kind == SPOOL_EVENT || kind == SPOOL_BODY)
            answer_read(kind, payload, &decoder, scratch, arena, out);
        else
            record_read(kind, payload, scratch, arena, out);
    }
    arena_free(&scratch);
    return status < 0 ? spool_unavailable(err, "read") : 0;
}
