/* Google's Gemini, understood: the records of a stream and whole bodies, which look the same. */
#include "gemini.h"

#include "answer_write.h"
#include "raw_json.h"
#include "upstream_error.h"

static const char bad_event[] = "upstream sent a malformed event";
static const char bad_body[] = "The provider sent no valid answer";

struct state {
    unsigned char calls[CHOICES_MAX]; /* tool calls so far, of each candidate */
};

/* What a finishReason comes to. failed: the model broke off with nothing usable. */
struct ending {
    enum finish finish;
    bool failed;
};

static struct ending ending_of(struct str reason)
{
    static const char *const filtered[] = { "SAFETY",   "RECITATION",         "BLOCKLIST",   "SPII",
                                            "LANGUAGE", "PROHIBITED_CONTENT", "IMAGE_SAFETY" };
    if (str_is(reason, "STOP") || !reason.len)
        return (struct ending){ FINISH_STOP, false };
    if (str_is(reason, "MAX_TOKENS"))
        return (struct ending){ FINISH_LENGTH, false };
    for (size_t i = 0; i < sizeof filtered / sizeof *filtered; i++) {
        if (str_is(reason, filtered[i]))
            return (struct ending){ FINISH_CONTENT_FILTER, false };
    }
    return (struct ending){ FINISH_STOP, true };
}

static int64_t or_zero(int64_t tokens)
{
    return tokens > 0 ? tokens : 0;
}

static struct told_usage told_of(const struct json *root)
{
    const struct json *usage = json_member(root, "usageMetadata");
    struct told_usage told = TOLD_NOTHING;
    if (!usage || usage->type != JSON_OBJECT)
        return told;
    told.reasoning = told_tokens(usage, "thoughtsTokenCount");
    told.cached = told_tokens(usage, "cachedContentTokenCount");
    told.in = or_zero(told_tokens(usage, "promptTokenCount")) +
              or_zero(told_tokens(usage, "toolUsePromptTokenCount"));
    told.out = or_zero(told_tokens(usage, "candidatesTokenCount")) + or_zero(told.reasoning);
    return told;
}

static bool is_true(const struct json *value)
{
    return value && value->type == JSON_BOOL && value->boolean;
}

static const struct json *first_of(const struct json *array)
{
    return array && array->type == JSON_ARRAY ? array->children : NULL;
}

static const struct json *first_part(const struct json *candidate)
{
    return first_of(json_member(json_member(candidate, "content"), "parts"));
}

static struct str arguments_of(const struct json *call, struct arena *arena)
{
    const struct json *arguments = json_member(call, "args");
    struct str compact = STR("{}");
    if (json_is_set(arguments) && !raw_compact(arena, arguments, &compact))
        return arguments->raw;
    return compact;
}

/* What the next turn must bring back, in the place that Google's own OpenAI surface has for it. */
static bool extra_of(const struct json *part, struct arena *arena, struct str *out)
{
    const struct json *signature = json_member(part, "thoughtSignature");
    if (!json_text(signature).len)
        return true;
    struct str pieces[] = { STR("{\"google\":{\"thought_signature\":"), signature->raw, STR("}}") };
    return raw_join(arena, pieces, 3, out);
}

static void take_part(const struct json *part, int64_t index, struct state *s,
                      struct chunks *chunks)
{
    const struct json *call = json_member(part, "functionCall");
    chunk_text(chunks, index, is_true(json_member(part, "thought")) ? SAID_REASONING : SAID_CONTENT,
               json_member(part, "text"));
    if (!json_is_set(call))
        return;
    int number = s->calls[index]++;
    chunks->failed = !extra_of(part, chunks->arena, &chunks->call_extra) || chunks->failed;
    chunk_call(chunks, index, number, json_text(json_member(call, "id")),
               json_text(json_member(call, "name")));
    chunk_arguments(chunks, index, number, arguments_of(call, chunks->arena));
    chunks->failed = chunks->failed || number == UINT8_MAX;
}

