/* A spool in a folder of its own, and a scope to use it with: for the tests of the spool. */
#ifndef INSULA_TESTS_SPOOL_PLACE_H
#define INSULA_TESTS_SPOOL_PLACE_H

#include "chat/spool.h"
#include "scope_new.h"
#include "tap.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;
static struct error err;
static char spool_dir[] = "/tmp/insula-test-spool-XXXXXX";

static void spool_place_make(void)
{
    arena = arena_new(64 << 20);
    if (!mkdtemp(spool_dir) || spool_prepare(spool_dir, &err) < 0)
        abort();
}

static int spool_place_unlink(const char *path, const struct stat *facts, int type, struct FTW *ftw)
{
    (void)facts;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void spool_place_remove(void)
{
    nftw(spool_dir, spool_place_unlink, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(&arena);
}

static const struct tenant_scope *spool_scope(uint32_t tenant)
{
    static const struct user_id user = { { "0123456789abcdef" } };
    return scope_new(arena, (struct tenant_id){ tenant }, user, ROLE_MEMBER);
}

static struct spool *spool_open_new(uint32_t tenant, struct turn_id turn)
{
    struct spool *spool = NULL;
    ok(spool_create(spool_dir, spool_scope(tenant), turn, &spool, &err) == 0, "a spool opens%s%s",
       spool ? "" : ": ", spool ? "" : err.log);
    if (!spool)
        abort();
    return spool;
}

static struct spool_reader *spool_open_reader(uint32_t tenant, struct turn_id turn)
{
    struct spool_reader *reader = NULL;
    if (spool_read(spool_dir, spool_scope(tenant), turn, &reader, &err) < 0)
        abort();
    return reader;
}

#endif
