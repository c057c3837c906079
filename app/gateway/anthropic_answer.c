/* Anthropic's Messages, understood: the events of a stream and whole bodies. */
#include "anthropic.h"

#include "answer_write.h"
#include "raw_json.h"
#include "upstream_error.h"

static const char bad_event[] = "upstream sent a malformed event";
static const char bad_body[] = "The provider sent no valid answer";

/* Blocks come one after the other; a tool's is the only one that must be remembered. */
struct state {
    int64_t tool_block; /* index of the open tool block, from 1; 0: none is open */
    int32_t calls;      /* tool calls so far */
    bool has_arguments; /* of the open one */
    bool has_usage;
    int64_t input, output, created, read, thinking; /* tokens; usage is told in two parts */
};

_Static_assert(sizeof(struct state) <= sizeof((struct decoder *)0)->scratch, "fits its place");

static enum finish finish_of(struct str reason)
{
    if (str_is(reason, "max_tokens") || str_is(reason, "model_context_window_exceeded"))
        return FINISH_LENGTH;
    if (str_is(reason, "tool_use"))
        return FINISH_TOOL_CALLS;
    return str_is(reason, "refusal") ? FINISH_CONTENT_FILTER : FINISH_STOP;
}

static void take_tokens(const struct json *usage, const char *member, int64_t *count)
{
    int64_t n = told_tokens(usage, member);
    if (n >= 0)
        *count = n;
}

/* Counts are cumulative: a later one replaces an earlier one. */
static void take_usage(struct state *s, const struct json *usage)
{
    if (!s->has_usage)
        s->output = s->thinking = -1;
    s->has_usage = true;
    take_tokens(usage, "input_tokens", &s->input);
    take_tokens(usage, "output_tokens", &s->output);
    take_tokens(usage, "cache_creation_input_tokens", &s->created);
    take_tokens(usage, "cache_read_input_tokens", &s->read);
    take_tokens(json_member(usage, "output_tokens_details"), "thinking_tokens", &s->thinking);
}

static struct told_usage told_of(const struct state *s)
{
    if (!s->has_usage)
        return TOLD_NOTHING;
    return (struct told_usage){ .in = s->input + s->created + s->read,
                                .out = s->output,
                                .cached = s->read,
                                .cache_written = s->created,
                                .reasoning = s->thinking };
}

static int64_t block_of(const struct json *root)
{
    return json_integer(json_member(root, "index"), -2) + 1;
}

static void start_block(struct state *s, const struct json *root, struct chunks *chunks)
{
    const struct json *block = json_member(root, "content_block");
    struct str type = json_text(json_member(block, "type"));
    chunk_text(chunks, 0, SAID_CONTENT, str_is(type, "text") ? json_member(block, "text") : NULL);
    chunk_text(chunks, 0, SAID_REASONING,
               str_is(type, "thinking") ? json_member(block, "thinking") : NULL);
    if (!str_is(type, "tool_use"))
        return;
    chunk_call(chunks, 0, s->calls, json_text(json_member(block, "id")),
               json_text(json_member(block, "name")));
    s->calls++;
    s->tool_block = block_of(root);
    s->has_arguments = false;
}

static void take_delta(struct state *s, const struct json *root, struct chunks *chunks)
{
    const struct json *delta = json_member(root, "delta");
    struct str type = json_text(json_member(delta, "type"));
    if (str_is(type, "text_delta"))
        chunk_text(chunks, 0, SAID_CONTENT, json_member(delta, "text"));
    else if (str_is(type, "thinking_delta"))
        chunk_text(chunks, 0, SAID_REASONING, json_member(delta, "thinking"));
    if (!str_is(type, "input_json_delta") || !s->tool_block || block_of(root) != s->tool_block)
        return; /* signatures, citations, the input of tools that run over there */
    struct str piece = json_text(json_member(delta, "partial_json"));
    chunk_arguments(chunks, 0, s->calls - 1, piece);
    s->has_arguments = s->has_arguments || piece.len;
}

