/* Ollama's /api/chat, understood: the lines of a stream and whole bodies, which are one line. */
#include "ollama.h"

#include "answer_write.h"
#include "raw_json.h"
#include "upstream_error.h"

static const char bad_event[] = "upstream sent a malformed event";
static const char bad_body[] = "The provider sent no valid answer";

struct state {
    int32_t calls; /* tool calls so far */
};

static enum finish finish_of(struct str reason, bool has_calls)
{
    if (str_is(reason, "length"))
        return FINISH_LENGTH;
    return has_calls ? FINISH_TOOL_CALLS : FINISH_STOP;
}

/* Go leaves zeros out. */
static struct told_usage told_of(const struct json *root)
{
    struct told_usage told = TOLD_NOTHING;
    int64_t in = told_tokens(root, "prompt_eval_count"), out = told_tokens(root, "eval_count");
    told.in = in > 0 ? in : 0;
    told.out = out > 0 ? out : 0;
    return told;
}

static bool is_done(const struct json *root)
{
    const struct json *done = json_member(root, "done");
    return done && done->type == JSON_BOOL && done->boolean;
}

/* Arguments are an object; where the arena is full they stay as they are written. */
static struct str arguments_of(const struct json *call, struct arena *arena)
{
    const struct json *arguments = json_member(json_member(call, "function"), "arguments");
    struct str compact;
    if (!json_is_set(arguments))
        return STR("{}");
    if (arguments->type == JSON_STRING)
        return arguments->text.len ? arguments->text : STR("{}");
    return raw_compact(arena, arguments, &compact) ? compact : arguments->raw;
}

static const struct json *first_call(const struct json *message)
{
    const struct json *calls = json_member(message, "tool_calls");
    return calls && calls->type == JSON_ARRAY ? calls->children : NULL;
}

static struct str name_of(const struct json *call)
{
    return json_text(json_member(json_member(call, "function"), "name"));
}

static void take_calls(struct state *s, const struct json *message, struct chunks *chunks)
{
    for (const struct json *call = first_call(message); call; call = call->next) {
        chunk_call(chunks, 0, s->calls, json_text(json_member(call, "id")), name_of(call));
        chunk_arguments(chunks, 0, s->calls, arguments_of(call, chunks->arena));
        s->calls++;
    }
}

int ollama_decode_event(struct decoder *decoder, struct str event, struct str data,
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
    const struct json *message = json_member(root, "message");
    memcpy(&s, decoder->scratch, sizeof s);
    struct chunks chunks = chunks_into(decoder, arena, out);
    chunk_text(&chunks, 0, SAID_REASONING, json_member(message, "thinking"));
    chunk_text(&chunks, 0, SAID_CONTENT, json_member(message, "content"));
    take_calls(&s, message, &chunks);
    if (is_done(root)) {
        struct told_usage told = told_of(root);
        chunk_finish(&chunks, 0, finish_of(json_text(json_member(root, "done_reason")), s.calls));
        chunk_usage(&chunks, &told, (struct str){ 0 });
        out->end = true;
    }
    memcpy(decoder->scratch, &s, sizeof s);
    return chunks_close(&chunks, err);
}

int ollama_decode_body(const struct http_head *head, struct str source, struct arena *arena,
                       struct decoded *out, struct error *err)
{
    (void)head;
    struct json *root;
    struct answer body;
    *out = (struct decoded){ 0 };
    if (answer_root(source, bad_body, arena, out, &root, err) != 0)
        return -1;
    const struct json *message = json_member(root, "message");
    if (upstream_error_object(root))
        return upstream_error_answered(root, out, err);
    if (!message || message->type != JSON_OBJECT || !is_done(root))
        return malformed_answer(out, bad_body, err);
    struct told_usage told = told_of(root);
    answer_open(&body, arena, source, out);
    answer_text(&body, SAID_REASONING, json_text(json_member(message, "thinking")));
    answer_text(&body, SAID_CONTENT, json_text(json_member(message, "content")));
    for (const struct json *call = first_call(message); call; call = call->next)
        answer_call(&body, json_text(json_member(call, "id")), name_of(call),
                    arguments_of(call, arena));
    answer_choice(
        &body, finish_of(json_text(json_member(root, "done_reason")), first_call(message) != NULL));
    answer_usage(&body, &told, (struct str){ 0 });
    return answer_close(&body, err);
}
