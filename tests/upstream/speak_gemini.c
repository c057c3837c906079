/* Speaks Google's Gemini: whole answers as events, lines that end with CR LF, usage on each. */
#include "speak.h"

#include <string.h>

static const char *const finish_words[] = { "STOP", "MAX_TOKENS", "STOP", "SAFETY" };

static void add_call(const struct answer *answer, int i, struct buffer *out)
{
    const struct call *call = &answer->script.calls[i];
    buffer_addf(out, "{\"functionCall\":{\"name\":");
    add_text(out, call->name);
    buffer_addf(out, ",\"args\":%s}%s}", call->arguments,
                i ? "" : ",\"thoughtSignature\":\"c2NyaXB0ZWQ=\"");
}

static void add_part(const struct buffer *text, const char *more, struct buffer *out)
{
    buffer_addf(out, "{\"text\":");
    add_buffer(out, text);
    buffer_addf(out, "%s}", more);
}

static void begin_record(struct buffer *out)
{
    buffer_addf(out, "{\"candidates\":[{\"content\":{\"parts\":[");
}

static void end_record(const struct answer *answer, const char *reason, struct buffer *out)
{
    buffer_addf(out, "],\"role\":\"model\"}");
    if (reason)
        add_member(out, "finishReason", reason);
    buffer_addf(out, ",\"index\":0}]");
    if (!answer->script.no_usage) {
        struct counts counts = answer_counts(answer);
        buffer_addf(
            out,
            ",\"usageMetadata\":{\"promptTokenCount\":%lld,\"cachedContentTokenCount\":%lld,"
            "\"candidatesTokenCount\":%lld,\"thoughtsTokenCount\":%lld,"
            "\"totalTokenCount\":%lld}",
            counts.in, counts.cached, counts.out - counts.reasoning, counts.reasoning,
            counts.in + counts.out);
    }
    add_member(out, "modelVersion", answer_model(answer));
    buffer_addf(out, ",\"responseId\":\"%s\"}", answer->id);
}

static void say(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    buffer_addf(out, "data: ");
    begin_record(out);
    if (piece->saying == SAY_CALL)
        add_call(answer, piece->call, out);
    else
        add_part(&piece->bytes, piece->saying == SAY_REASONING ? ",\"thought\":true" : "", out);
    end_record(answer, NULL, out);
    buffer_addf(out, "\r\n\r\n");
}

/* The reason is the end mark. */
static void end(struct answer *answer, struct buffer *out)
{
    static const struct buffer nothing;
    if (answer->script.no_done)
        return;
    buffer_addf(out, "data: ");
    begin_record(out);
    add_part(&nothing, "", out);
    end_record(answer, answer_finish(answer, finish_words), out);
    buffer_addf(out, "\r\n\r\n");
}

static void whole(struct answer *answer, struct buffer *out)
{
    const char *comma = "";
    begin_record(out);
    if (answer->thought.len) {
        add_part(&answer->thought, ",\"thought\":true", out);
        comma = ",";
    }
    if (answer->said.len || !answer->call_count) {
        buffer_addf(out, "%s", comma);
        add_part(&answer->said, "", out);
        comma = ",";
    }
    for (int i = 0; i < answer->call_count; i++, comma = ",") {
        buffer_addf(out, "%s", comma);
        add_call(answer, i, out);
    }
    end_record(answer, answer_finish(answer, finish_words), out);
}

/* A wrong key is a 400, and when to come again is said in the body alone. */
static int refuse(const struct refusal *refusal, struct buffer *out)
{
    static const struct status_word words[] = {
        { 400, "INVALID_ARGUMENT" }, { 403, "PERMISSION_DENIED" },
        { 404, "NOT_FOUND" },        { 429, "RESOURCE_EXHAUSTED" },
        { 503, "UNAVAILABLE" },      { 504, "DEADLINE_EXCEEDED" },
        { 0, "INTERNAL" },
    };
    bool bad_key = refusal->status == 401;
    int status = bad_key ? 400 : refusal->status;
    buffer_addf(out, "{\"error\":{\"code\":%d", status);
    add_member(out, "message", refusal->message);
    add_member(out, "status", status_word(words, status));
    if (bad_key)
        buffer_addf(out, ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","
                         "\"reason\":\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}]");
    else if (refusal->retry_after >= 0)
        buffer_addf(out,
                    ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
                    "\"retryDelay\":\"%ds\"}]",
                    refusal->retry_after);
    buffer_addf(out, "}}");
    return status;
}

/* Without "data:", right behind the last record. */
static void fail(struct answer *answer, struct buffer *out)
{
    (void)answer;
    const struct refusal lost = { .status = 500, .message = LOST_THREAD, .retry_after = -1 };
    refuse(&lost, out);
}

const struct protocol gemini_protocol = {
    .name = "gemini",
    .addresses = { "*:generateContent", "*:streamGenerateContent" },
    .stream_address = "*:streamGenerateContent",
    .asking = { .messages = "contents",
                .content = "parts",
                .system = "systemInstruction",
                .limits = { "generationConfig.maxOutputTokens" } },
    .stream_type = "text/event-stream",
    .line = "data: %s\r\n\r\n",
    .whole_calls = true,
    .says_retry_in_body = true,
    .say = say,
    .end = end,
    .alive = add_comment,
    .fail = fail,
    .whole = whole,
    .refuse = refuse,
};
