/* The texts of a request for embeddings: read and checked. */
#ifndef INSULA_CHAT_EMBEDDING_H
#define INSULA_CHAT_EMBEDDING_H

#include "chat/prompt.h"

enum { EMBEDDING_INPUTS_MOST = 2048, EMBEDDING_DIMENSIONS_MOST = 65536 }; /* the former is OpenAI's */

/* Reads `input` (a text, texts, tokens, or lists of tokens), `encoding_format` and `dimensions` of a client's
 * body. limits->message_bytes holds for each text.
 * ERROR_BAD_REQUEST naming the place ("input[3]"); ERROR_TOO_LARGE. */
int embedding_read(struct arena *arena, const struct json *body, const struct prompt_limits *limits,
                   struct embedding *out, struct error *err);

#endif
