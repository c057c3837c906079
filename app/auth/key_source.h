/* Where key sets come from: a file, or a URL whose document all workers share through the database. */
#ifndef INSULA_APP_AUTH_KEY_SOURCE_H
#define INSULA_APP_AUTH_KEY_SOURCE_H

#include "auth/key_set.h"

#include <sys/types.h>
#include <time.h>

#define KEY_SET_COOLDOWN_MS (30 * 1000)
#define KEY_SET_TTL_MS      (3600 * 1000)
#define KEY_SET_STALE_MS    (24 * 3600 * 1000)

/* One parsed document, shared by holders; immutable. */
struct key_set {
    int holders; /* guarded by its cache's lock */
    struct arena *arena;
    struct key *keys;
    size_t count;
};

/* How a file looked when it was last read. */
struct file_mark {
    struct timespec changed;
    off_t size;
    ino_t inode;
    bool broken; /* and what was read was no key set */
};

/* What is known of a source, before and after a look. */
struct key_source {
    const struct key_set *held; /* the document so far; NULL: none */
    struct key_set *fresh;      /* a newer one, found by the look; NULL: none */
    int64_t good_unix_ms;       /* when the newest was last known to be the source's */
    struct file_mark mark;
    int64_t own_attempt_ms;     /* when this process fetched last (wall clock) */
    int64_t attempted_ms;       /* when anybody did */
    bool in_progress;           /* another worker is fetching right now */
};

/* Looks at the source; blocks for the database, the network and, while another worker fetches, for
 * up to a second. kid and alg: the key that is looked for.
 * ERROR_UNAVAILABLE: the database is away. */
int key_source_look_url(struct db *db, const struct identity_provider *provider, struct str kid,
                        struct str alg, struct key_source *source, struct error *err);
void key_source_look_file(const char *path, struct key_source *source);
void key_source_take(struct key_source *source, struct key_set *fresh, int64_t good_unix_ms);

/* NULL with *err when the document is no key set. */
struct key_set *key_set_make(struct str document, struct error *err);
void key_set_drop(struct key_set *set); /* the last holder */

#endif
