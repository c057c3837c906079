/* The JSON of the spool's records: written by a turn, read by recovery; private to chat/. */
#ifndef INSULA_CHAT_SPOOL_RECORD_H
#define INSULA_CHAT_SPOOL_RECORD_H

#include "chat/settle.h"

/* What recovery knows of a turn from its file. */
struct spooled {
    struct str sealed_scope;       /* absent: no header */
    struct settlement settlement;  /* id from the header, end from the result; no scope yet */
    struct prices prices;          /* of the last attempt */
    struct attempt attempts[ATTEMPTS_MOST];
    size_t attempt_count;
    int64_t prompt_tokens;
    struct usage usage;
    struct spoken spoken;          /* the caller frees it */
    int64_t output_bytes;
    bool has_result;
    int records;                   /* whole ones, of any kind */
};

struct str spool_header(struct arena *arena, const struct turn *turn, struct str sealed_scope);
struct str spool_place(struct arena *arena, const struct turn *turn);
/* Reads a whole file. ERROR_UNAVAILABLE "spool_unavailable": the disk fails, so nobody knows whether
 * there is more. */
int spooled_read(struct spool_reader *reader, struct arena *arena, struct spooled *out,
                 struct error *err);

#endif
