/* OpenAI's chat completions, understood: chunks of a stream and whole bodies. They pass through to
 * the client verbatim, and here they are only read; a stream that clients would stumble over is
 * written anew from where it does. */
#include "openai.h"

#include "alike.h"
#include "openai_likeness.h"
#include "upstream_error.h"
#include "upstream_cause.h"

#include <limits.h>

enum { CHOICES_MAX = 32 };
static const int64_t tokens_max = 1000000000;

static int malformed(const char *words, struct error *err)
{
    fail(err, ERROR_UPSTREAM, "upstream_bad_response", "%s", words);
    err->type = "upstream_error";
    return -1;
}

static int64_t tokens_of(const struct json *object, const char *member, int64_t most)
{
    int64_t n = json_integer(json_member(object, member), -1);
    return n >= 0 && n <= most ? n : -1;
}

static struct usage read_usage(const struct json *usage)
{
    struct usage u = {
        .tokens_in = tokens_of(usage, "prompt_tokens", tokens_max),
        .tokens_out = tokens_of(usage, "completion_tokens", tokens_max),
    };
    if (u.tokens_in < 0 || u.tokens_out < 0)
        return (struct usage){ 0 };
    int64_t cached =
        tokens_of(json_member(usage, "prompt_tokens_details"), "cached_tokens", u.tokens_in);
    int64_t reasoning = tokens_of(json_member(usage, "completion_tokens_details"),
                                  "reasoning_tokens", u.tokens_out);
    u.tokens_cached = cached > 0 ? cached : 0;
    u.tokens_reasoning = reasoning > 0 ? reasoning : 0;
    u.known = true;
    return u;
}

enum finish openai_finish_of(struct str reason)
{
    if (str_is(reason, "length"))
        return FINISH_LENGTH;
    if (str_is(reason, "tool_calls") || str_is(reason, "function_call"))
        return FINISH_TOOL_CALLS;
    if (str_is(reason, "content_filter"))
        return FINISH_CONTENT_FILTER;
    return reason.len ? FINISH_STOP : FINISH_NONE; /* servers have words of their own for stop */
}

/* Arguments are text that grows; a few servers send the object itself. */
static size_t arguments_bytes(const struct json *call)
{
    const struct json *arguments = json_member(json_member(call, "function"), "arguments");
    if (!json_is_set(arguments))
        return 0;
    return arguments->type == JSON_STRING ? arguments->text.len : arguments->raw.len;
}

/* message: a chunk's delta or a body's message. */
static void read_message(const struct json *message, bool is_first, struct decoded *out)
{
    struct str content = json_text(json_member(message, "content"));
    struct str refusal = json_text(json_member(message, "refusal"));
    struct str reasoning = json_text(json_member(message, "reasoning_content"));
    if (!reasoning.at)
        reasoning = json_text(json_member(message, "reasoning"));
    out->output_bytes += content.len + reasoning.len + refusal.len;
    out->has_refusal = out->has_refusal || refusal.len;
    const struct json *calls = json_member(message, "tool_calls");
    for (const struct json *call = calls ? calls->children : NULL; call; call = call->next) {
        out->has_tool_calls = true;
        out->output_bytes += arguments_bytes(call);
    }
    if (is_first && content.len)
        out->content = content;
    if (is_first && reasoning.len)
        out->reasoning = reasoning;
}

static void count_calls(const struct json *message, unsigned char *count)
{
    const struct json *calls = json_member(message, "tool_calls");
    for (const struct json *call = calls ? calls->children : NULL; call; call = call->next) {
        int64_t index = json_integer(json_member(call, "index"), *count);
        if (index >= *count && index < UCHAR_MAX)
            *count = (unsigned char)(index + 1);
    }
}

static void read_choice(const struct json *choice, int64_t position, struct decoder *decoder,
                        struct decoded *out)
{
    int64_t index = json_integer(json_member(choice, "index"), position);
    struct str reason = json_text(json_member(choice, "finish_reason"));
    const struct json *message = json_member(choice, "delta");
    read_message(message ? message : json_member(choice, "message"), index == 0, out);
    if (index < 0 || index >= CHOICES_MAX)
        return;
    uint32_t bit = UINT32_C(1) << index;
    out->choices_started += !(decoder->choices_seen & bit);
    decoder->choices_seen |= bit;
    count_calls(message, &decoder->calls[index]);
    if (!reason.len)
        return;
    out->choices_finished += !(decoder->choices_done & bit);
    decoder->choices_done |= bit;
    if (index == 0)
        out->finish = openai_finish_of(reason);
}

static bool is_array(const struct json *value)
{
    return value && value->type == JSON_ARRAY;
}

static void read_answer(const struct json *root, struct decoder *decoder, struct decoded *out)
{
    const struct json *choices = json_member(root, "choices"), *usage = json_member(root, "usage");
    int64_t position = 0;
    for (const struct json *c = is_array(choices) ? choices->children : NULL; c; c = c->next) {
        if (c->type == JSON_OBJECT)
            read_choice(c, position, decoder, out);
        position++;
    }
    if (usage && usage->type == JSON_OBJECT) {
        out->usage = read_usage(usage);
        out->usage_only = position == 0;
    }
}

