/* Decides what a question is answered with, and hands out answers that are ready as a whole. */
#include "answer.h"

#include "speak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void answer_add_header(struct answer *answer, const char *name, const char *value)
{
    if (answer->header_count < ANSWER_HEADERS_MAX)
        answer->headers[answer->header_count++] =
            (struct header){ copy_text(name), copy_text(value) };
}

void answer_add_number(struct answer *answer, const char *name, long long value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", value);
    answer_add_header(answer, name, text);
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

struct answer *answer_document(int status, const char *json)
{
    struct answer *answer = answer_new(status);
    buffer_addf(&answer->whole, "%s", json);
    answer_add_header(answer, "Content-Type", "application/json");
    return answer;
}

static void write_refusal(struct answer *answer, const struct refusal *refusal)
{
    const struct protocol *protocol = answer->protocol;
    answer->status = protocol->refuse(refusal, &answer->whole);
    answer_add_header(answer, "Content-Type", "application/json");
    if (refusal->retry_after >= 0 && !protocol->says_retry_in_body)
        answer_add_number(answer, "Retry-After", refusal->retry_after);
}

struct answer *answer_refuse(const struct protocol *protocol, const struct refusal *refusal)
{
    struct answer *answer = answer_new(refusal->status);
    answer->protocol = protocol;
    write_refusal(answer, refusal);
    return answer;
}

static void write_scripted_error(struct answer *answer)
{
    int status = answer->status;
    const struct refusal refusal = {
        status, status == 429 ? "rate_limit_exceeded" : NULL,
        "The scripted model server says no, and upstream secrets stay upstream.",
        answer->script.retry_after
    };
    if (!answer->protocol->refuses_in_stream || !answer->question.stream ||
        !answer->protocol->refuses_in_stream(status)) {
        write_refusal(answer, &refusal);
        return;
    }
    buffer_addf(&answer->whole, "data:");
    answer->protocol->refuse(&refusal, &answer->whole);
    buffer_addf(&answer->whole, "\n\n");
    answer->status = 200;
    answer_add_header(answer, "Content-Type", answer->protocol->stream_type);
}

static void write_body(struct answer *answer)
{
    const char *type = answer->script.content_type;
    if (!type)
        type = answer->question.stream && answer->status == 200 ? answer->protocol->stream_type
                                                                : "application/json";
    buffer_addf(&answer->whole, "%s", answer->script.body);
    answer_add_header(answer, "Content-Type", type);
}

static void write_whole(struct answer *answer)
{
    struct piece piece = { 0 };
    buffer_add(&answer->said, "", 0);
    while (utter(answer, &piece))
        ;
    buffer_free(&piece.bytes);
    answer->protocol->whole(answer, &answer->whole);
    answer_add_header(answer, "Content-Type", "application/json");
}

static void write(struct answer *answer)
{
    static const struct refusal senseless = { 400, NULL, "This is no chat request.", -1 };
    if (!answer->question.well_formed)
        write_refusal(answer, &senseless);
    else if (answer->script.body)
        write_body(answer);
    else if (answer->status < 0)
        answer->hang_up = true;
    else if (answer->status != 200)
        write_scripted_error(answer);
    else if (!answer->question.stream)
        write_whole(answer);
    else {
        answer->streamed = true;
        answer_add_header(answer, "Content-Type", answer->protocol->stream_type);
    }
}

struct answer *answer_to(const struct protocol *protocol, const char *path, const char *body,
                         struct script *script)
{
    struct answer *answer = answer_new(200);
    answer->protocol = protocol;
    answer->script = *script;
    question_read(&protocol->asking, path, body, &answer->question, &answer->script);
    if (protocol->stream_address)
        answer->question.stream = protocol_streams(protocol, path);
    if (answer->script.status)
        answer->status = answer->script.status;
    utter_prepare(answer);
    write(answer);
    if (protocol->request_id)
        answer_add_header(answer, protocol->request_id, answer->id);
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
    buffer_free(&answer->said);
    buffer_free(&answer->thought);
    free(answer->cuts);
    free(answer);
}
