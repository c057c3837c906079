/* Speaks OpenAI's chat completions, with the manners of whoever is asked. */
#include "speak_openai.h"

#include <string.h>
#include <time.h>

static const char *const finish_words[] = { "stop", "length", "tool_calls", "content_filter" };

static const struct manners *manners_of(const struct answer *answer)
{
    return answer->protocol->manners;
}

static void add_head(struct answer *answer, const char *object, struct buffer *out)
{
    const struct manners *manners = manners_of(answer);
    buffer_addf(out, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%lld,\"model\":",
                manners->no_id ? "" : answer->id, object, (long long)time(NULL));
    add_text(out, answer_model(answer));
    buffer_addf(out, ",\"system_fingerprint\":%s,\"choices\":[", manners->fingerprint);
}

static void begin_chunk(struct answer *answer, struct buffer *out)
{
    buffer_addf(out, "data: ");
    add_head(answer, "chat.completion.chunk", out);
}

static bool tells_usage(const struct answer *answer)
{
    return answer->question.include_usage && !answer->script.no_usage;
}

static void end_choice(struct answer *answer, const char *reason, struct buffer *out)
{
    const struct manners *manners = manners_of(answer);
    buffer_addf(out, "},\"finish_reason\":");
    if (reason)
        add_text(out, reason);
    else
        buffer_addf(out, "null");
    bool says_null = manners->usage_null && tells_usage(answer);
    buffer_addf(out, "%s}]%s}\n\n", manners->choice, says_null ? ",\"usage\":null" : "");
}

static void add_usage(struct answer *answer, struct buffer *out)
{
    struct counts counts = answer_counts(answer);
    buffer_addf(out,
                ",\"usage\":{\"prompt_tokens\":%lld,\"completion_tokens\":%lld,"
                "\"total_tokens\":%lld,\"prompt_tokens_details\":{\"cached_tokens\":%lld}",
                counts.in, counts.out, counts.in + counts.out, counts.cached);
    if (counts.reasoning)
        buffer_addf(out, ",\"completion_tokens_details\":{\"reasoning_tokens\":%lld}",
                    counts.reasoning);
    buffer_addf(out, "}%s", manners_of(answer)->usage);
}

static void add_call(const struct answer *answer, const struct piece *piece, struct buffer *out)
{
    const struct manners *manners = manners_of(answer);
    const struct call *call = &answer->script.calls[piece->call];
    bool repeated = manners->calls == CALLS_REPEATED;
    buffer_addf(out, "\"tool_calls\":[{\"index\":%d", piece->call);
    if (piece->first || repeated)
        buffer_addf(out, ",\"id\":\"%s\",\"type\":\"function\"",
                    repeated ? "0" : call_id(answer, piece->call));
    buffer_addf(out, ",\"function\":{");
    if (piece->first) {
        buffer_addf(out, "\"name\":");
        add_text(out, call->name);
    } else if (repeated) {
        buffer_addf(out, "\"name\":null");
    }
    buffer_addf(out, "%s\"arguments\":", piece->first || repeated ? "," : "");
    add_buffer(out, &piece->bytes);
    buffer_addf(out, "}}]");
}

/* The name in a chunk of its own, without arguments. */
static void add_name(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    begin_chunk(answer, out);
    buffer_addf(out,
                "{\"index\":0,\"delta\":{\"tool_calls\":[{\"id\":\"%s\",\"type\":\"function\","
                "\"index\":%d,\"function\":{\"name\":",
                call_id(answer, piece->call), piece->call);
    add_text(out, answer->script.calls[piece->call].name);
    buffer_addf(out, "}}]");
    end_choice(answer, NULL, out);
}

void openai_begin(struct answer *answer, struct buffer *out)
{
    const struct manners *manners = manners_of(answer);
    if (manners->opening)
        buffer_addf(out, "data: %s\n\n", manners->opening);
    if (!manners->first_delta)
        return;
    begin_chunk(answer, out);
    buffer_addf(out, "{\"index\":0,\"delta\":{%s", manners->first_delta);
    end_choice(answer, NULL, out);
}

