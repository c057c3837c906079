/* Anthropic's Messages, streamed: blocks one after the other, each opened, filled and closed. */
#include "messages.h"

#include "voice.h"

#define SCRATCH_MAX_BYTES (256 << 20)

enum block { BLOCK_NONE, BLOCK_THINKING, BLOCK_TEXT, BLOCK_CALL };

struct telling {
    struct arena *scratch; /* of one chunk */
    enum block open;
    int blocks; /* begun so far; the open one is the last of them */
    struct calls calls;
    int block_of[CALLS_MOST]; /* of a call, from 1; 0: not begun */
    struct str finish;
    struct str stopped_by; /* absent: by none of the client's stop texts, or it is not known */
    bool refused;
    int64_t cache_written;
};

static void telling_end(void *thing)
{
    struct telling *t = thing;
    arena_free(&t->scratch);
}

static struct telling *telling_of(struct voice *voice)
{
    if (!voice->state) {
        struct telling *t = arena_new_of(voice->arena, struct telling);
        t->scratch = arena_new(SCRATCH_MAX_BYTES);
        t->cache_written = -1;
        arena_defer(voice->arena, telling_end, t);
        voice->state = t;
    }
    return voice->state;
}

/* An event's data is an object: `type` and what is written until event_close. */
static struct json_writer *event_open(struct voice *voice, const char *name)
{
    text_addf(&voice->out, "event: %s\ndata: ", name);
    struct json_writer *w = json_writer_new(telling_of(voice)->scratch, &voice->out);
    json_object_open(w);
    json_c_member(w, "type", name);
    return w;
}

static void event_close(struct voice *voice, struct json_writer *w)
{
    json_object_close(w);
    text_add_c(&voice->out, "\n\n");
}

/* The prompt's tokens are not known yet: an estimate; message_delta tells them. */
struct said messages_open(struct voice *voice)
{
    voice_begin(voice);
    struct json_writer *w = event_open(voice, "message_start");
    json_key(w, "message");
    json_object_open(w);
    json_c_member(w, "id", message_name(voice));
    json_c_member(w, "type", "message");
    json_c_member(w, "role", "assistant");
    json_c_member(w, "model", voice->model);
    json_raw_member(w, "content", STR("[]"));
    json_c_member(w, "stop_reason", NULL);
    json_c_member(w, "stop_sequence", NULL);
    messages_put_usage(w, &voice->reckoning, 0);
    json_object_close(w);
    event_close(voice, w);
    return voice_said(voice);
}

/* ---- blocks ---- */

/* Who checks a thinking block's signature is Anthropic, and we send none back: it is empty. */
static void block_close(struct voice *voice)
{
    struct telling *t = telling_of(voice);
    if (t->open == BLOCK_NONE)
        return;
    struct json_writer *w = event_open(voice, "content_block_stop");
    json_integer_member(w, "index", t->blocks - 1);
    event_close(voice, w);
    t->open = BLOCK_NONE;
}

/* What comes between the two is the block. */
static struct json_writer *block_open(struct voice *voice, enum block block)
{
    static const char *const types[] = { "", "thinking", "text", "tool_use" };
    struct telling *t = telling_of(voice);
    block_close(voice);
    t->open = block;
    struct json_writer *w = event_open(voice, "content_block_start");
    json_integer_member(w, "index", t->blocks++);
    json_key(w, "content_block");
    json_object_open(w);
    json_c_member(w, "type", types[block]);
    return w;
}

static void block_opened(struct voice *voice, struct json_writer *w)
{
    json_object_close(w);
    event_close(voice, w);
}

/* Already quoted: most events of most streams, and no writer is needed for them. */
static void put_delta(struct voice *voice, int block, const char *type, const char *member,
                      struct str quoted)
{
    text_addf(&voice->out,
              "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":%d,"
              "\"delta\":{\"type\":\"%s\",\"%s\":",
              block, type, member);
    text_add(&voice->out, quoted);
    text_add_c(&voice->out, "}}\n\n");
}

