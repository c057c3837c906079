/* Compares the spool's files with the ledger, for insulactl fsck. */
#include "spool_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long creating a turn, or sweeping an old file away, may lag behind. */
#define LAG_MS 60000

struct walk {
    struct platform p;
    int64_t now_unix_ms, keep_ms;
    struct arena *arena;
    struct finding *finding;
    bool is_finished; /* walking the files that are only kept for those who come back */
};

static int judge(struct walk *walk, struct tenant_id tenant, struct turn_id turn, int64_t age_ms,
                 bool *wrong_out, struct error *err)
{
    enum turn_state state;
    if (walk->is_finished) {
        *wrong_out = age_ms > walk->keep_ms + LAG_MS;
        return 0;
    }
    if (fsck_turn(walk->p, tenant, turn, &state, err))
        return -1;
    *wrong_out =
        (state == TURN_UNKNOWN && age_ms > LAG_MS) || (state == TURN_SETTLED && age_ms > LAG_MS);
    return 0;
}

static int check_file(struct walk *walk, int folder, const char *tenant_name, const char *name,
                      struct error *err)
{
    long long tenant;
    struct turn_id turn;
    struct stat status;
    if (*name == '.' || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW))
        return 0; /* gone meanwhile */
    bool is_wrong = !turn_id_parse(str_of(name), &turn) ||
                    !str_to_number(str_of(tenant_name), UINT32_MAX, &tenant);
    int64_t age_ms = walk->now_unix_ms - (int64_t)status.st_mtim.tv_sec * 1000;
    if (!is_wrong &&
        judge(walk, (struct tenant_id){ (uint32_t)tenant }, turn, age_ms, &is_wrong, err))
        return -1;
    walk->finding->examined++;
    if (is_wrong && walk->finding->wrong++ == 0)
        walk->finding->example = arena_printf(walk->arena, "%s/%s", tenant_name, name);
    return 0;
}

/* Calls for each file of one tenant. */
static int check_tenant(struct walk *walk, int spool, const char *name, struct error *err)
{
    int fd = openat(spool, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder)
        return fail_unreachable(err, "The spool's folder %s cannot be read: %s.", name,
                                strerror(errno));
    int failed = 0;
    for (struct dirent *entry; !failed && (entry = readdir(folder));)
        failed = check_file(walk, dirfd(folder), name, entry->d_name, err);
    closedir(folder);
    return failed;
}

/* Folders named by a tenant's number; the spool has two of others. */
static int check_root(struct walk *walk, const char *dir, struct error *err)
{
    DIR *root = opendir(dir);
    if (!root && errno == ENOENT)
        return 0; /* no worker has run yet */
    if (!root)
        return fail_unreachable(err, "The spool %s cannot be read: %s.", dir, strerror(errno));
    int failed = 0;
    for (struct dirent *entry; !failed && (entry = readdir(root));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "cancel") != 0 &&
            strcmp(entry->d_name, "finished") != 0)
            failed = check_tenant(walk, dirfd(root), entry->d_name, err);
    closedir(root);
    return failed;
}

int spool_check(struct cli *cli, struct platform p, int64_t now_unix_ms, struct finding *out,
                struct error *err)
{
    const char *dir = cli->config.spool.dir;
    *out = (struct finding){ .check = "spool files belong to live turns", .example = "" };
    struct walk walk = { p,          now_unix_ms, (int64_t)cli->config.spool.keep_seconds * 1000,
                         cli->arena, out,         false };
    if (check_root(&walk, dir, err) < 0)
        return -1;
    walk.is_finished = true;
    return check_root(&walk, arena_printf(cli->arena, "%s/finished", dir), err);
}
