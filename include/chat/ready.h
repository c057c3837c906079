/* Can a turn be taken right now? */
#ifndef INSULA_CHAT_READY_H
#define INSULA_CHAT_READY_H

#include "chat/turn.h"

/* The database answers, the key file is there to be read, the spool can be written.
 * ERROR_UNAVAILABLE "not_ready", saying which does not. */
int chat_ready(const struct chat *chat, const struct directory *directory, struct db *db,
               struct error *err);

#endif
