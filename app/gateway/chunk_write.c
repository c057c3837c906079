/* Writes chat.completion.chunk objects for decoders whose providers speak otherwise. Texts that
 * come as JSON strings are copied as they are: no decoding, no escaping, one allocation a chunk. */
#include "chunk_write.h"

#include "raw_json.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *finish_text(enum finish finish)
{
    static const char *const texts[] = { [FINISH_NONE] = "stop",
                                         [FINISH_STOP] = "stop",
                                         [FINISH_LENGTH] = "length",
                                         [FINISH_TOOL_CALLS] = "tool_calls",
                                         [FINISH_CONTENT_FILTER] = "content_filter" };
    return texts[finish];
}

int malformed_answer(struct decoded *out, const char *words, struct error *err)
{
    out->failed = true;
    fail(err, ERROR_UPSTREAM, "upstream_bad_response", "%s", words);
    err->type = "upstream_error";
    return -1;
}

int answer_root(struct str source, const char *words, struct arena *arena, struct decoded *out,
                struct json **root_out, struct error *err)
{
    static const struct json_limits limits = { .depth = 1000, .lenient = true };
    struct error why;
    if (json_parse(arena, source, &limits, root_out, &why) != 0) {
        malformed_answer(out, words, err);
        return error_note(err, "%s", why.message);
    }
    return (*root_out)->type == JSON_OBJECT ? 0 : malformed_answer(out, words, err);
}

struct chunks chunks_into(struct decoder *decoder, struct arena *arena, struct decoded *out)
{
    return (struct chunks){ .decoder = decoder, .arena = arena, .out = out };
}

static void add_chunk(struct chunks *c, struct str json, bool usage_only)
{
    if (!c->out->chunk.at) {
        c->out->chunk = json;
        c->out->usage_only = usage_only;
        return;
    }
    struct decoded_chunk *chunk = arena_try(c->arena, sizeof *chunk);
    if (!chunk) {
        c->failed = true;
        return;
    }
    *chunk = (struct decoded_chunk){ .json = json, .usage_only = usage_only };
    *(c->last ? &c->last->next : &c->out->more) = chunk;
    c->last = chunk;
}

/* Everything up to the choices, and from behind them. */
static void put(struct chunks *c, const struct str *inner, size_t count, bool usage_only)
{
    const struct decoder *d = c->decoder;
    const char *name = d->upstream ? d->upstream->public_name : NULL;
    char created[96];
    int n = snprintf(created, sizeof created,
                     "\",\"object\":\"chat.completion.chunk\",\"created\":%lld,\"model\":",
                     (long long)d->created);
    struct str pieces[12] = { STR("{\"id\":\""),
                              str_of(d->id ? d->id : ""),
                              { created, (size_t)n } };
    struct str whole;
    if (c->failed || !raw_quote(c->arena, str_of(name ? name : ""), &pieces[3])) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        pieces[4 + i] = inner[i];
    pieces[4 + count] = STR("}");
    if (raw_join(c->arena, pieces, 5 + count, &whole))
        add_chunk(c, whole, usage_only);
    else
        c->failed = true;
}

/* delta: an object. */
static void put_choice(struct chunks *c, int64_t choice, struct str delta, struct str after)
{
    char index[96];
    int n = snprintf(index, sizeof index, ",\"choices\":[{\"index\":%d,\"delta\":", (int)choice);
    put(c, (struct str[]){ { index, (size_t)n }, delta, after, STR("}]") }, 4, false);
}

static const char unfinished[] = ",\"finish_reason\":null";

/* False: nothing can be said of this choice. */
static bool open_choice(struct chunks *c, int64_t choice)
{
    if (choice < 0 || choice >= CHOICES_MAX)
        c->failed = true;
    if (c->failed)
        return false;
    uint32_t bit = UINT32_C(1) << choice;
    if (!(c->decoder->choices_seen & bit)) {
        c->decoder->choices_seen |= bit;
        c->out->choices_started++;
        put_choice(c, choice, STR("{\"role\":\"assistant\",\"content\":\"\"}"), str_of(unfinished));
    }
    return true;
}

static void put_delta(struct chunks *c, int64_t choice, const struct str *pieces, size_t count)
{
    struct str delta, after = str_of(unfinished);
    if (c->logprobs.at &&
        !raw_join(c->arena, (struct str[]){ STR(",\"logprobs\":"), c->logprobs, after }, 3, &after))
        c->failed = true;
    c->logprobs = (struct str){ 0 };
    if (raw_join(c->arena, pieces, count, &delta))
        put_choice(c, choice, delta, after);
    else
        c->failed = true;
}

