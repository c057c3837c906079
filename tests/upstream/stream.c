/* Writes the events of a streamed answer, one by one, with the defects that its script orders. */
#include "speak.h"

enum stage { STAGE_BEGIN, STAGE_CONTENT, STAGE_OVER };

/* What comes before the next chunk: the pause, or one of the ends that leave nothing to send. */
static enum answer_step pause_before(struct answer *answer, int *delay_ms)
{
    const struct script *script = &answer->script;
    int said = answer->chunks_said;
    if (script->reset_after == said)
        return ANSWER_RESET;
    if (script->cut_after == said)
        return ANSWER_END;
    *delay_ms = script->delay_ms;
    if (script->stall_after != said || answer->stalled)
        return ANSWER_PIECE;
    answer->stalled = true;
    *delay_ms += script->stall_ms;
    return script->stall_ms ? ANSWER_PIECE : ANSWER_STALL;
}

static void add_record(const struct answer *answer, const char *text, struct buffer *out)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the protocols' */
    buffer_addf(out, answer->protocol->line, text);
#pragma GCC diagnostic pop
}

static void add_defect(struct answer *answer, struct buffer *out)
{
    answer->stage = STAGE_OVER;
    if (answer->script.error_after == answer->chunks_said)
        answer->protocol->fail(answer, out);
    else
        add_record(answer, "{\"id\":\"chatcmpl-\xff\xfe, no JSON at all", out);
}

static void add_end(struct answer *answer, struct buffer *out)
{
    answer->stage = STAGE_OVER;
    if (!answer->script.event_count && answer->protocol->finish)
        answer->protocol->finish(answer, out);
    answer->protocol->end(answer, out);
}

static void add_content(struct answer *answer, struct buffer *out)
{
    int said = answer->chunks_said;
    struct piece piece = { 0 };
    if (answer->script.comments)
        answer->protocol->alive(out);
    if (answer->script.event_count && said < answer->chunk_count) {
        add_record(answer, answer->script.events[said], out);
        answer->chunks_said++;
    } else if (!answer->script.event_count && utter(answer, &piece)) {
        answer->protocol->say(answer, &piece, out);
    } else {
        add_end(answer, out);
    }
    buffer_free(&piece.bytes);
}

/* A piece is made when its pause is over, so that its stamp is the time of its sending. */
static enum answer_step content_next(struct answer *answer, struct buffer *piece, int *delay_ms)
{
    if (!answer->paused) {
        enum answer_step step = pause_before(answer, delay_ms);
        if (step != ANSWER_PIECE)
            return step;
        answer->paused = true;
        if (*delay_ms)
            return ANSWER_PIECE;
    }
    answer->paused = false;
    int said = answer->chunks_said;
    if (answer->script.error_after == said || answer->script.garbage_after == said)
        add_defect(answer, piece);
    else
        add_content(answer, piece);
    return ANSWER_PIECE;
}

enum answer_step stream_next(struct answer *answer, struct buffer *piece, int *delay_ms)
{
    if (answer->stage == STAGE_OVER)
        return ANSWER_END;
    if (answer->stage == STAGE_CONTENT)
        return content_next(answer, piece, delay_ms);
    answer->stage = STAGE_CONTENT;
    if (answer->script.event_count || !answer->protocol->begin)
        return content_next(answer, piece, delay_ms);
    answer->protocol->begin(answer, piece);
    return ANSWER_PIECE;
}
