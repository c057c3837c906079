/* Speaks Anthropic's Messages: named events, and blocks that are begun and ended. */
#include "speak.h"

static const char *const finish_words[] = { "end_turn", "max_tokens", "tool_use", "refusal" };

static void add_event(struct buffer *out, const char *type)
{
    buffer_addf(out, "event: %s\ndata: {\"type\":\"%s\"", type, type);
}

static void end_event(struct buffer *out)
{
    buffer_addf(out, "}\n\n");
}

/* input_tokens leaves out what came from the cache. */
static void add_usage_in(const struct answer *answer, struct buffer *out)
{
    struct counts counts = answer_counts(answer);
    buffer_addf(out,
                "\"input_tokens\":%lld,\"cache_creation_input_tokens\":0,"
                "\"cache_read_input_tokens\":%lld,",
                counts.in - counts.cached, counts.cached);
}

static void add_usage_out(const struct answer *answer, struct buffer *out)
{
    struct counts counts = answer_counts(answer);
    buffer_addf(out, "\"output_tokens\":%lld", counts.out);
    if (counts.reasoning)
        buffer_addf(out, ",\"output_tokens_details\":{\"thinking_tokens\":%lld}", counts.reasoning);
}

static void add_message(const struct answer *answer, struct buffer *out)
{
    buffer_addf(out, "{\"id\":\"%s\",\"type\":\"message\",\"role\":\"assistant\"", answer->id);
    add_member(out, "model", answer_model(answer));
    buffer_addf(out, ",\"content\":[");
}

static void begin(struct answer *answer, struct buffer *out)
{
    add_event(out, "message_start");
    buffer_addf(out, ",\"message\":");
    add_message(answer, out);
    buffer_addf(out, "],\"stop_reason\":null,\"stop_sequence\":null");
    if (!answer->script.no_usage) {
        buffer_addf(out, ",\"usage\":{");
        add_usage_in(answer, out);
        buffer_addf(out, "\"output_tokens\":1}");
    }
    buffer_addf(out, "}");
    end_event(out);
    add_event(out, "ping");
    end_event(out);
}

static void open_block(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    add_event(out, "content_block_start");
    buffer_addf(out, ",\"index\":%d,\"content_block\":", answer->block);
    if (piece->saying == SAY_REASONING) {
        buffer_addf(out, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}");
    } else if (piece->saying == SAY_TEXT) {
        buffer_addf(out, "{\"type\":\"text\",\"text\":\"\"}");
    } else {
        buffer_addf(out, "{\"type\":\"tool_use\",\"id\":\"%s\"", call_id(answer, piece->call));
        add_member(out, "name", answer->script.calls[piece->call].name);
        buffer_addf(out, ",\"input\":{}}");
    }
    end_event(out);
    answer->open = piece->saying;
}

static void open_delta(const struct answer *answer, const char *type, const char *member,
                       struct buffer *out)
{
    add_event(out, "content_block_delta");
    buffer_addf(out, ",\"index\":%d,\"delta\":{\"type\":\"%s\",\"%s\":", answer->block, type,
                member);
}

static void close_block(struct answer *answer, struct buffer *out)
{
    if (answer->open == SAY_NOTHING)
        return;
    if (answer->open == SAY_REASONING) {
        open_delta(answer, "signature_delta", "signature", out);
        buffer_addf(out, "\"c2NyaXB0ZWQ=\"}");
        end_event(out);
    }
    add_event(out, "content_block_stop");
    buffer_addf(out, ",\"index\":%d", answer->block++);
    end_event(out);
    answer->open = SAY_NOTHING;
}

static void say(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    static const char *const types[] = { [SAY_REASONING] = "thinking_delta",
                                         [SAY_TEXT] = "text_delta",
                                         [SAY_CALL] = "input_json_delta" };
    static const char *const members[] = {
        [SAY_REASONING] = "thinking", [SAY_TEXT] = "text", [SAY_CALL] = "partial_json"
    };
    if (piece->first) {
        close_block(answer, out);
        open_block(answer, piece, out);
    }
    open_delta(answer, types[piece->saying], members[piece->saying], out);
    add_buffer(out, &piece->bytes);
    buffer_addf(out, "}");
    end_event(out);
}

