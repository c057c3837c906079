/* Writes the events of a streamed chat answer, one by one, with the defects that its script orders.
 */
#include "answer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLOOD_CHUNK 65536

enum stage { STAGE_ROLE, STAGE_CONTENT, STAGE_OVER };

void stream_prepare(struct answer *answer)
{
    struct script *script = &answer->script;
    answer->chunk_count = script->chunks;
    if (script->event_count)
        answer->chunk_count = script->event_count;
    if (script->flood_bytes > 0) {
        script->size = script->size ? script->size : FLOOD_CHUNK;
        answer->chunk_count = (int)((script->flood_bytes + script->size - 1) / script->size);
        script->delay_ms = 0;
    }
    if (!answer->chunk_count) {
        answer->chunk_count = -1;
        if (!script->text)
            script->text = copy_text(words_about(answer->question.text));
    }
    answer->text = script->text;
    long long max = answer->question.max_tokens;
    if (max > 0 && answer->chunk_count > max) {
        answer->chunk_count = (int)max;
        free(script->finish_reason);
        script->finish_reason = copy_text("length");
    }
}

/* Content made by size: a pattern that goes on from chunk to chunk, so that a lost byte shows. */
static void add_pattern(const struct answer *answer, struct buffer *out)
{
    static const char pattern[] = "abcdefghijklmnopqrstuvwxyz ";
    size_t size = (size_t)answer->script.size;
    size_t from = size * (size_t)answer->chunks_said;
    for (size_t i = 0; i < size; i++)
        buffer_add(out, &pattern[(from + i) % (sizeof pattern - 1)], 1);
}

bool stream_say(struct answer *answer, struct buffer *out)
{
    const struct script *script = &answer->script;
    if (answer->chunk_count >= 0 && answer->chunks_said >= answer->chunk_count)
        return false;
    if (script->stamp) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        buffer_addf(out, "%lld ", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
    } else if (answer->text) {
        const char *rest = answer->text + answer->text_said;
        size_t n = words_next(rest, (size_t)script->size);
        if (!n)
            return false;
        buffer_add(out, rest, n);
        answer->text_said += n;
    } else if (script->size) {
        add_pattern(answer, out);
    } else {
        buffer_addf(out, "w%d ", answer->chunks_said);
    }
    answer->chunks_said++;
    return true;
}

void stream_add_usage(struct answer *answer, struct buffer *out)
{
    const struct script *script = &answer->script;
    long long in = script->has_usage ? script->prompt_tokens : answer->question.prompt_tokens;
    long long said = script->has_usage ? script->completion_tokens : answer->chunks_said;
    buffer_addf(out,
                "{\"prompt_tokens\":%lld,\"completion_tokens\":%lld,\"total_tokens\":%lld,"
                "\"prompt_tokens_details\":{\"cached_tokens\":%lld}}",
                in, said, in + said, script->cached_tokens);
}

static void begin_chunk(struct answer *answer, struct buffer *out)
{
    const char *model = answer->question.model ? answer->question.model : "";
    buffer_addf(out,
                "data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\",\"created\":%lld,"
                "\"model\":",
                answer->id, (long long)time(NULL));
    buffer_add_json(out, model, strlen(model));
    buffer_addf(out, ",\"system_fingerprint\":null,\"choices\":[");
}

static void add_choice(struct answer *answer, struct buffer *out, const char *field,
                       const struct buffer *value, const char *reason)
{
    begin_chunk(answer, out);
    buffer_addf(out, "{\"index\":0,\"delta\":{");
    if (field) {
        buffer_addf(out, "\"%s\":", field);
        buffer_add_json(out, value->at, value->len);
    }
    buffer_addf(out, "},\"logprobs\":null,\"finish_reason\":");
    if (reason)
        buffer_add_json(out, reason, strlen(reason));
    else
        buffer_addf(out, "null");
    bool says_usage = answer->question.include_usage && !answer->script.no_usage;
    buffer_addf(out, "}]%s}\n\n", says_usage ? ",\"usage\":null" : "");
}

static void add_end(struct answer *answer, struct buffer *out)
{
    const char *reason = answer->script.finish_reason;
    if (!answer->script.event_count)
        add_choice(answer, out, NULL, NULL, reason ? reason : "stop");
    if (answer->question.include_usage && !answer->script.no_usage) {
        begin_chunk(answer, out);
        buffer_addf(out, "],\"usage\":");
        stream_add_usage(answer, out);
        buffer_addf(out, "}\n\n");
    }
    if (!answer->script.no_done)
        buffer_addf(out, "data: [DONE]\n\n");
}

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

static void add_defect(struct answer *answer, struct buffer *out)
{
    answer->stage = STAGE_OVER;
    if (answer->script.error_after == answer->chunks_said)
        buffer_addf(out, "data: {\"error\":{\"message\":\"The scripted model server lost its "
                         "thread.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n");
    else
        buffer_addf(out, "data: {\"id\":\"chatcmpl-\xff\xfe, no JSON at all\n\n");
}

static void add_content(struct answer *answer, struct buffer *out)
{
    int said = answer->chunks_said;
    struct buffer content = { 0 };
    if (answer->script.comments)
        buffer_addf(out, ": still here\n\n");
    if (answer->script.event_count && said < answer->chunk_count) {
        buffer_addf(out, "data: %s\n\n", answer->script.events[said]);
        answer->chunks_said++;
    } else if (stream_say(answer, &content)) {
        add_choice(answer, out, "content", &content, NULL);
    } else {
        answer->stage = STAGE_OVER;
        add_end(answer, out);
    }
    buffer_free(&content);
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
    if (answer->script.event_count)
        return content_next(answer, piece, delay_ms);
    struct buffer role = { 0 };
    buffer_addf(&role, "assistant");
    add_choice(answer, piece, "role", &role, NULL);
    buffer_free(&role);
    return ANSWER_PIECE;
}
