/* Ollama's own protocol as a door (PROTOCOLS.md 5), in parts; private to door/. */
#ifndef INSULA_DOOR_OLLAMA_DOOR_H
#define INSULA_DOOR_OLLAMA_DOOR_H

#include "door/door.h"
#include "heard.h"
#include "translate.h"

/* ollama_request.c: the bodies of /api/chat and /api/generate. */
int ollama_to_chat(struct arena *arena, const struct json *body, struct str *out,
                   struct error *err);
int generate_to_chat(struct arena *arena, const struct json *body, struct str *out,
                     struct error *err);

/* ollama_messages.c: `messages` as a chat completion's. */
int ollama_put_messages(struct translation *t, const struct json *body, struct error *err);
/* A message of that role with pictures in base64 (NULL: none), which stand at that place. */
int ollama_put_message(struct translation *t, const char *role, struct str words,
                       const struct json *images_or_null, const struct place *at,
                       struct error *err);

/* ollama_say.c: an answer, line by line and whole. */
struct said ollama_event(struct voice *voice, uint64_t id, struct str chunk);
struct said ollama_ping(struct voice *voice);
struct said ollama_done(struct voice *voice);
struct said ollama_body(struct voice *voice, struct str completion);

/* ollama_embed.c: embeddings, which are never streamed. */
int embed_to_chat(struct arena *arena, const struct json *body, struct str *out, struct error *err);
struct said embed_body(struct voice *voice, struct str completion);

#endif
