/* The life of a voice, and the ways of speaking that several doors share. */
#include "voice.h"

#define OUT_MAX_BYTES (64 << 20)

static void voice_end(void *thing)
{
    struct voice *voice = thing;
    text_free(&voice->out);
}

struct voice *voice_new(const struct door *door, struct arena *arena, const char *turn,
                        int64_t created, const char *model_or_null)
{
    struct voice *voice = arena_new_of(arena, struct voice);
    *voice = (struct voice){ .door = door,
                             .arena = arena,
                             .turn = turn,
                             .created = created,
                             .model = model_or_null,
                             .heard = -1,
                             .out = text_make(OUT_MAX_BYTES) };
    arena_defer(arena, voice_end, voice);
    return voice;
}

struct said voice_silent(struct voice *voice)
{
    (void)voice;
    return (struct said){ .count = 0 };
}

void voice_begin(struct voice *voice)
{
    text_clear(&voice->out);
}

struct said voice_said(struct voice *voice)
{
    return (struct said){ { text_str(&voice->out) }, 1 };
}

struct said openai_ping(struct voice *voice)
{
    (void)voice;
    return (struct said){ { STR(": ping\n\n") }, 1 };
}

void openai_problem(struct json_writer *w, const struct problem *problem)
{
    json_object_open(w);
    json_key(w, "error");
    json_object_open(w);
    json_c_member(w, "message", problem->message);
    json_c_member(w, "type", problem->type);
    json_c_member(w, "param", problem->param);
    json_c_member(w, "code", problem->code);
    json_c_member(w, "request_id", problem->request_id);
    json_object_close(w);
    json_object_close(w);
}

struct said openai_broken(struct voice *voice, const struct problem *problem)
{
    voice_begin(voice);
    text_add_c(&voice->out, "data: ");
    openai_problem(json_writer_new(voice->arena, &voice->out), problem);
    text_add_c(&voice->out, "\n\n");
    return voice_said(voice);
}

struct said openai_done(struct voice *voice)
{
    (void)voice;
    return (struct said){ { STR("data: [DONE]\n\n") }, 1 };
}
