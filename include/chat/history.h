/* What a stored conversation says up to a message, cut to what the model can read. */
#ifndef INSULA_CHAT_HISTORY_H
#define INSULA_CHAT_HISTORY_H

#include "chat/prompt.h"
#include "store/messages.h"

/* The branch that ends at `leaf`, root first: pure, over a conversation's outline (oldest first).
 * *count is 0 when leaf is not among them. A parent that is not there ends the branch. */
struct message **branch_of(struct arena *arena, struct message *outline, size_t outline_count,
                           struct message_id leaf, size_t *count);

/* The branch that ends at `leaf`, with its text. leaf zero: empty.
 * ERROR_NOT_FOUND "message_not_found" when leaf is not in the conversation. */
int history_read(const struct tenant_scope *scope, struct db *db,
                 struct conversation_id conversation, struct message_id leaf, struct arena *arena,
                 struct message **out, size_t *count, struct error *err);

/* Stored messages and the request's own as one prompt, cut to context_tokens from the oldest; system and
 * developer messages and the last message stay; a tool's result stays or goes with its call. Estimates three bytes a token. Pure. */
void history_cut(struct arena *arena, const struct message *stored, size_t stored_count,
                 const struct prompt *added, int64_t context_tokens, struct prompt *out);

#endif
