/* The spool: each live turn appends what it relays to <dir>/<tenant>/<turn> and holds an exclusive
 * flock on the file; once settled, the file moves to <dir>/finished/<tenant>/ and is kept a while for
 * those who come back. So what lies in the first place is all that recovery looks at. One mechanism for three promises (architecture.md 2): resume, recovery and exactly-once billing.
 *
 * A record is its kind (1 byte), its length (4, little-endian) and its payload. A write goes to the
 * page cache, so it survives the worker's death, though not the machine's. A record cut short by a
 * full disk or a crash is the end of the file's truth: readers stop before it. */
#ifndef INSULA_CHAT_SPOOL_H
#define INSULA_CHAT_SPOOL_H

#include "auth/scope.h"

enum spool_kind {
    SPOOL_HEADER = 'H',  /* JSON: what recovery must know; with the sealed scope; always first */
    SPOOL_PLACE = 'P',   /* JSON: the turn's ids and model, as our own door tells them; always second */
    SPOOL_ATTEMPT = 'A', /* JSON: who is asked now, at what prices, and how the attempt before ended; an
                            attempt that is followed by another has no events */
    SPOOL_EVENT = 'E',   /* one event's data as the client sees it: a chat.completion.chunk */
    SPOOL_BODY = 'B',    /* the whole answer of a turn that is not streamed */
    SPOOL_USAGE = 'U',   /* JSON: what the provider said it used; the last one counts */
    SPOOL_RESULT = 'R',  /* JSON: the turn's end, not yet settled */
    SPOOL_SETTLED = 'S', /* JSON: outcome and error; the turn is stored and charged; always last: the file
                            moves to finished/ */
};

/* ---- writing: the relay, then the ledger ---- */
struct spool;

/* ERROR_UNAVAILABLE "spool_unavailable": no room, no rights. */
int spool_create(const char *dir, const struct tenant_scope *scope, struct turn_id turn,
                 struct spool **out, struct error *err);
/* Whole records. After a failure the spool is broken: it is cut back to its last whole
 * record, takes nothing more, and the turn goes on without it. */
int spool_append(struct spool *spool, enum spool_kind kind, struct str payload, struct error *err);
/* Lets the lock go and keeps the file: for resuming when settled, else for recovery. */
void spool_close(struct spool **spool);
/* The turn was never admitted. */
void spool_discard(struct spool **spool);

/* ---- reading: resume and recovery ---- */
struct spool_reader;

/* ERROR_NOT_FOUND "turn_not_found" when there is no file. */
int spool_read(const char *dir, const struct tenant_scope *scope, struct turn_id turn,
               struct spool_reader **out, struct error *err);
/* The next whole record: 1; 0: none yet (or none ever: see spool_is_live); -1: the disk fails, and
 * nobody knows (errno). The payload lives until the next call. */
int spool_next(struct spool_reader *reader, enum spool_kind *kind_out, struct str *payload_out);
/* Does a writer hold the lock? */
bool spool_is_live(const struct spool_reader *reader);
void spool_reader_close(struct spool_reader **reader);

/* ---- recovery's walk over what nobody locks ---- */
struct spool_orphan {
    struct tenant_id tenant;
    struct turn_id turn;
    int64_t changed_unix_ms;
};
/* Calls take for every file that is not finished; -1 of take ends the walk. Takes no locks. */
int spool_walk(const char *dir, int (*take)(void *self, const struct spool_orphan *file),
               void *self, struct error *err);
/* Takes the lock of a file that no writer holds, for reading and one last record; *out stays NULL
 * when somebody holds it or it is gone. */
int spool_adopt(const char *dir, const struct spool_orphan *file, struct spool **out,
                struct spool_reader **reader_out, struct error *err);
void spool_remove(const char *dir, const struct spool_orphan *file);
/* Removes finished files that were last written before `before_unix_ms`. One worker at a time: the
 * others return at once. */
void spool_sweep(const char *dir, int64_t before_unix_ms);

/* ---- cancelling from any worker: a file <dir>/cancel/<turn> that every relay watches ---- */
int spool_cancel(const char *dir, const struct tenant_scope *scope, struct turn_id turn,
                 struct error *err);
/* A descriptor that is readable when there may be something to cancel, or -1. */
int spool_cancel_watch(const char *dir, struct error *err);
/* Calls is_mine for every turn that somebody wants cancelled; those it says yes to are done with, and
 * so are requests older than a minute. */
void spool_cancel_take(const char *dir, int fd, bool (*is_mine)(void *self, struct turn_id turn),
                       void *self);

/* Makes <dir>, <dir>/cancel and <dir>/finished, mode 0700. */
int spool_prepare(const char *dir, struct error *err);

#endif