/* An event's data is one line of the client's stream: line ends between tokens become blanks. */
static int one_line(struct str raw, struct arena *arena, struct str *out)
{
    *out = raw;
    if (!memchr(raw.at, '\n', raw.len))
        return 0;
    char *copy = arena_try(arena, raw.len + 1);
    if (!copy)
        return -1;
    for (size_t i = 0; i < raw.len; i++)
        copy[i] = raw.at[i] == '\n' ? ' ' : raw.at[i];
    *out = (struct str){ copy, raw.len };
    return 0;
}

/* Clients rely on the member; some servers leave it out of the last chunk, or make it null. */
static int with_choices(const struct json *root, struct arena *arena, struct str *out)
{
    static const char inserted[] = "\"choices\":[],", empty[] = "[]";
    const struct json *choices = json_member(root, "choices");
    const char *put = choices ? empty : inserted;
    size_t put_len = strlen(put), before = 1, after = 1;
    if (choices) {
        before = (size_t)(choices->raw.at - root->raw.at);
        after = before + choices->raw.len;
    }
    char *copy = arena_try(arena, root->raw.len + put_len + 1);
    if (!copy)
        return -1;
    memcpy(copy, root->raw.at, before);
    memcpy(copy + before, put, put_len);
    memcpy(copy + before + put_len, root->raw.at + after, root->raw.len - after);
    return one_line((struct str){ copy, root->raw.len - (after - before) + put_len }, arena, out);
}

/* The whole record as an object, or -1 with the client's error. */
static int read_root(struct str data, const char *words, struct arena *arena, struct json **out,
                     struct error *err)
{
    static const struct json_limits limits = { .depth = 1000, .lenient = true };
    struct error why;
    if (json_parse(arena, data, &limits, out, &why) != 0) {
        malformed(words, err);
        return error_note(err, "%s", why.message);
    }
    if ((*out)->type != JSON_OBJECT)
        return malformed(words, err);
    return 0;
}

static int decode_chunk(struct decoder *decoder, const struct json *root, struct arena *arena,
                        struct decoded *out, struct error *err)
{
    static const char words[] = "upstream sent a malformed event";
    if (upstream_error_object(root))
        return upstream_error_fail(root, "upstream failed while streaming", err);
    read_answer(root, decoder, out);
    bool has_choices = is_array(json_member(root, "choices"));
    if (!has_choices && !out->usage_only)
        return malformed(words, err);
    if ((has_choices ? one_line(root->raw, arena, &out->chunk)
                     : with_choices(root, arena, &out->chunk)) != 0)
        return malformed(words, err);
    return 0;
}

/* From here on the stream is written anew; the scratch is the other decoder's now. */
static int rewrite(struct decoder *decoder, struct str data, struct arena *arena,
                   struct decoded *out, struct error *err)
{
    memset(decoder->scratch, 0, sizeof decoder->scratch);
    decoder->rewrites = true;
    return alike_decode_event(decoder, STR(""), data, arena, out, err);
}

/* Recovery reads what clients have got already, and knows no names to write. */
static bool can_rewrite(const struct decoder *decoder)
{
    return decoder->id != NULL;
}

int openai_decode_event(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err)
{
    struct json *root;
    if (decoder->rewrites)
        return alike_decode_event(decoder, event, data, arena, out, err);
    while (data.len && *data.at == ' ')
        data = (struct str){ data.at + 1, data.len - 1 };
    *out = (struct decoded){ .end = str_is(data, "[DONE]") };
    bool is_silent_end = out->end && decoder->choices_seen != decoder->choices_done;
    if (is_silent_end && can_rewrite(decoder)) /* it does not say why; the other knows */
        return rewrite(decoder, data, arena, out, err);
    if (out->end || !data.len || *data.at == ':') /* ": keep-alive" put into data */
        return 0;
    if (likeness_read(decoder, data, arena, out))
        return 0;
    int status = read_root(data, "upstream sent a malformed event", arena, &root, err);
    if (status == 0 && can_rewrite(decoder) && !upstream_error_object(root) &&
        !openai_is_proper(decoder, root))
        return rewrite(decoder, data, arena, out, err);
    if (status != 0 || decode_chunk(decoder, root, arena, out, err) != 0) {
        out->failed = true;
        return -1;
    }
    likeness_learn(decoder, data, root, out);
    return 0;
}

int openai_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                       struct decoded *out, struct error *err)
{
    (void)head;
    static const char words[] = "The provider sent no valid answer";
    struct decoder decoder = { 0 };
    struct json *root;
    *out = (struct decoded){ .failed = true };
    if (read_root(body, words, arena, &root, err) != 0)
        return -1;
    if (upstream_error_object(root))
        return upstream_error_fail(root, "The provider failed to answer", err);
    const struct json *choices = json_member(root, "choices");
    if (!is_array(choices) || !choices->count)
        return malformed(words, err);
    *out = (struct decoded){ .chunk = root->raw };
    read_answer(root, &decoder, out);
    return 0;
}