void chunk_text(struct chunks *c, int64_t choice, enum said said, const struct json *string)
{
    static const char *const members[] = { [SAID_CONTENT] = "{\"content\":",
                                           [SAID_REASONING] = "{\"reasoning_content\":",
                                           [SAID_REFUSAL] = "{\"refusal\":" };
    struct str text = json_text(string);
    if (!text.len || !open_choice(c, choice))
        return;
    put_delta(c, choice, (struct str[]){ str_of(members[said]), string->raw, STR("}") }, 3);
    c->out->output_bytes += text.len;
    c->out->has_refusal = c->out->has_refusal || said == SAID_REFUSAL;
    struct str *told = said == SAID_CONTENT ? &c->out->content : &c->out->reasoning;
    if (choice != 0 || said == SAID_REFUSAL)
        return;
    if (!told->len)
        *told = text;
    else if (!raw_join(c->arena, (struct str[]){ *told, text }, 2, told))
        c->failed = true;
}

void chunk_plain_text(struct chunks *c, int64_t choice, enum said said, struct str text)
{
    struct json string = { .type = JSON_STRING, .text = text };
    if (raw_quote(c->arena, text, &string.raw))
        chunk_text(c, choice, said, &string);
    else
        c->failed = true;
}

void chunk_call(struct chunks *c, int64_t choice, int call, struct str id, struct str name)
{
    char index[96];
    struct str raw_id = { 0 }, raw_name = { 0 };
    if (!open_choice(c, choice))
        return;
    if (!id.len) /* as unique as the stream, and within the 40 bytes that OpenAI takes back */
        id = str_of(arena_printf(c->arena, "call_%.31s_%d",
                                 c->decoder->id ? c->decoder->id : "insula",
                                 (int)choice * 100 + call));
    if (!raw_quote(c->arena, id, &raw_id) || !raw_quote(c->arena, name, &raw_name))
        c->failed = true;
    int n = snprintf(index, sizeof index, "{\"tool_calls\":[{\"index\":%d,\"id\":", call);
    struct str pieces[] = { { index, (size_t)n },
                            raw_id,
                            STR(",\"type\":\"function\",\"function\":{\"name\":"),
                            raw_name,
                            STR(",\"arguments\":\"\"}"),
                            c->call_extra.at ? STR(",\"extra_content\":") : STR(""),
                            c->call_extra.at ? c->call_extra : STR(""),
                            STR("}]}") };
    put_delta(c, choice, pieces, COUNT(pieces));
    c->call_extra = (struct str){ 0 };
    c->out->has_tool_calls = true;
    c->out->output_bytes += name.len;
}

void chunk_arguments(struct chunks *c, int64_t choice, int call, struct str arguments)
{
    char index[96];
    struct str raw;
    if (!arguments.len || !open_choice(c, choice))
        return;
    if (!raw_quote(c->arena, arguments, &raw)) {
        c->failed = true;
        return;
    }
    int n = snprintf(index, sizeof index,
                     "{\"tool_calls\":[{\"index\":%d,\"function\":{\"arguments\":", call);
    put_delta(c, choice, (struct str[]){ { index, (size_t)n }, raw, STR("}}]}") }, 3);
    c->out->has_tool_calls = true;
    c->out->output_bytes += arguments.len;
}

void chunk_finish(struct chunks *c, int64_t choice, enum finish finish)
{
    char after[48];
    if (!open_choice(c, choice))
        return;
    uint32_t bit = UINT32_C(1) << choice;
    if (c->decoder->choices_done & bit)
        return;
    c->decoder->choices_done |= bit;
    c->out->choices_finished++;
    int n = snprintf(after, sizeof after, ",\"finish_reason\":\"%s\"", finish_text(finish));
    put_choice(c, choice, STR("{}"), (struct str){ after, (size_t)n });
    if (choice == 0)
        c->out->finish = finish;
}

void chunk_usage(struct chunks *c, const struct told_usage *told, struct str raw)
{
    struct usage usage = told_usage_of(told);
    if (!usage.known)
        return;
    struct text json = text_make(512);
    if (!raw.at) {
        told_usage_write(json_writer_new(c->arena, &json), told);
        raw = text_str(&json);
    }
    c->out->usage = usage;
    put(c, (struct str[]){ STR(",\"choices\":[],\"usage\":"), raw }, 2, true);
    text_free(&json);
}

int chunks_close(struct chunks *c, struct error *err)
{
    return c->failed ? malformed_answer(c->out, "upstream sent a malformed event", err) : 0;
}
