/* What /readyz asks. */
#include "chat/ready.h"

#include "db/db.h"

#include <unistd.h>

static int not_ready(struct error *err, const char *what)
{
    fail(err, ERROR_UNAVAILABLE, "not_ready", "Not ready: %s.", what);
    err->retry_after_ms = 1000;
    return -1;
}

int chat_ready(const struct chat *chat, const struct directory *directory, struct db *db,
               struct error *err)
{
    if (db_ready(db, err) < 0)
        return not_ready(err, "the database is not there");
    if (!directory_keys_readable(directory))
        return not_ready(err, "the key file cannot be read");
    if (access(chat->spool_dir, W_OK | X_OK) < 0)
        return not_ready(err, "the spool cannot be written");
    return 0;
}