void openai_say(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    const struct manners *manners = manners_of(answer);
    struct piece rest = *piece;
    if (piece->saying == SAY_CALL) {
        if (manners->one_call && piece->call)
            return;
        if (manners->calls == CALLS_NAME_FIRST && piece->first) {
            add_name(answer, piece, out);
            rest.first = false;
        }
    }
    begin_chunk(answer, out);
    buffer_addf(out, "{\"index\":0,\"delta\":{%s%s", manners->each_delta,
                answer->chunks_said == 1 ? manners->first_piece : "");
    if (piece->saying == SAY_CALL) {
        add_call(answer, &rest, out);
    } else {
        buffer_addf(out, "\"%s\":", piece->saying == SAY_TEXT ? "content" : manners->reasoning);
        add_buffer(out, &piece->bytes);
    }
    end_choice(answer, NULL, out);
}

void openai_finish(struct answer *answer, struct buffer *out)
{
    const struct manners *manners = manners_of(answer);
    if (manners->silent_calls && answer->call_count && !answer->script.finish_reason)
        return;
    begin_chunk(answer, out);
    buffer_addf(out, "{\"index\":0,\"delta\":{%s", manners->last_delta);
    end_choice(answer, answer_finish(answer, finish_words), out);
}

void openai_end(struct answer *answer, struct buffer *out)
{
    if (tells_usage(answer)) {
        begin_chunk(answer, out);
        buffer_addf(out, "]");
        add_usage(answer, out);
        buffer_addf(out, "}\n\n");
    }
    if (!answer->script.no_done)
        buffer_addf(out, "data: [DONE]\n\n");
}

void openai_fail(struct answer *answer, struct buffer *out)
{
    const struct refusal lost = { .status = 500, .message = LOST_THREAD, .retry_after = -1 };
    buffer_addf(out, "data: ");
    answer->protocol->refuse(&lost, out);
    buffer_addf(out, "\n\n");
    if (manners_of(answer)->done_after_error)
        buffer_addf(out, "data: [DONE]\n\n");
}

static void add_calls(const struct answer *answer, struct buffer *out)
{
    buffer_addf(out, ",\"tool_calls\":[");
    for (int i = 0; i < answer->call_count; i++) {
        if (i && manners_of(answer)->one_call)
            break;
        buffer_addf(out,
                    "%s{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":", i ? "," : "",
                    manners_of(answer)->calls == CALLS_REPEATED ? "0" : call_id(answer, i));
        add_text(out, answer->script.calls[i].name);
        add_member(out, "arguments", answer->script.calls[i].arguments);
        buffer_addf(out, "}}");
    }
    buffer_addf(out, "]");
}

void openai_whole(struct answer *answer, struct buffer *out)
{
    const struct manners *manners = manners_of(answer);
    add_head(answer, "chat.completion", out);
    buffer_addf(out, "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    if (answer->call_count && !answer->said.len)
        buffer_addf(out, "null");
    else
        add_buffer(out, &answer->said);
    if (answer->thought.len)
        add_member(out, manners->reasoning, answer->thought.at);
    if (answer->call_count)
        add_calls(answer, out);
    buffer_addf(out, ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":");
    bool silent = manners->silent_calls && !answer->script.finish_reason;
    add_text(out, silent ? "stop" : answer_finish(answer, finish_words));
    buffer_addf(out, "%s}]%s", manners->choice_whole, manners->whole);
    if (!answer->script.no_usage)
        add_usage(answer, out);
    buffer_addf(out, "}");
}

static int refuse(const struct refusal *refusal, struct buffer *out)
{
    static const struct status_word types[] = {
        { 429, "rate_limit_exceeded" }, { 500, "server_error" },        { 502, "server_error" },
        { 503, "server_error" },        { 0, "invalid_request_error" },
    };
    buffer_addf(out, "{\"error\":{\"message\":");
    add_text(out, refusal->message);
    add_member(out, "type", status_word(types, refusal->status));
    buffer_addf(out, ",\"param\":null,\"code\":");
    if (refusal->code)
        add_text(out, refusal->code);
    else
        buffer_addf(out, "null");
    buffer_addf(out, "}}");
    return refusal->status;
}

static const struct manners plain = {
    .fingerprint = "null",
    .first_delta = "\"role\":\"assistant\"",
    .each_delta = "",
    .first_piece = "",
    .last_delta = "",
    .reasoning = "reasoning_content",
    .choice = ",\"logprobs\":null",
    .choice_whole = "",
    .whole = "",
    .usage = "",
    .usage_null = true,
};

const struct protocol openai_protocol = {
    .name = "openai",
    .addresses = { "*/chat/completions" },
    .manners = &plain,
    .request_id = "x-request-id",
    .fail = openai_fail,
    .refuse = refuse,
    SPEAKING_OPENAI,
};
