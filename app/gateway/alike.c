/* Answers of Azure, vLLM, llama.cpp, Ollama /v1 and TGI /v1, understood: annotations left out,
 * empty ids and models replaced, reasons and reasoning called by one name. */
#include "alike.h"

#include "answer_write.h"
#include "openai.h"
#include "raw_json.h"
#include "upstream_error.h"

static const char bad_event[] = "upstream sent a malformed event";
static const char bad_body[] = "The provider sent no valid answer";

enum { CALLS_MAX = 128 };

struct state {
    struct told_usage told; /* heard, and not yet passed on */
    bool has_usage;
};

static const struct json *first_of(const struct json *array)
{
    return array && array->type == JSON_ARRAY ? array->children : NULL;
}

static struct told_usage told_of(const struct json *usage)
{
    return (struct told_usage){
        .in = told_tokens(usage, "prompt_tokens"),
        .out = told_tokens(usage, "completion_tokens"),
        .cached = told_tokens(json_member(usage, "prompt_tokens_details"), "cached_tokens"),
        .cache_written = -1,
        .reasoning =
            told_tokens(json_member(usage, "completion_tokens_details"), "reasoning_tokens"),
    };
}

static const struct json *reasoning_of(const struct json *message)
{
    const struct json *reasoning = json_member(message, "reasoning_content");
    return json_is_set(reasoning) ? reasoning : json_member(message, "reasoning");
}

/* Arguments are text; a few servers send the object itself. */
static struct str arguments_of(const struct json *call, struct arena *arena)
{
    const struct json *arguments = json_member(json_member(call, "function"), "arguments");
    struct str compact;
    if (!json_is_set(arguments) || arguments->type == JSON_STRING)
        return json_text(arguments);
    return raw_compact(arena, arguments, &compact) ? compact : arguments->raw;
}

static struct str name_of(const struct json *call)
{
    return json_text(json_member(json_member(call, "function"), "name"));
}

/* Which call a fragment belongs to: by its index, else an id begins a new one. */
static int64_t number_of(const struct json *call, int64_t calls)
{
    int64_t last = calls ? calls - 1 : 0;
    bool begins = json_text(json_member(call, "id")).len > 0;
    return json_integer(json_member(call, "index"), begins ? calls : last);
}

static void take_call(const struct json *call, int64_t choice, bool keeps_ids,
                      struct chunks *chunks)
{
    unsigned char *count = &chunks->decoder->calls[choice];
    int64_t calls = *count, number = number_of(call, calls);
    if (number < 0 || number > calls || number >= CALLS_MAX) {
        chunks->failed = true;
        return;
    }
    if (number == calls) {
        struct str id = keeps_ids ? json_text(json_member(call, "id")) : (struct str){ 0 };
        chunk_call(chunks, choice, (int)number, id, name_of(call));
        ++*count;
    }
    chunk_arguments(chunks, choice, (int)number, arguments_of(call, chunks->arena));
}

static void take_choice(const struct json *choice, int64_t position, bool keeps_ids,
                        struct chunks *chunks)
{
    const struct json *delta = json_member(choice, "delta");
    const struct json *logprobs = json_member(choice, "logprobs");
    int64_t index = json_integer(json_member(choice, "index"), position);
    struct str reason = json_text(json_member(choice, "finish_reason"));
    if (index < 0 || index >= CHOICES_MAX) {
        chunks->failed = true;
        return;
    }
    chunk_text(chunks, index, SAID_REASONING, reasoning_of(delta));
    if (json_is_set(logprobs) && !raw_compact(chunks->arena, logprobs, &chunks->logprobs))
        chunks->failed = true;
    chunk_text(chunks, index, SAID_CONTENT, json_member(delta, "content"));
    chunk_text(chunks, index, SAID_REFUSAL, json_member(delta, "refusal"));
    chunks->logprobs = (struct str){ 0 };
    for (const struct json *call = first_of(json_member(delta, "tool_calls")); call;
         call = call->next)
        take_call(call, index, keeps_ids, chunks);
    if (!reason.len)
        return;
    enum finish finish = openai_finish_of(reason);
    chunk_finish(chunks, index,
                 finish == FINISH_STOP && chunks->decoder->calls[index] ? FINISH_TOOL_CALLS
                                                                        : finish);
}

static bool is_finished(const struct decoder *decoder)
{
    return decoder->choices_seen && decoder->choices_seen == decoder->choices_done;
}

/* Some tell the usage so far with every chunk: the client hears of it once, behind the choices. */
static void take_usage(const struct json *root, bool alone, struct state *s, struct chunks *chunks)
{
    const struct json *usage = json_member(root, "usage");
    struct str raw;
    if (!usage || usage->type != JSON_OBJECT)
        return;
    s->told = told_of(usage);
    s->has_usage = true;
    if (alone && is_finished(chunks->decoder) && raw_compact(chunks->arena, usage, &raw)) {
        chunk_usage(chunks, &s->told, raw);
        s->has_usage = false;
    } else {
        chunks->out->usage = told_usage_of(&s->told);
    }
}

