/* Speaks Ollama's native /api/chat: a JSON object in each line. */
#include "speak.h"

#include <stdio.h>
#include <time.h>

static const char *const finish_words[] = { "stop", "length", "stop", "stop" };

static void begin_line(const struct answer *answer, struct buffer *out)
{
    struct timespec now;
    struct tm utc;
    char at[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &utc);
    buffer_addf(out, "{\"model\":");
    add_text(out, answer_model(answer));
    buffer_addf(
        out, ",\"created_at\":\"%s.%09ldZ\",\"message\":{\"role\":\"assistant\",\"content\":", at,
        now.tv_nsec);
}

static void add_call(const struct answer *answer, int i, struct buffer *out)
{
    const struct call *call = &answer->script.calls[i];
    buffer_addf(out, "{\"id\":\"%s\",\"function\":{\"index\":%d", call_id(answer, i), i);
    add_member(out, "name", call->name);
    buffer_addf(out, ",\"arguments\":%s}}", call->arguments);
}

static void say(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    static const struct buffer nothing;
    begin_line(answer, out);
    add_buffer(out, piece->saying == SAY_TEXT ? &piece->bytes : &nothing);
    if (piece->saying == SAY_REASONING)
        add_member(out, "thinking", piece->bytes.at);
    if (piece->saying == SAY_CALL) {
        buffer_addf(out, ",\"tool_calls\":[");
        add_call(answer, piece->call, out);
        buffer_addf(out, "]");
    }
    buffer_addf(out, "},\"done\":false}\n");
}

/* Behind the message; with it a line is the last one. */
static void add_done(const struct answer *answer, struct buffer *out)
{
    buffer_addf(out, ",\"done\":true,\"done_reason\":");
    add_text(out, answer_finish(answer, finish_words));
    buffer_addf(out, ",\"total_duration\":1803212500,\"load_duration\":104120000");
    if (!answer->script.no_usage) {
        struct counts counts = answer_counts(answer);
        buffer_addf(out,
                    ",\"prompt_eval_count\":%lld,\"prompt_eval_duration\":130079000,"
                    "\"eval_count\":%lld,\"eval_duration\":1502212000",
                    counts.in, counts.out);
    }
    buffer_addf(out, "}");
}

static void end(struct answer *answer, struct buffer *out)
{
    if (answer->script.no_done)
        return;
    begin_line(answer, out);
    buffer_addf(out, "\"\"}");
    add_done(answer, out);
    buffer_addf(out, "\n");
}

static void alive(struct buffer *out)
{
    buffer_addf(out, "\n");
}

static int refuse(const struct refusal *refusal, struct buffer *out)
{
    buffer_addf(out, "{\"error\":");
    add_text(out, refusal->message);
    buffer_addf(out, "}");
    return refusal->status;
}

static void fail(struct answer *answer, struct buffer *out)
{
    (void)answer;
    const struct refusal lost = { .status = 500, .message = LOST_THREAD, .retry_after = -1 };
    refuse(&lost, out);
    buffer_addf(out, "\n");
}

static void whole(struct answer *answer, struct buffer *out)
{
    begin_line(answer, out);
    add_buffer(out, &answer->said);
    if (answer->thought.len)
        add_member(out, "thinking", answer->thought.at);
    if (answer->call_count) {
        buffer_addf(out, ",\"tool_calls\":[");
        for (int i = 0; i < answer->call_count; i++) {
            buffer_addf(out, "%s", i ? "," : "");
            add_call(answer, i, out);
        }
        buffer_addf(out, "]");
    }
    buffer_addf(out, "}");
    add_done(answer, out);
}

const struct protocol ollama_protocol = {
    .name = "ollama",
    .addresses = { "*/api/chat" },
    .asking = { .messages = "messages",
                .content = "content",
                .limits = { "options.num_predict" },
                .streams = true },
    .stream_type = "application/x-ndjson",
    .line = "%s\n",
    .request_id = "x-request-id",
    .whole_calls = true,
    .say = say,
    .end = end,
    .alive = alive,
    .fail = fail,
    .whole = whole,
    .refuse = refuse,
};