static void tell_words(struct voice *voice, enum block block, const struct json *words)
{
    struct telling *t = telling_of(voice);
    bool thinks = block == BLOCK_THINKING;
    const char *member = thinks ? "thinking" : "text";
    if (!words)
        return;
    if (t->open != block) {
        struct json_writer *w = block_open(voice, block);
        json_c_member(w, member, "");
        if (thinks)
            json_c_member(w, "signature", "");
        block_opened(voice, w);
    }
    put_delta(voice, t->blocks - 1, thinks ? "thinking_delta" : "text_delta", member, words->raw);
}

static void begin_call(struct voice *voice, const struct json *fragment, int64_t number)
{
    struct telling *t = telling_of(voice);
    struct json_writer *w = block_open(voice, BLOCK_CALL);
    json_text_member(w, "id", call_id(t->scratch, fragment, voice->turn, number));
    struct str name = call_name(fragment);
    json_text_member(w, "name", name.at ? name : STR(""));
    json_raw_member(w, "input", STR("{}"));
    block_opened(voice, w);
    t->block_of[number] = t->blocks;
}

/* Quoted anew: the object itself, as few servers send it, is no text. */
static void tell_arguments(struct voice *voice, int block, struct str arguments)
{
    struct text quoted = text_make(8 * arguments.len + 16);
    json_put_text(json_writer_new(telling_of(voice)->scratch, &quoted), arguments);
    put_delta(voice, block, "input_json_delta", "partial_json", text_str(&quoted));
    text_free(&quoted);
}

static void tell_call(struct voice *voice, const struct json *fragment)
{
    struct telling *t = telling_of(voice);
    int64_t number = calls_number(&t->calls, fragment);
    struct str arguments = call_arguments(fragment);
    if (number < 0)
        return;
    if (!t->block_of[number])
        begin_call(voice, fragment, number);
    if (arguments.len)
        tell_arguments(voice, t->block_of[number] - 1, arguments);
}

static void keep(struct voice *voice, const struct heard *heard)
{
    struct telling *t = telling_of(voice);
    if (heard->finish.len)
        t->finish = arena_copy(voice->arena, heard->finish);
    if (heard->finish.len && heard->stopped_by.len)
        t->stopped_by = arena_copy(voice->arena, heard->stopped_by);
    if (heard->cache_written >= 0)
        t->cache_written = heard->cache_written;
    t->refused = t->refused || heard->refusal;
}

struct said messages_event(struct voice *voice, uint64_t id, struct str chunk)
{
    (void)id;
    struct telling *t = telling_of(voice);
    struct heard heard = heard_of(t->scratch, chunk);
    voice_begin(voice);
    tell_words(voice, BLOCK_THINKING, heard.reasoning);
    tell_words(voice, BLOCK_TEXT, heard.content);
    tell_words(voice, BLOCK_TEXT, heard.refusal);
    for (const struct json *call = heard.calls; call; call = call->next)
        tell_call(voice, call);
    keep(voice, &heard);
    arena_reset(t->scratch);
    return voice_said(voice);
}

/* Why it ended is told with the tokens, once they are charged. */
struct said messages_done(struct voice *voice)
{
    struct telling *t = telling_of(voice);
    voice_begin(voice);
    block_close(voice);
    struct json_writer *w = event_open(voice, "message_delta");
    json_key(w, "delta");
    json_object_open(w);
    json_c_member(w, "stop_reason",
                  stop_reason(t->finish, t->calls.count, t->refused, t->stopped_by.len != 0));
    json_text_member(w, "stop_sequence", t->stopped_by);
    json_object_close(w);
    messages_put_usage(w, &voice->reckoning, t->cache_written);
    event_close(voice, w);
    event_close(voice, event_open(voice, "message_stop"));
    return voice_said(voice);
}
