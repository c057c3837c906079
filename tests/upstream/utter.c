/* What an answer says, piece by piece, in whatever protocol: first reasoning, then text, then tool
 * calls. */
#include "speak.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLOOD_CHUNK 65536

void utter_prepare(struct answer *answer)
{
    struct script *script = &answer->script;
    bool calls = !answer->question.answers_calls && !answer->protocol->text_only;
    answer->call_count = calls ? script->call_count : 0;
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
            script->text = copy_text(answer->call_count ? "" : words_about(answer->question.text));
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
    size_t from = size * (size_t)answer->texts_said;
    for (size_t i = 0; i < size; i++)
        buffer_add(out, &pattern[(from + i) % (sizeof pattern - 1)], 1);
}

/* The next piece of a text that is given. */
static size_t add_next(const struct answer *answer, const char *text, size_t *said,
                       struct buffer *out)
{
    size_t n = words_next(text + *said, (size_t)answer->script.size);
    buffer_add(out, text + *said, n);
    *said += n;
    return n;
}

static bool utter_reasoning(struct answer *answer, struct piece *piece)
{
    const char *text = answer->protocol->text_only ? NULL : answer->script.reasoning;
    if (!text || !add_next(answer, text, &answer->thought_said, &piece->bytes))
        return false;
    piece->saying = SAY_REASONING;
    piece->first = answer->thoughts_said++ == 0;
    piece->last = !text[answer->thought_said];
    if (answer->protocol->keeps_text || !answer->streamed)
        buffer_add(&answer->thought, piece->bytes.at, piece->bytes.len);
    return true;
}

static bool add_words(struct answer *answer, struct buffer *out)
{
    const struct script *script = &answer->script;
    if (script->stamp) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        buffer_addf(out, "%lld ", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
    } else if (answer->text) {
        return add_next(answer, answer->text, &answer->text_said, out) > 0;
    } else if (script->size) {
        add_pattern(answer, out);
    } else {
        buffer_addf(out, "w%d ", answer->texts_said);
    }
    return true;
}

static bool utter_text(struct answer *answer, struct piece *piece)
{
    if (answer->chunk_count >= 0 && answer->texts_said >= answer->chunk_count)
        return false;
    if (!add_words(answer, &piece->bytes))
        return false;
    piece->saying = SAY_TEXT;
    piece->first = answer->texts_said++ == 0;
    if (answer->protocol->keeps_text || !answer->streamed)
        buffer_add(&answer->said, piece->bytes.at, piece->bytes.len);
    return true;
}

static bool utter_call(struct answer *answer, struct piece *piece)
{
    if (answer->calls_said == answer->call_count)
        return false;
    const char *arguments = answer->script.calls[answer->calls_said].arguments;
    piece->saying = SAY_CALL;
    piece->call = answer->calls_said;
    piece->first = answer->call_said == 0;
    if (answer->protocol->whole_calls)
        buffer_addf(&piece->bytes, "%s", arguments);
    else
        add_next(answer, arguments, &answer->call_said, &piece->bytes);
    piece->last = answer->protocol->whole_calls || !arguments[answer->call_said];
    if (piece->last) {
        answer->calls_said++;
        answer->call_said = 0;
    }
    return true;
}

bool utter(struct answer *answer, struct piece *piece)
{
    buffer_clear(&piece->bytes);
    buffer_add(&piece->bytes, "", 0);
    piece->first = piece->last = false;
    if (!utter_reasoning(answer, piece) && !utter_text(answer, piece) && !utter_call(answer, piece))
        return false;
    answer->chunks_said++;
    return true;
}
