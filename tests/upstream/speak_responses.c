/* Speaks OpenAI's Responses: named and numbered events, items that are begun and ended. */
#include "speak.h"

#include <string.h>
#include <time.h>

static const char *const finish_words[] = { "completed", "max_output_tokens", "completed",
                                            "content_filter" };

static void add_event(struct answer *answer, const char *type, struct buffer *out)
{
    buffer_addf(out, "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d", type, type,
                answer->sequence++);
}

static void end_event(struct buffer *out)
{
    buffer_addf(out, "}\n\n");
}

static const char *item_prefix(enum saying saying)
{
    return saying == SAY_REASONING ? "rs" : saying == SAY_TEXT ? "msg" : "fc";
}

/* Which item and which part of it an event is about. */
static void add_place(const struct answer *answer, enum saying saying, struct buffer *out)
{
    buffer_addf(out, ",\"item_id\":\"%s_%d\",\"output_index\":%d", item_prefix(saying),
                answer->block, answer->block);
    if (saying == SAY_REASONING)
        buffer_addf(out, ",\"summary_index\":0");
    else if (saying == SAY_TEXT)
        buffer_addf(out, ",\"content_index\":0");
}

static void add_part(enum saying saying, const struct buffer *text, struct buffer *out)
{
    buffer_addf(out, "{\"type\":\"%s\",\"text\":",
                saying == SAY_REASONING ? "summary_text" : "output_text");
    add_buffer(out, text);
    buffer_addf(out, "%s}", saying == SAY_TEXT ? ",\"annotations\":[],\"logprobs\":[]" : "");
}

/* text: NULL while the item is only begun. */
static void add_item(const struct answer *answer, enum saying saying, int index, int call,
                     const struct buffer *text, struct buffer *out)
{
    const char *status = text ? "completed" : "in_progress";
    buffer_addf(out, "{\"id\":\"%s_%d\",", item_prefix(saying), index);
    if (saying == SAY_CALL) {
        buffer_addf(out, "\"type\":\"function_call\",\"status\":\"%s\",\"call_id\":\"%s\"", status,
                    call_id(answer, call));
        add_member(out, "name", answer->script.calls[call].name);
        add_member(out, "arguments", text ? answer->script.calls[call].arguments : "");
        buffer_addf(out, "}");
        return;
    }
    if (saying == SAY_REASONING)
        buffer_addf(out, "\"type\":\"reasoning\",\"summary\":[");
    else
        buffer_addf(out,
                    "\"type\":\"message\",\"status\":\"%s\",\"role\":\"assistant\",\"content\":[",
                    status);
    if (text)
        add_part(saying, text, out);
    buffer_addf(out, "]}");
}

static void add_output(const struct answer *answer, struct buffer *out)
{
    int index = 0;
    if (answer->thought.len)
        add_item(answer, SAY_REASONING, index++, 0, &answer->thought, out);
    if (answer->said.len || !answer->call_count) {
        buffer_addf(out, "%s", index ? "," : "");
        add_item(answer, SAY_TEXT, index++, 0, &answer->said, out);
    }
    for (int i = 0; i < answer->call_count; i++) {
        buffer_addf(out, "%s", index ? "," : "");
        add_item(answer, SAY_CALL, index++, i, &answer->said, out);
    }
}

static void add_usage(const struct answer *answer, struct buffer *out)
{
    struct counts counts = answer_counts(answer);
    buffer_addf(out,
                "{\"input_tokens\":%lld,\"input_tokens_details\":{\"cached_tokens\":%lld,"
                "\"cache_write_tokens\":0},\"output_tokens\":%lld,\"output_tokens_details\":"
                "{\"reasoning_tokens\":%lld},\"total_tokens\":%lld}",
                counts.in, counts.cached, counts.out, counts.reasoning, counts.in + counts.out);
}

static void add_response(const struct answer *answer, bool over, struct buffer *out)
{
    const char *reason = answer_finish(answer, finish_words);
    bool complete = strcmp(reason, "completed") == 0;
    buffer_addf(out,
                "{\"id\":\"resp_%s\",\"object\":\"response\",\"created_at\":%lld,\"status\":\"%s\"",
                answer->id, (long long)time(NULL),
                !over      ? "in_progress"
                : complete ? "completed"
                           : "incomplete");
    buffer_addf(out, ",\"error\":null,\"incomplete_details\":");
    if (over && !complete) {
        buffer_addf(out, "{\"reason\":");
        add_text(out, reason);
        buffer_addf(out, "}");
    } else {
        buffer_addf(out, "null");
    }
    add_member(out, "model", answer_model(answer));
    buffer_addf(out, ",\"output\":[");
    if (over)
        add_output(answer, out);
    buffer_addf(out, "],\"parallel_tool_calls\":true,\"tool_choice\":\"auto\",\"tools\":[],"
                     "\"store\":false,\"metadata\":{},\"usage\":");
    if (over && !answer->script.no_usage)
        add_usage(answer, out);
    else
        buffer_addf(out, "null");
    buffer_addf(out, "}");
}