static int take_candidate(const struct json *candidate, struct state *s, struct chunks *chunks,
                          struct error *err)
{
    int64_t index = json_integer(json_member(candidate, "index"), 0);
    if (index < 0 || index >= CHOICES_MAX)
        return malformed_answer(chunks->out, bad_event, err);
    for (const struct json *part = first_part(candidate); part; part = part->next)
        take_part(part, index, s, chunks);
    struct str reason = json_text(json_member(candidate, "finishReason"));
    if (!reason.len)
        return 0;
    struct ending ending = ending_of(reason);
    if (ending.failed && !(chunks->decoder->choices_seen & UINT32_C(1) << index))
        return upstream_error_streamed(chunks->decoder, candidate, chunks->out, err);
    if (ending.finish == FINISH_STOP && s->calls[index])
        ending.finish = FINISH_TOOL_CALLS;
    chunk_finish(chunks, index, ending.finish);
    return 0;
}

static int64_t answers_wanted(const struct decoder *decoder)
{
    const struct completion *completion = decoder->completion;
    return json_integer(json_member(completion ? completion->parameters : NULL, "n"), 1);
}

/* Every record tells the usage so far; the client hears of it once, when all is said. */
static void take_usage(const struct json *root, struct chunks *chunks)
{
    struct told_usage told = told_of(root);
    const struct decoder *d = chunks->decoder;
    if (d->choices_seen == d->choices_done &&
        __builtin_popcount(d->choices_done) >= answers_wanted(d))
        chunk_usage(chunks, &told, (struct str){ 0 });
    else
        chunks->out->usage = told_usage_of(&told);
}

static bool is_blocked(const struct json *root)
{
    return json_is_set(json_member(json_member(root, "promptFeedback"), "blockReason"));
}

int gemini_decode_event(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err)
{
    struct json *root;
    struct state s;
    (void)event;
    *out = (struct decoded){ 0 };
    if (answer_root(data, bad_event, arena, out, &root, err) != 0)
        return -1;
    if (upstream_error_object(root))
        return upstream_error_streamed(decoder, root, out, err);
    memcpy(&s, decoder->scratch, sizeof s);
    struct chunks chunks = chunks_into(decoder, arena, out);
    const struct json *candidates = json_member(root, "candidates");
    for (const struct json *c = first_of(candidates); c; c = c->next) {
        if (take_candidate(c, &s, &chunks, err) != 0)
            return -1;
    }
    if (is_blocked(root) && !first_of(candidates))
        chunk_finish(&chunks, 0, FINISH_CONTENT_FILTER);
    take_usage(root, &chunks);
    memcpy(decoder->scratch, &s, sizeof s);
    return chunks_close(&chunks, err);
}

/* False: it broke off and holds nothing. */
static bool read_candidate(const struct json *candidate, struct arena *arena, struct answer *body)
{
    bool any = false, has_calls = false;
    for (const struct json *part = first_part(candidate); part; part = part->next) {
        const struct json *call = json_member(part, "functionCall");
        struct str text = json_text(json_member(part, "text"));
        answer_text(body, is_true(json_member(part, "thought")) ? SAID_REASONING : SAID_CONTENT,
                    text);
        if (json_is_set(call) && extra_of(part, arena, &body->call_extra))
            answer_call(body, json_text(json_member(call, "id")),
                        json_text(json_member(call, "name")), arguments_of(call, arena));
        has_calls = has_calls || json_is_set(call);
        any = any || text.len || has_calls;
    }
    struct ending ending = ending_of(json_text(json_member(candidate, "finishReason")));
    answer_choice(body,
                  ending.finish == FINISH_STOP && has_calls ? FINISH_TOOL_CALLS : ending.finish);
    return any || !ending.failed;
}

int gemini_decode_body(const struct http_head *head, struct str source, struct arena *arena,
                       struct decoded *out, struct error *err)
{
    (void)head;
    struct json *root;
    struct answer body;
    bool good = true;
    *out = (struct decoded){ 0 };
    if (answer_root(source, bad_body, arena, out, &root, err) != 0)
        return -1;
    if (upstream_error_object(root))
        return upstream_error_answered(root, out, err);
    const struct json *first = first_of(json_member(root, "candidates"));
    struct told_usage told = told_of(root);
    answer_open(&body, arena, source, out);
    for (const struct json *c = first; c; c = c->next)
        good = read_candidate(c, arena, &body) && good;
    if (!first && is_blocked(root))
        answer_choice(&body, FINISH_CONTENT_FILTER);
    answer_usage(&body, &told, (struct str){ 0 });
    if (answer_close(&body, err) != 0)
        return -1;
    return good ? 0 : upstream_error_answered(root, out, err);
}
