/* Decides what a chat request is answered with, and hands out answers that are ready as a whole. */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void answer_add_header(struct answer *answer, const char *name, const char *value)
{
    if (answer->header_count < ANSWER_HEADERS_MAX)
        answer->headers[answer->header_count++] =
            (struct header){ copy_text(name), copy_text(value) };
}

static struct answer *answer_new(int status)
{
    static unsigned long long count;
    struct answer *answer = must(calloc(1, sizeof *answer));
    answer->status = status;
    answer->end = ANSWER_END;
    script_default(&answer->script);
    snprintf(answer->id, sizeof answer->id, "chatcmpl-scripted%08llx", ++count);
    return answer;
}

static void write_error(struct answer *answer, const char *type, const char *code,
                        const char *message)
{
    buffer_addf(&answer->whole, "{\"error\":{\"message\":");
    buffer_add_json(&answer->whole, message, strlen(message));
    buffer_addf(&answer->whole, ",\"type\":\"%s\",\"param\":null,\"code\":", type);
    if (code)
        buffer_add_json(&answer->whole, code, strlen(code));
    else
        buffer_addf(&answer->whole, "null");
    buffer_addf(&answer->whole, "}}");
    answer_add_header(answer, "Content-Type", "application/json");
}

struct answer *answer_error(int status, const char *type, const char *code, const char *message)
{
    struct answer *answer = answer_new(status);
    write_error(answer, type, code, message);
    return answer;
}

static void write_scripted_error(struct answer *answer)
{
    int status = answer->status;
    const char *type = status == 429   ? "rate_limit_exceeded"
                       : status == 401 ? "invalid_request_error"
                       : status >= 500 ? "server_error"
                                       : "invalid_request_error";
    char seconds[16];
    if (answer->script.retry_after >= 0) {
        snprintf(seconds, sizeof seconds, "%d", answer->script.retry_after);
        answer_add_header(answer, "Retry-After", seconds);
    }
    write_error(answer, type, status == 429 ? "rate_limit_exceeded" : NULL,
                "The scripted model server says no, and upstream secrets stay upstream.");
}

static void write_body(struct answer *answer)
{
    const char *type = answer->script.content_type;
    if (!type)
        type = answer->question.stream && answer->status == 200 ? "text/event-stream"
                                                                : "application/json";
    buffer_addf(&answer->whole, "%s", answer->script.body);
    answer_add_header(answer, "Content-Type", type);
}

static void write_completion(struct answer *answer)
{
    struct buffer *out = &answer->whole;
    struct buffer said = { 0 };
    buffer_add(&said, "", 0);
    while (stream_say(answer, &said))
        ;
    const char *model = answer->question.model ? answer->question.model : "";
    const char *reason = answer->script.finish_reason;
    buffer_addf(out, "{\"id\":\"%s\",\"object\":\"chat.completion\",\"created\":%lld,\"model\":",
                answer->id, (long long)time(NULL));
    buffer_add_json(out, model, strlen(model));
    buffer_addf(out, ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    buffer_add_json(out, said.at, said.len);
    buffer_addf(out, ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"%s\"}]",
                reason ? reason : "stop");
    if (!answer->script.no_usage) {
        buffer_addf(out, ",\"usage\":");
        stream_add_usage(answer, out);
    }
    buffer_addf(out, "}");
    buffer_free(&said);
    answer_add_header(answer, "Content-Type", "application/json");
}

struct answer *answer_to_chat(const char *body, struct script *script)
{
    struct answer *answer = answer_new(200);
    answer->script = *script;
    question_read(body, &answer->question, &answer->script);
    if (!answer->question.well_formed) {
        answer->status = 400;
        write_error(answer, "invalid_request_error", NULL, "This is no chat request.");
        return answer;
    }
    if (answer->script.status)
        answer->status = answer->script.status;
    stream_prepare(answer);
    if (answer->script.body)
        write_body(answer);
    else if (answer->status < 0)
        answer->hang_up = true;
    else if (answer->status != 200)
        write_scripted_error(answer);
    else if (!answer->question.stream)
        write_completion(answer);
    else {
        answer->streamed = true;
        answer_add_header(answer, "Content-Type", "text/event-stream; charset=utf-8");
    }
    answer_add_header(answer, "x-request-id", answer->id);
    return answer;
}

/* Whole bytes, cut where the fixture says. */
static enum answer_step whole_next(struct answer *answer, struct buffer *piece, int *delay_ms)
{
    if (answer->whole_sent == answer->whole.len)
        return answer->end;
    size_t until = answer->whole.len;
    if (answer->bytewise)
        until = answer->whole_sent + 1;
    else if (answer->cut_next < answer->cut_count)
        until = answer->cuts[answer->cut_next++];
    buffer_add(piece, answer->whole.at + answer->whole_sent, until - answer->whole_sent);
    answer->whole_sent = until;
    *delay_ms = answer->cuts || answer->bytewise ? answer->script.delay_ms : 0;
    return ANSWER_PIECE;
}

enum answer_step answer_next(struct answer *answer, struct buffer *piece, int *delay_ms)
{
    buffer_clear(piece);
    *delay_ms = 0;
    if (answer->whole.len || !answer->streamed)
        return whole_next(answer, piece, delay_ms);
    return stream_next(answer, piece, delay_ms);
}

void answer_free(struct answer *answer)
{
    if (!answer)
        return;
    for (int i = 0; i < answer->header_count; i++) {
        free(answer->headers[i].name);
        free(answer->headers[i].value);
    }
    script_free(&answer->script);
    question_free(&answer->question);
    buffer_free(&answer->whole);
    free(answer->cuts);
    free(answer);
}
