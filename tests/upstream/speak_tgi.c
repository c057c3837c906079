/* Speaks TGI's native /generate and /generate_stream: a token an event, no roles, no tools. */
#include "speak.h"

static const char *const finish_words[] = { "eos_token", "length", "eos_token", "eos_token" };

static void begin_token(const struct answer *answer, struct buffer *out)
{
    int number = answer->chunks_said;
    buffer_addf(out, "data:{\"index\":%d,\"token\":{\"id\":%d,\"text\":", number, 1000 + number);
}

static void say(struct answer *answer, const struct piece *piece, struct buffer *out)
{
    begin_token(answer, out);
    add_buffer(out, &piece->bytes);
    buffer_addf(out, ",\"logprob\":-0.25,\"special\":false},\"generated_text\":null,"
                     "\"details\":null}\n\n");
}

static void add_details(const struct answer *answer, struct buffer *out)
{
    buffer_addf(out, "\"details\":{\"finish_reason\":");
    add_text(out, answer_finish(answer, finish_words));
    if (!answer->script.no_usage)
        buffer_addf(out, ",\"generated_tokens\":%lld", answer_counts(answer).out);
    buffer_addf(out, ",\"seed\":42");
}

static void end(struct answer *answer, struct buffer *out)
{
    if (answer->script.no_done)
        return;
    begin_token(answer, out);
    buffer_addf(out, "\"</s>\",\"logprob\":-0.01,\"special\":true},\"generated_text\":");
    add_buffer(out, &answer->said);
    buffer_addf(out, ",");
    add_details(answer, out);
    if (!answer->script.no_usage)
        buffer_addf(out, ",\"input_length\":%lld", answer_counts(answer).in);
    buffer_addf(out, "}}\n\n");
}

static void alive(struct buffer *out)
{
    buffer_addf(out, ":\n\n");
}

/* How long the prompt was is said in a header. */
static void whole(struct answer *answer, struct buffer *out)
{
    buffer_addf(out, "{\"generated_text\":");
    add_buffer(out, &answer->said);
    buffer_addf(out, ",");
    add_details(answer, out);
    buffer_addf(out, ",\"prefill\":[],\"tokens\":[]}}");
    if (answer->script.no_usage)
        return;
    struct counts counts = answer_counts(answer);
    answer_add_number(answer, "x-prompt-tokens", counts.in);
    answer_add_number(answer, "x-generated-tokens", counts.out);
}

static const struct status_word error_types[] = {
    { 422, "validation" }, { 424, "generation" },
    { 429, "overloaded" }, { 500, "incomplete_generation" },
    { 0, NULL },
};

/* What goes wrong behind the router's door is told as an event, other refusals as they are. */
static bool refuses_in_stream(int status)
{
    return status_word(error_types, status) != NULL;
}

static int refuse(const struct refusal *refusal, struct buffer *out)
{
    if (refusal->status == 401)
        return 401;
    const char *type = status_word(error_types, refusal->status);
    buffer_addf(out, "{\"error\":");
    add_text(out, refusal->message);
    if (type)
        add_member(out, "error_type", type);
    buffer_addf(out, "}");
    return refusal->status;
}

static void fail(struct answer *answer, struct buffer *out)
{
    (void)answer;
    const struct refusal lost = { .status = 424, .message = LOST_THREAD, .retry_after = -1 };
    buffer_addf(out, "data:");
    refuse(&lost, out);
    buffer_addf(out, "\n\n");
}

const struct protocol tgi_protocol = {
    .name = "tgi",
    .addresses = { "*/generate", "*/generate_stream" },
    .stream_address = "*/generate_stream",
    .asking = { .messages = "inputs", .limits = { "parameters.max_new_tokens" } },
    .stream_type = "text/event-stream",
    .line = "data:%s\n\n",
    .request_id = "x-request-id",
    .text_only = true,
    .keeps_text = true,
    .refuses_in_stream = refuses_in_stream,
    .say = say,
    .end = end,
    .alive = alive,
    .fail = fail,
    .whole = whole,
    .refuse = refuse,
};