static void begin(struct answer *answer, struct buffer *out)
{
    static const char *const types[] = { "response.created", "response.in_progress" };
    for (int i = 0; i < 2; i++) {
        add_event(answer, types[i], out);
        buffer_addf(out, ",\"response\":");
        add_response(answer, false, out);
        end_event(out);
    }
}

static void open_item(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    static const struct buffer nothing;
    add_event(answer, "response.output_item.added", out);
    buffer_addf(out, ",\"output_index\":%d,\"item\":", answer->block);
    add_item(answer, piece->saying, answer->block, piece->call, NULL, out);
    end_event(out);
    answer->open = piece->saying;
    if (piece->saying == SAY_CALL)
        return;
    add_event(answer,
              piece->saying == SAY_TEXT ? "response.content_part.added"
                                        : "response.reasoning_summary_part.added",
              out);
    add_place(answer, piece->saying, out);
    buffer_addf(out, ",\"part\":");
    add_part(piece->saying, &nothing, out);
    end_event(out);
}

static void close_text(struct answer *answer, const struct buffer *text, struct buffer *out)
{
    bool is_text = answer->open == SAY_TEXT;
    add_event(answer,
              is_text ? "response.output_text.done" : "response.reasoning_summary_text.done", out);
    add_place(answer, answer->open, out);
    buffer_addf(out, ",\"text\":");
    add_buffer(out, text);
    buffer_addf(out, "%s", is_text ? ",\"logprobs\":[]" : "");
    end_event(out);
    add_event(answer,
              is_text ? "response.content_part.done" : "response.reasoning_summary_part.done", out);
    add_place(answer, answer->open, out);
    buffer_addf(out, ",\"part\":");
    add_part(answer->open, text, out);
    end_event(out);
}

static void close_item(struct answer *answer, int call, struct buffer *out)
{
    const struct buffer *text = answer->open == SAY_TEXT ? &answer->said : &answer->thought;
    if (answer->open == SAY_NOTHING)
        return;
    if (answer->open == SAY_CALL) {
        add_event(answer, "response.function_call_arguments.done", out);
        add_place(answer, SAY_CALL, out);
        add_member(out, "name", answer->script.calls[call].name);
        add_member(out, "arguments", answer->script.calls[call].arguments);
        end_event(out);
    } else {
        close_text(answer, text, out);
    }
    add_event(answer, "response.output_item.done", out);
    buffer_addf(out, ",\"output_index\":%d,\"item\":", answer->block);
    add_item(answer, answer->open, answer->block, call, text, out);
    end_event(out);
    answer->block++;
    answer->open = SAY_NOTHING;
}

static void say(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    static const char *const types[] = { [SAY_REASONING] = "response.reasoning_summary_text.delta",
                                         [SAY_TEXT] = "response.output_text.delta",
                                         [SAY_CALL] = "response.function_call_arguments.delta" };
    if (piece->first) {
        close_item(answer, 0, out);
        open_item(answer, piece, out);
    }
    add_event(answer, types[piece->saying], out);
    add_place(answer, piece->saying, out);
    buffer_addf(out, ",\"delta\":");
    add_buffer(out, &piece->bytes);
    buffer_addf(out, "%s",
                piece->saying == SAY_TEXT ? ",\"logprobs\":[],\"obfuscation\":\"k2\"" : "");
    end_event(out);
    if (piece->saying == SAY_CALL && piece->last)
        close_item(answer, piece->call, out);
}

static void end(struct answer *answer, struct buffer *out)
{
    close_item(answer, 0, out);
    if (answer->script.no_done)
        return;
    bool complete = strcmp(answer_finish(answer, finish_words), "completed") == 0;
    add_event(answer, complete ? "response.completed" : "response.incomplete", out);
    buffer_addf(out, ",\"response\":");
    add_response(answer, true, out);
    end_event(out);
}

static void fail(struct answer *answer, struct buffer *out)
{
    add_event(answer, "error", out);
    buffer_addf(out, ",\"code\":\"server_error\"");
    add_member(out, "message", LOST_THREAD);
    buffer_addf(out, ",\"param\":null");
    end_event(out);
}

static void whole(struct answer *answer, struct buffer *out)
{
    add_response(answer, true, out);
}

static int refuse(const struct refusal *refusal, struct buffer *out)
{
    return openai_protocol.refuse(refusal, out);
}

const struct protocol responses_protocol = {
    .name = "openai-responses",
    .addresses = { "*/responses" },
    .asking = { .messages = "input", .content = "content", .limits = { "max_output_tokens" } },
    .stream_type = "text/event-stream; charset=utf-8",
    .line = "event: response.output_text.delta\ndata: %s\n\n",
    .request_id = "x-request-id",
    .keeps_text = true,
    .begin = begin,
    .say = say,
    .end = end,
    .alive = add_comment,
    .fail = fail,
    .whole = whole,
    .refuse = refuse,
};
