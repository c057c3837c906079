/* OpenAI's Responses, understood: the events of a stream and whole bodies. */
#include "responses.h"

#include "answer_write.h"
#include "upstream_error.h"

static const char bad_event[] = "upstream sent a malformed event";
static const char bad_body[] = "The provider sent no valid answer";

enum { OUTPUTS_MAX = 128, NO_CALL = 0, HAS_ARGUMENTS = 0x80 };

struct state {
    unsigned char call_of[OUTPUTS_MAX]; /* of an output item: its call's number from 1, and a bit */
    int32_t calls;
};

_Static_assert(sizeof(struct state) <= sizeof((struct decoder *)0)->scratch, "fits its place");

static struct told_usage told_of(const struct json *response)
{
    const struct json *usage = json_member(response, "usage");
    const struct json *in = json_member(usage, "input_tokens_details");
    return (struct told_usage){
        .in = told_tokens(usage, "input_tokens"),
        .out = told_tokens(usage, "output_tokens"),
        .cached = told_tokens(in, "cached_tokens"),
        .cache_written = told_tokens(in, "cache_write_tokens"),
        .reasoning = told_tokens(json_member(usage, "output_tokens_details"), "reasoning_tokens"),
    };
}

static enum finish finish_of(const struct json *response, bool has_calls)
{
    struct str reason =
        json_text(json_member(json_member(response, "incomplete_details"), "reason"));
    if (!str_is(json_text(json_member(response, "status")), "incomplete"))
        return has_calls ? FINISH_TOOL_CALLS : FINISH_STOP;
    return str_is(reason, "content_filter") ? FINISH_CONTENT_FILTER : FINISH_LENGTH;
}

static bool is_call(const struct json *item)
{
    return str_is(json_text(json_member(item, "type")), "function_call");
}

/* Where the call of an event's output item is remembered; NULL: nowhere. */
static unsigned char *call_of(struct state *s, const struct json *root)
{
    int64_t output = json_integer(json_member(root, "output_index"), -1);
    return output >= 0 && output < OUTPUTS_MAX ? &s->call_of[output] : NULL;
}

static void take_item(struct state *s, const struct json *root, struct chunks *chunks)
{
    const struct json *item = json_member(root, "item");
    unsigned char *call = call_of(s, root);
    if (!is_call(item))
        return;
    if (!call || *call || s->calls == OUTPUTS_MAX - 1) {
        chunks->failed = true;
        return;
    }
    chunk_call(chunks, 0, s->calls, json_text(json_member(item, "call_id")),
               json_text(json_member(item, "name")));
    *call = (unsigned char)++s->calls;
}

static void take_arguments(struct state *s, const struct json *root, const char *member,
                           struct chunks *chunks)
{
    unsigned char *call = call_of(s, root);
    struct str piece = json_text(json_member(root, member));
    bool is_whole = strcmp(member, "arguments") == 0;
    if (!call || !*call || !piece.len || (is_whole && *call & HAS_ARGUMENTS))
        return;
    chunk_arguments(chunks, 0, (*call & ~HAS_ARGUMENTS) - 1, piece);
    *call |= HAS_ARGUMENTS;
}

static void take_final(struct state *s, const struct json *root, struct chunks *chunks)
{
    const struct json *response = json_member(root, "response");
    struct told_usage told = told_of(response);
    chunk_finish(chunks, 0, finish_of(response, s->calls));
    chunk_usage(chunks, &told, (struct str){ 0 });
    chunks->out->end = true;
}

/* The many events that repeat what was said are passed over. */
static void take_event(struct state *s, struct str type, const struct json *root,
                       struct chunks *chunks)
{
    const struct json *delta = json_member(root, "delta");
    if (str_is(type, "response.output_text.delta"))
        chunk_text(chunks, 0, SAID_CONTENT, delta);
    else if (str_is(type, "response.refusal.delta"))
        chunk_text(chunks, 0, SAID_REFUSAL, delta);
    else if (str_is(type, "response.reasoning_summary_text.delta") ||
             str_is(type, "response.reasoning_text.delta"))
        chunk_text(chunks, 0, SAID_REASONING, delta);
    else if (str_is(type, "response.output_item.added"))
        take_item(s, root, chunks);
    else if (str_is(type, "response.function_call_arguments.delta"))
        take_arguments(s, root, "delta", chunks);
    else if (str_is(type, "response.function_call_arguments.done"))
        take_arguments(s, root, "arguments", chunks);
    else if (str_is(type, "response.completed") || str_is(type, "response.incomplete"))
        take_final(s, root, chunks);
}

int responses_decode_event(struct decoder *decoder, struct str event, struct str data,
                           struct arena *arena, struct decoded *out, struct error *err)
{
    struct json *root;
    struct state s;
    *out = (struct decoded){ 0 };
    if (str_is(data, "[DONE]")) /* never sent by OpenAI, but by some in between */
        return 0;
    if (answer_root(data, bad_event, arena, out, &root, err) != 0)
        return -1;
    struct str type = json_text(json_member(root, "type"));
    if (!type.at)
        type = event;
    if (str_is(type, "response.failed"))
        return upstream_error_streamed(decoder, json_member(root, "response"), out, err);
    if (str_is(type, "error") || upstream_error_object(root))
        return upstream_error_streamed(decoder, root, out, err);
    memcpy(&s, decoder->scratch, sizeof s);
    struct chunks chunks = chunks_into(decoder, arena, out);
    take_event(&s, type, root, &chunks);
    memcpy(decoder->scratch, &s, sizeof s);
    return chunks_close(&chunks, err);
}

static void read_texts(const struct json *list, struct answer *body)
{
    bool is_list = list && list->type == JSON_ARRAY;
    for (const struct json *part = is_list ? list->children : NULL; part; part = part->next) {
        struct str type = json_text(json_member(part, "type"));
        struct str text = json_text(json_member(part, "text"));
        if (str_is(type, "output_text"))
            answer_text(body, SAID_CONTENT, text);
        else if (str_is(type, "summary_text") || str_is(type, "reasoning_text"))
            answer_text(body, SAID_REASONING, text);
        else if (str_is(type, "refusal"))
            answer_text(body, SAID_REFUSAL, json_text(json_member(part, "refusal")));
    }
}

int responses_decode_body(const struct http_head *head, struct str source, struct arena *arena,
                          struct decoded *out, struct error *err)
{
    (void)head;
    struct json *root;
    struct answer body;
    bool has_calls = false;
    *out = (struct decoded){ 0 };
    if (answer_root(source, bad_body, arena, out, &root, err) != 0)
        return -1;
    const struct json *output = json_member(root, "output");
    if (upstream_error_object(root) || str_is(json_text(json_member(root, "status")), "failed"))
        return upstream_error_answered(root, out, err);
    if (!output || output->type != JSON_ARRAY)
        return malformed_answer(out, bad_body, err);
    struct told_usage told = told_of(root);
    answer_open(&body, arena, source, out);
    for (const struct json *item = output->children; item; item = item->next) {
        read_texts(json_member(item, "summary"), &body);
        read_texts(json_member(item, "content"), &body);
        if (is_call(item))
            answer_call(&body, json_text(json_member(item, "call_id")),
                        json_text(json_member(item, "name")),
                        json_text(json_member(item, "arguments")));
        has_calls = has_calls || is_call(item);
    }
    answer_choice(&body, finish_of(root, has_calls));
    answer_usage(&body, &told, (struct str){ 0 });
    return answer_close(&body, err);
}
