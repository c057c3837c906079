/* Talks to a door: a client's body translated, chunks folded into its words. */
#ifndef INSULA_TESTS_DOOR_TALK_H
#define INSULA_TESTS_DOOR_TALK_H

#include "door/door.h"
#include "tap.h"

#include <stdlib.h>

static struct arena *talk_arena;

/* The chat body that the door makes of the client's, or the place that it refuses. */
static inline const char *translated(const struct door *door, const char *body)
{
    struct json *root = NULL;
    struct error err = { 0 };
    struct str out = { 0 };
    if (json_parse(talk_arena, str_of(body), NULL, &root, &err) != 0)
        return "no JSON";
    if (door->to_chat(talk_arena, root, &out, &err) == 0)
        return arena_printf(talk_arena, "%.*s", STR_ARGS(out));
    return arena_printf(talk_arena, "%s: %s", err.param, err.code);
}

static inline void translates(const struct door *door, const char *body, const char *wanted,
                              const char *promise)
{
    const char *made = translated(door, body);
    struct json *root;
    struct error err;
    is_text(made, wanted, "%s", promise);
    ok(json_parse(talk_arena, str_of(made), NULL, &root, &err) == 0, "which is JSON");
}

static inline void refuses(const struct door *door, const char *body, const char *place)
{
    is_text(translated(door, body), place, "refused, and says where: %.60s", body);
}

/* ---- answers ---- */

static const struct reckoning talk_reckoning = { 30, 8, 20, 5, 100, 350 };

static inline struct voice *talk_voice(const struct door *door)
{
    struct voice *voice = voice_new(door, talk_arena, "turn_01abc", 1790000000, "small");
    voice->reckoning.tokens_in = 12;
    return voice;
}

static inline void note(struct text *all, struct said said)
{
    for (size_t i = 0; i < said.count; i++)
        text_add(all, said.pieces[i]);
}

/* A chunk around a choice's members. */
static inline const char *chunk(const char *choice)
{
    return arena_printf(talk_arena,
                        "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                        "\"model\":\"m\",\"choices\":[{\"index\":0,%s}]}",
                        choice);
}

/* All that is said of NULL-terminated chunks, up to the end. */
static inline const char *told(const struct door *door, const char *const *chunks)
{
    struct voice *voice = talk_voice(door);
    struct text all = text_make(1 << 20);
    note(&all, door->open(voice));
    for (uint64_t id = 1; chunks[id - 1]; id++)
        note(&all, door->event(voice, id, str_of(chunks[id - 1])));
    voice->reckoning = talk_reckoning;
    note(&all, door->done(voice));
    const char *out = arena_printf(talk_arena, "%.*s", STR_ARGS(text_str(&all)));
    text_free(&all);
    return out;
}

static inline const char *whole(const struct door *door, const char *completion)
{
    struct voice *voice = talk_voice(door);
    struct text all = text_make(1 << 20);
    voice->reckoning = talk_reckoning;
    note(&all, door->body(voice, str_of(completion)));
    const char *out = arena_printf(talk_arena, "%.*s", STR_ARGS(text_str(&all)));
    text_free(&all);
    return out;
}

static inline bool says(const char *all, const char *words)
{
    return strstr(all, words) != NULL;
}

static inline int times(const char *all, const char *words)
{
    int n = 0;
    for (; (all = strstr(all, words)); all += strlen(words))
        n++;
    return n;
}

#endif