/* [DONE]: it says that all is said, so what has not told why it ended has simply ended. */
static void take_end(struct state *s, struct chunks *chunks)
{
    const struct decoder *d = chunks->decoder;
    for (int i = 0; i < CHOICES_MAX; i++) {
        if ((d->choices_seen & ~d->choices_done) & UINT32_C(1) << i)
            chunk_finish(chunks, i, d->calls[i] ? FINISH_TOOL_CALLS : FINISH_STOP);
    }
    if (s->has_usage)
        chunk_usage(chunks, &s->told, (struct str){ 0 });
    s->has_usage = false;
    chunks->out->end = true;
}

static int decode_event(struct decoder *decoder, bool is_tgi, struct str data, struct arena *arena,
                        struct decoded *out, struct error *err)
{
    struct json *root;
    struct state s;
    int64_t position = 0;
    *out = (struct decoded){ 0 };
    while (data.len && *data.at == ' ')
        data = (struct str){ data.at + 1, data.len - 1 };
    if (!data.len || *data.at == ':') /* ": keep-alive" put into data */
        return 0;
    memcpy(&s, decoder->scratch, sizeof s);
    struct chunks chunks = chunks_into(decoder, arena, out);
    if (str_is(data, "[DONE]")) {
        take_end(&s, &chunks);
        memcpy(decoder->scratch, &s, sizeof s);
        return chunks_close(&chunks, err);
    }
    if (answer_root(data, bad_event, arena, out, &root, err) != 0)
        return -1;
    if (upstream_error_object(root))
        return upstream_error_streamed(decoder, root, out, err);
    const struct json *choices = json_member(root, "choices"), *usage = json_member(root, "usage");
    const struct json *first = first_of(choices);
    if (!(choices && choices->type == JSON_ARRAY) && !(usage && usage->type == JSON_OBJECT))
        return malformed_answer(out, bad_event, err);
    for (const struct json *c = first; c; c = c->next)
        take_choice(c, position++, !is_tgi, &chunks);
    take_usage(root, !first, &s, &chunks);
    memcpy(decoder->scratch, &s, sizeof s);
    return chunks_close(&chunks, err);
}

_Static_assert(sizeof(struct state) <= sizeof((struct decoder *)0)->scratch, "fits its place");

int alike_decode_event(struct decoder *decoder, struct str event, struct str data,
                       struct arena *arena, struct decoded *out, struct error *err)
{
    (void)event; /* some send a name with every event; none means anything */
    return decode_event(decoder, false, data, arena, out, err);
}

int alike_tgi_decode_event(struct decoder *decoder, struct str event, struct str data,
                           struct arena *arena, struct decoded *out, struct error *err)
{
    (void)event;
    return decode_event(decoder, true, data, arena, out, err);
}

static void read_choice(const struct json *choice, bool keeps_ids, struct arena *arena,
                        struct answer *body)
{
    const struct json *message = json_member(choice, "message");
    const struct json *first = first_of(json_member(message, "tool_calls"));
    enum finish finish = openai_finish_of(json_text(json_member(choice, "finish_reason")));
    answer_text(body, SAID_CONTENT, json_text(json_member(message, "content")));
    answer_text(body, SAID_REASONING, json_text(reasoning_of(message)));
    answer_text(body, SAID_REFUSAL, json_text(json_member(message, "refusal")));
    for (const struct json *call = first; call; call = call->next)
        answer_call(body, keeps_ids ? json_text(json_member(call, "id")) : (struct str){ 0 },
                    name_of(call), arguments_of(call, arena));
    answer_logprobs(body, json_member(choice, "logprobs"));
    answer_choice(body, finish == FINISH_STOP && first ? FINISH_TOOL_CALLS : finish);
}

static int decode_body(bool keeps_ids, struct str source, struct arena *arena, struct decoded *out,
                       struct error *err)
{
    struct json *root;
    struct answer body;
    *out = (struct decoded){ 0 };
    if (answer_root(source, bad_body, arena, out, &root, err) != 0)
        return -1;
    if (upstream_error_object(root))
        return upstream_error_answered(root, out, err);
    const struct json *usage = json_member(root, "usage");
    struct told_usage told = told_of(usage);
    answer_open(&body, arena, source, out);
    for (const struct json *c = first_of(json_member(root, "choices")); c; c = c->next)
        read_choice(c, keeps_ids, arena, &body);
    answer_usage(&body, &told, usage ? usage->raw : (struct str){ 0 });
    return answer_close(&body, err);
}

int alike_decode_body(const struct http_head *head, struct str source, struct arena *arena,
                      struct decoded *out, struct error *err)
{
    (void)head;
    return decode_body(true, source, arena, out, err);
}

int alike_tgi_decode_body(const struct http_head *head, struct str source, struct arena *arena,
                          struct decoded *out, struct error *err)
{
    (void)head;
    return decode_body(false, source, arena, out, err);
}
