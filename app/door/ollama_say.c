/* Ollama's answers: an object a line, the last with done:true and what it came to; or one object.
 */
#include "ollama_door.h"

#include "base/clock.h"
#include "voice.h"

#define SCRATCH_MAX_BYTES   (256 << 20)
#define ARGUMENTS_MAX_BYTES (64 << 20)
#define NS_OF_MS            INT64_C(1000000)

/* A call is told whole, so its fragments wait for the next call or for the end. */
struct telling {
    struct arena *scratch; /* of one chunk */
    struct calls calls;
    bool open;      /* there is one that was not told yet */
    int64_t number; /* which */
    struct str id, name;
    struct text arguments;
    struct str finish;
};

static void telling_end(void *thing)
{
    struct telling *t = thing;
    text_free(&t->arguments);
    arena_free(&t->scratch);
}

static struct telling *telling_of(struct voice *voice)
{
    if (!voice->state) {
        struct telling *t = arena_new_of(voice->arena, struct telling);
        t->scratch = arena_new(SCRATCH_MAX_BYTES);
        t->arguments = text_make(ARGUMENTS_MAX_BYTES);
        arena_defer(voice->arena, telling_end, t);
        voice->state = t;
    }
    return voice->state;
}

static bool generates(const struct voice *voice)
{
    return voice->door == &generate_door;
}

static struct str raw_or_empty(const struct json *words)
{
    return words ? words->raw : STR("\"\"");
}

/* ---- lines ---- */

static struct json_writer *line_open(struct voice *voice)
{
    struct json_writer *w = json_writer_new(telling_of(voice)->scratch, &voice->out);
    json_object_open(w);
    json_c_member(w, "model", voice->model);
    json_time_member(w, "created_at", voice->created * 1000);
    return w;
}

/* What was said, up to where tool calls may follow within the message. */
static void put_words(const struct voice *voice, struct json_writer *w, const struct json *words,
                      const struct json *thoughts)
{
    if (generates(voice)) {
        json_raw_member(w, "response", raw_or_empty(words));
    } else {
        json_key(w, "message");
        json_object_open(w);
        json_c_member(w, "role", "assistant");
        json_raw_member(w, "content", raw_or_empty(words));
    }
    if (thoughts)
        json_raw_member(w, "thinking", thoughts->raw);
}

static void words_close(const struct voice *voice, struct json_writer *w)
{
    if (!generates(voice))
        json_object_close(w);
}

static void line_close(struct voice *voice, struct json_writer *w)
{
    json_object_close(w);
    text_add_c(&voice->out, "\n");
}

static void put_line(struct voice *voice, const struct json *words, const struct json *thoughts)
{
    struct json_writer *w = line_open(voice);
    put_words(voice, w, words, thoughts);
    words_close(voice, w);
    json_bool_member(w, "done", false);
    line_close(voice, w);
}

/* ---- calls ---- */

static void put_call(struct voice *voice, struct json_writer *w, struct str id, int64_t number,
                     struct str name, struct str arguments)
{
    json_object_open(w);
    json_text_member(w, "id", id);
    json_key(w, "function");
    json_object_open(w);
    json_integer_member(w, "index", number);
    json_text_member(w, "name", name);
    json_raw_member(w, "arguments", call_input(telling_of(voice)->scratch, arguments));
    json_object_close(w);
    json_object_close(w);
}

static void tell_call(struct voice *voice)
{
    struct telling *t = telling_of(voice);
    if (!t->open)
        return;
    t->open = false;
    struct json_writer *w = line_open(voice);
    put_words(voice, w, NULL, NULL);
    json_key(w, "tool_calls");
    json_array_open(w);
    put_call(voice, w, t->id, t->number, t->name, text_str(&t->arguments));
    json_array_close(w);
    words_close(voice, w);
    json_bool_member(w, "done", false);
    line_close(voice, w);
}

static void hear_call(struct voice *voice, const struct json *fragment)
{
    struct telling *t = telling_of(voice);
    int64_t number = calls_number(&t->calls, fragment);
    if (number < 0)
        return;
    if (!t->open || number != t->number) {
        tell_call(voice);
        t->open = true;
        t->number = number;
        t->id = arena_copy(voice->arena, call_id(t->scratch, fragment, voice->turn, number));
        t->name = arena_copy(voice->arena, call_name(fragment));
        text_clear(&t->arguments);
    }
    text_add(&t->arguments, call_arguments(fragment));
}

/* ---- a stream ---- */

struct said ollama_event(struct voice *voice, uint64_t id, struct str chunk)
{
    (void)id;
    struct telling *t = telling_of(voice);
    struct heard heard = heard_of(t->scratch, chunk);
    voice_begin(voice);
    if (heard.content || heard.reasoning)
        put_line(voice, heard.content, heard.reasoning);
    if (heard.refusal)
        put_line(voice, heard.refusal, NULL);
    for (const struct json *call = heard.calls; call; call = call->next)
        hear_call(voice, call);
    if (heard.finish.len) {
        tell_call(voice);
        t->finish = arena_copy(voice->arena, heard.finish);
    }
    arena_reset(t->scratch);
    return voice_said(voice);
}

/* Go's client takes no empty line. */
struct said ollama_ping(struct voice *voice)
{
    voice_begin(voice);
    put_line(voice, NULL, NULL);
    return voice_said(voice);
}

/* Ollama says stop where tools are called. */
static struct str done_reason(struct str finish)
{
    if (str_is(finish, "length") || str_is(finish, "content_filter"))
        return finish;
    return STR("stop");
}

static void put_end(const struct voice *voice, struct json_writer *w, struct str finish)
{
    const struct reckoning *r = &voice->reckoning;
    int64_t first_ms = r->first_ms > 0 && r->first_ms < r->total_ms ? r->first_ms : 0;
    json_bool_member(w, "done", true);
    json_text_member(w, "done_reason", done_reason(finish));
    json_integer_member(w, "total_duration", r->total_ms * NS_OF_MS);
    json_integer_member(w, "load_duration", 0);
    json_integer_member(w, "prompt_eval_count", r->tokens_in);
    json_integer_member(w, "prompt_eval_duration", first_ms * NS_OF_MS);
    json_integer_member(w, "eval_count", r->tokens_out);
    json_integer_member(w, "eval_duration", (r->total_ms - first_ms) * NS_OF_MS);
}

struct said ollama_done(struct voice *voice)
{
    struct telling *t = telling_of(voice);
    voice_begin(voice);
    tell_call(voice);
    struct json_writer *w = line_open(voice);
    put_words(voice, w, NULL, NULL);
    words_close(voice, w);
    put_end(voice, w, t->finish);
    line_close(voice, w);
    return voice_said(voice);
}

/* ---- whole ---- */

struct said ollama_body(struct voice *voice, struct str completion)
{
    struct telling *t = telling_of(voice);
    struct heard heard = heard_of(t->scratch, completion);
    int64_t number = 0;
    voice_begin(voice);
    struct json_writer *w = line_open(voice);
    put_words(voice, w, heard.content ? heard.content : heard.refusal, heard.reasoning);
    if (heard.calls) {
        json_key(w, "tool_calls");
        json_array_open(w);
        for (const struct json *call = heard.calls; call; call = call->next, number++)
            put_call(voice, w, call_id(t->scratch, call, voice->turn, number), number,
                     call_name(call), call_arguments(call));
        json_array_close(w);
    }
    words_close(voice, w);
    put_end(voice, w, heard.finish);
    json_object_close(w);
    return voice_said(voice);
}