static void finish(struct answer *answer, struct buffer *out)
{
    close_block(answer, out);
    add_event(out, "message_delta");
    buffer_addf(out, ",\"delta\":{\"stop_reason\":");
    add_text(out, answer_finish(answer, finish_words));
    buffer_addf(out, ",\"stop_sequence\":null}");
    if (!answer->script.no_usage) {
        buffer_addf(out, ",\"usage\":{");
        add_usage_out(answer, out);
        buffer_addf(out, "}");
    }
    end_event(out);
}

static void end(struct answer *answer, struct buffer *out)
{
    if (answer->script.no_done)
        return;
    add_event(out, "message_stop");
    end_event(out);
}

static void alive(struct buffer *out)
{
    add_event(out, "ping");
    end_event(out);
}

static int refuse(const struct refusal *refusal, struct buffer *out)
{
    static const struct status_word types[] = {
        { 400, "invalid_request_error" }, { 401, "authentication_error" },
        { 402, "billing_error" },         { 403, "permission_error" },
        { 404, "not_found_error" },       { 413, "request_too_large" },
        { 429, "rate_limit_error" },      { 504, "timeout_error" },
        { 529, "overloaded_error" },      { 0, "api_error" },
    };
    buffer_addf(out, "{\"type\":\"error\",\"error\":{\"type\":\"%s\"",
                status_word(types, refusal->status));
    add_member(out, "message", refusal->message);
    buffer_addf(out, "},\"request_id\":\"req_scripted\"}");
    return refusal->status;
}

static void fail(struct answer *answer, struct buffer *out)
{
    (void)answer;
    const struct refusal lost = { .status = 500, .message = LOST_THREAD, .retry_after = -1 };
    buffer_addf(out, "event: error\ndata: ");
    refuse(&lost, out);
    buffer_addf(out, "\n\n");
}

static void add_blocks(const struct answer *answer, struct buffer *out)
{
    const char *comma = "";
    if (answer->thought.len) {
        buffer_addf(out, "{\"type\":\"thinking\"");
        add_member(out, "thinking", answer->thought.at);
        buffer_addf(out, ",\"signature\":\"c2NyaXB0ZWQ=\"}");
        comma = ",";
    }
    if (answer->said.len) {
        buffer_addf(out, "%s{\"type\":\"text\"", comma);
        add_member(out, "text", answer->said.at);
        buffer_addf(out, "}");
        comma = ",";
    }
    for (int i = 0; i < answer->call_count; i++, comma = ",") {
        const struct call *call = &answer->script.calls[i];
        buffer_addf(out, "%s{\"type\":\"tool_use\",\"id\":\"%s\"", comma, call_id(answer, i));
        add_member(out, "name", call->name);
        buffer_addf(out, ",\"input\":%s}", call->arguments);
    }
}

static void whole(struct answer *answer, struct buffer *out)
{
    add_message(answer, out);
    add_blocks(answer, out);
    buffer_addf(out, "],\"stop_reason\":");
    add_text(out, answer_finish(answer, finish_words));
    buffer_addf(out, ",\"stop_sequence\":null");
    if (!answer->script.no_usage) {
        buffer_addf(out, ",\"usage\":{");
        add_usage_in(answer, out);
        add_usage_out(answer, out);
        buffer_addf(out, "}");
    }
    buffer_addf(out, "}");
}

const struct protocol anthropic_protocol = {
    .name = "anthropic",
    .addresses = { "*/v1/messages" },
    .needs = "anthropic-version",
    .asking = { .messages = "messages",
                .content = "content",
                .system = "system",
                .limits = { "max_tokens" },
                .limit_required = true },
    .stream_type = "text/event-stream; charset=utf-8",
    .line = "event: content_block_delta\ndata: %s\n\n",
    .request_id = "request-id",
    .begin = begin,
    .say = say,
    .finish = finish,
    .end = end,
    .alive = alive,
    .fail = fail,
    .whole = whole,
    .refuse = refuse,
};