static void stop_block(struct state *s, const struct json *root, struct chunks *chunks)
{
    if (!s->tool_block || block_of(root) != s->tool_block)
        return;
    if (!s->has_arguments)
        chunk_arguments(chunks, 0, s->calls - 1, STR("{}"));
    s->tool_block = 0;
}

static void take_message_delta(struct state *s, const struct json *root, struct chunks *chunks)
{
    struct str reason = json_text(json_member(json_member(root, "delta"), "stop_reason"));
    take_usage(s, json_member(root, "usage"));
    if (!reason.len)
        return;
    struct told_usage told = told_of(s);
    chunk_finish(chunks, 0, finish_of(reason));
    chunk_usage(chunks, &told, (struct str){ 0 });
}

static void take_event(struct state *s, struct str type, const struct json *root,
                       struct chunks *chunks)
{
    if (str_is(type, "message_start"))
        take_usage(s, json_member(json_member(root, "message"), "usage"));
    else if (str_is(type, "content_block_start"))
        start_block(s, root, chunks);
    else if (str_is(type, "content_block_delta"))
        take_delta(s, root, chunks);
    else if (str_is(type, "content_block_stop"))
        stop_block(s, root, chunks);
    else if (str_is(type, "message_delta"))
        take_message_delta(s, root, chunks);
    else if (str_is(type, "message_stop"))
        chunks->out->end = true;
}

int anthropic_decode_event(struct decoder *decoder, struct str event, struct str data,
                           struct arena *arena, struct decoded *out, struct error *err)
{
    struct json *root;
    struct state s;
    *out = (struct decoded){ 0 };
    if (answer_root(data, bad_event, arena, out, &root, err) != 0)
        return -1;
    struct str type = json_text(json_member(root, "type"));
    if (!type.at)
        type = event;
    if (str_is(type, "error") || upstream_error_object(root))
        return upstream_error_streamed(decoder, root, out, err);
    memcpy(&s, decoder->scratch, sizeof s);
    struct chunks chunks = chunks_into(decoder, arena, out);
    take_event(&s, type, root, &chunks);
    memcpy(decoder->scratch, &s, sizeof s);
    return chunks_close(&chunks, err);
}

static void read_block(const struct json *block, struct arena *arena, struct answer *body)
{
    struct str type = json_text(json_member(block, "type")), input = STR("{}");
    if (str_is(type, "text"))
        answer_text(body, SAID_CONTENT, json_text(json_member(block, "text")));
    else if (str_is(type, "thinking"))
        answer_text(body, SAID_REASONING, json_text(json_member(block, "thinking")));
    if (!str_is(type, "tool_use"))
        return;
    const struct json *given = json_member(block, "input");
    if (json_is_set(given) && !raw_compact(arena, given, &input))
        input = given->raw;
    answer_call(body, json_text(json_member(block, "id")), json_text(json_member(block, "name")),
                input);
}

int anthropic_decode_body(const struct http_head *head, struct str source, struct arena *arena,
                          struct decoded *out, struct error *err)
{
    (void)head;
    struct json *root;
    struct answer body;
    struct state s = { 0 };
    *out = (struct decoded){ 0 };
    if (answer_root(source, bad_body, arena, out, &root, err) != 0)
        return -1;
    const struct json *content = json_member(root, "content");
    if (upstream_error_object(root))
        return upstream_error_answered(root, out, err);
    if (!content || content->type != JSON_ARRAY)
        return malformed_answer(out, bad_body, err);
    answer_open(&body, arena, source, out);
    for (const struct json *block = content->children; block; block = block->next)
        read_block(block, arena, &body);
    answer_choice(&body, finish_of(json_text(json_member(root, "stop_reason"))));
    take_usage(&s, json_member(root, "usage"));
    struct told_usage told = told_of(&s);
    answer_usage(&body, &told, (struct str){ 0 });
    return answer_close(&body, err);
}
