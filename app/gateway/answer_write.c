/* Writes chat.completion objects, for decoders whose providers answer otherwise. */
#include "answer_write.h"

#include "raw_json.h"

static const size_t body_max_bytes = (size_t)64 << 20;

void answer_open(struct answer *b, struct arena *arena, struct str source, struct decoded *out)
{
    *out = (struct decoded){ 0 };
    *b = (struct answer){ .arena = arena, .out = out, .source = source };
    b->json = text_make(body_max_bytes);
    b->calls = text_make(body_max_bytes);
    for (int i = 0; i < 3; i++)
        b->said[i] = text_make(body_max_bytes);
    b->w = json_writer_new(arena, &b->json);
    json_object_open(b->w);
    json_key(b->w, "choices");
    json_array_open(b->w);
}

void answer_text(struct answer *b, enum said said, struct str text)
{
    text_add(&b->said[said], text);
    b->out->output_bytes += text.len;
}

/* The same answer gives the same ids, another one others. */
static uint64_t hash_of(struct str bytes)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.at[i]) * 0x100000001b3;
    return hash;
}

void answer_call(struct answer *b, struct str id, struct str name, struct str arguments)
{
    char made[40];
    if (!b->call_count++) {
        b->calls_w = json_writer_new(b->arena, &b->calls);
        json_array_open(b->calls_w);
    }
    if (!id.len) {
        snprintf(made, sizeof made, "call_%016llx_%d", (unsigned long long)hash_of(b->source),
                 b->choices * 100 + b->call_count - 1);
        id = str_of(made);
    }
    struct json_writer *w = b->calls_w;
    json_object_open(w);
    json_text_member(w, "id", id);
    json_c_member(w, "type", "function");
    json_key(w, "function");
    json_object_open(w);
    json_text_member(w, "name", name);
    json_text_member(w, "arguments", arguments.len ? arguments : STR("{}"));
    json_object_close(w);
    if (b->call_extra.at)
        json_raw_member(w, "extra_content", b->call_extra);
    b->call_extra = (struct str){ 0 };
    json_object_close(w);
    b->out->has_tool_calls = true;
    b->out->output_bytes += name.len + arguments.len;
}

void answer_logprobs(struct answer *b, const struct json *logprobs)
{
    if (logprobs && logprobs->type == JSON_OBJECT)
        b->logprobs = logprobs->raw;
}

static struct str or_null(const struct text *text)
{
    return text->len ? text_str(text) : (struct str){ 0 };
}

static void put_message(struct answer *b)
{
    struct str content = text_str(&b->said[SAID_CONTENT]);
    if (!content.len && b->call_count)
        content = (struct str){ 0 };
    json_key(b->w, "message");
    json_object_open(b->w);
    json_c_member(b->w, "role", "assistant");
    json_text_member(b->w, "content", content);
    json_text_member(b->w, "refusal", or_null(&b->said[SAID_REFUSAL]));
    if (b->said[SAID_REASONING].len)
        json_text_member(b->w, "reasoning_content", text_str(&b->said[SAID_REASONING]));
    if (b->call_count) {
        json_array_close(b->calls_w);
        b->json.over = b->json.over || b->calls.over;
        json_raw_member(b->w, "tool_calls", text_str(&b->calls));
    }
    json_object_close(b->w);
}

static struct str kept(struct answer *b, const struct text *text)
{
    struct str bytes = text_str(text), copy = { 0 };
    if (text->over || (text->len && !raw_join(b->arena, &bytes, 1, &copy)))
        b->json.over = true;
    return copy;
}

void answer_choice(struct answer *b, enum finish finish)
{
    json_object_open(b->w);
    json_integer_member(b->w, "index", b->choices);
    put_message(b);
    json_raw_member(b->w, "logprobs", b->logprobs);
    b->logprobs = (struct str){ 0 };
    json_c_member(b->w, "finish_reason", finish_text(finish));
    json_object_close(b->w);
    if (b->choices++ == 0) {
        b->out->content = kept(b, &b->said[SAID_CONTENT]);
        b->out->reasoning = kept(b, &b->said[SAID_REASONING]);
        b->out->finish = finish;
    }
    b->out->has_refusal = b->out->has_refusal || b->said[SAID_REFUSAL].len;
    b->out->choices_started++;
    b->out->choices_finished++;
    for (int i = 0; i < 3; i++)
        text_clear(&b->said[i]);
    text_clear(&b->calls);
    b->call_count = 0;
}

void answer_usage(struct answer *b, const struct told_usage *told, struct str raw)
{
    b->out->usage = told_usage_of(told);
    if (!b->out->usage.known)
        return;
    json_array_close(b->w);
    json_key(b->w, "usage");
    if (raw.at)
        json_put_raw(b->w, raw);
    else
        told_usage_write(b->w, told);
    b->has_usage = true;
}

int answer_close(struct answer *b, struct error *err)
{
    if (!b->has_usage)
        json_array_close(b->w);
    json_object_close(b->w);
    struct str json = text_str(&b->json);
    bool done = b->choices && !b->json.over && raw_join(b->arena, &json, 1, &b->out->chunk);
    text_free(&b->json);
    text_free(&b->calls);
    for (int i = 0; i < 3; i++)
        text_free(&b->said[i]);
    if (done)
        return 0;
    *b->out = (struct decoded){ 0 };
    return malformed_answer(b->out, "The provider sent no valid answer", err);
}

int provider_name_body(const struct decoder *decoder, struct arena *arena, struct decoded *decoded,
                       struct error *err)
{
    if (decoder->kind->speaks_openai || !decoded->chunk.len)
        return 0;
    const char *name = decoder->upstream ? decoder->upstream->public_name : NULL;
    char created[96];
    int n = snprintf(created, sizeof created,
                     "\",\"object\":\"chat.completion\",\"created\":%lld,\"model\":",
                     (long long)decoder->created);
    struct str pieces[] = { STR("{\"id\":\""),
                            str_of(decoder->id ? decoder->id : ""),
                            { created, (size_t)n },
                            { 0 },
                            STR(","),
                            { decoded->chunk.at + 1, decoded->chunk.len - 1 } };
    if (!raw_quote(arena, str_of(name ? name : ""), &pieces[3]) ||
        !raw_join(arena, pieces, 6, &decoded->chunk))
        return malformed_answer(decoded, "The provider sent no valid answer", err);
    return 0;
}
