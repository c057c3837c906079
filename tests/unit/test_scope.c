/* A scope is a right: what it holds comes back, a forged one ends the process, a sealed one opens
 * only unaltered and only under the same house's keys. */
#include "auth/scope.h"
#include "base/log.h"
#include "scope_new.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena;
static struct error err;
static char key_file[] = "/tmp/insula-test-scope-XXXXXX";

static struct auth *auth_with(struct directory **directory)
{
    struct auth *auth = NULL;
    ok(!directory_new(key_file, directory, &err) && !auth_new(*directory, &auth, &err),
       "a house opens with a key file and without a database%s%s", auth ? "" : ": ",
       auth ? "" : err.message);
    return auth;
}

static void make_key_file(void)
{
    uint32_t id;
    int fd = mkstemp(key_file);
    close(fd);
    unlink(key_file);
    ok(!key_file_add(key_file, &id, &err), "a key file is made for the test");
}

static const struct user_id user = { { "0123456789abcdef" } };

static void scopes_hold_what_they_say(void)
{
    const struct tenant_scope *scope =
        scope_new(arena, (struct tenant_id){ 0x01020304 }, user, ROLE_ADMIN);
    struct arena *longer = arena_new(4096);
    const struct tenant_scope *copy = scope_copy(scope, longer);
    ok(copy != scope, "a copy is another");
    ok(scope_tenant(copy).v == 0x01020304, "with the tenant");
    ok(user_id_equal(scope_user(copy), user), "the user");
    ok(scope_role(copy) == ROLE_ADMIN, "and the role");
    arena_free(&longer);
    ok(scope_role(scope_new(arena, (struct tenant_id){ 1 }, user, ROLE_MEMBER)) == ROLE_MEMBER,
       "a member is a member");
}

/* Does it end the process? */
static bool aborts(void (*use)(const struct tenant_scope *), const struct tenant_scope *scope)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        use(scope);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void use_tenant(const struct tenant_scope *scope)
{
    scope_tenant(scope);
}

static void use_user(const struct tenant_scope *scope)
{
    scope_user(scope);
}

static void use_role(const struct tenant_scope *scope)
{
    scope_role(scope);
}

static void use_copy(const struct tenant_scope *scope)
{
    scope_copy(scope, arena);
}

static void forged_scopes_end_the_process(void)
{
    void (*const uses[])(const struct tenant_scope *) = { use_tenant, use_user, use_role,
                                                          use_copy };
    char *forged = arena_alloc(arena, 256);
    const struct tenant_scope *genuine =
        scope_new(arena, (struct tenant_id){ 1 }, user, ROLE_MEMBER);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        memset(forged, 0, 256);
        ok(aborts(uses[i], (const void *)forged), "zeros are no scope (%zu)", i);
        memset(forged, 0xff, 256);
        ok(aborts(uses[i], (const void *)forged), "ones are no scope (%zu)", i);
        ok(!aborts(uses[i], genuine), "a genuine one is (%zu)", i);
    }
}

static void seals_open_unaltered(void)
{
    struct directory *directory, *directory2;
    struct auth *auth = auth_with(&directory);
    struct auth *again = auth_with(&directory2);
    unsigned char sealed[SCOPE_SEALED_BYTES], twice[SCOPE_SEALED_BYTES];
    struct str bytes = { (const char *)sealed, sizeof sealed };
    const struct tenant_scope *opened = NULL;
    scope_seal(auth, scope_new(arena, (struct tenant_id){ 0xfedcba98 }, user, ROLE_ADMIN), sealed);
    ok(!scope_open(again, bytes, arena, &opened, &err),
       "a sealed scope opens in another process of the house");
    ok(scope_tenant(opened).v == 0xfedcba98 && user_id_equal(scope_user(opened), user) &&
           scope_role(opened) == ROLE_ADMIN,
       "and is what it was");
    scope_seal(again, opened, twice);
    ok(!memcmp(sealed, twice, sizeof sealed), "one scope has one seal");
    int refused = 0;
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        refused += scope_open(auth, bytes, arena, &opened, &err) &&
                   !strcmp(err.code, "scope_broken") && err.kind == ERROR_INTERNAL;
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    is_number(refused, 8 * SCOPE_SEALED_BYTES, "every single bit counts");
    for (bytes.len = 0; bytes.len < sizeof sealed; bytes.len++)
        refused -= scope_open(auth, bytes, arena, &opened, &err) != 0;
    is_number(refused, 7 * SCOPE_SEALED_BYTES, "every byte is needed");
    ok(scope_open(auth, (struct str){ 0 }, arena, &opened, &err), "an absent one does not open");
    uint32_t id;
    unlink(key_file);
    key_file_add(key_file, &id, &err);
    struct directory *other_directory;
    struct auth *other = auth_with(&other_directory);
    bytes.len = sizeof sealed;
    ok(scope_open(other, bytes, arena, &opened, &err), "another house's does not open");
    auth_free(&auth);
    auth_free(&again);
    auth_free(&other);
    ok(!auth, "auth_free leaves nothing");
    directory_free(&directory);
    directory_free(&directory2);
    directory_free(&other_directory);
}

static void users_are_hashed(void)
{
    struct directory *directory;
    struct auth *auth = auth_with(&directory);
    char a[USER_HASH_MAX], b[USER_HASH_MAX], c[USER_HASH_MAX];
    const struct tenant_scope *one = scope_new(arena, (struct tenant_id){ 1 }, user, ROLE_MEMBER);
    const struct tenant_scope *same = scope_new(arena, (struct tenant_id){ 1 }, user, ROLE_ADMIN);
    const struct tenant_scope *other = scope_new(arena, (struct tenant_id){ 2 }, user, ROLE_MEMBER);
    is_text(scope_user_hash(auth, one, a), a, "a user's hash is returned");
    ok(strlen(a) == 14 && !strncmp(a, "h:", 2) && strspn(a + 2, "0123456789abcdef") == 12,
       "it is h: and 12 hex digits");
    is_text(scope_user_hash(auth, same, b), a, "the same for the same person");
    ok(strcmp(scope_user_hash(auth, other, c), a) != 0, "another in another tenant");
    auth_free(&auth);
    directory_free(&directory);
}

int main(void)
{
    arena = arena_new(8 << 20);
    log_open("/dev/null", &err);
    make_key_file();
    scopes_hold_what_they_say();
    forged_scopes_end_the_process();
    seals_open_unaltered();
    users_are_hashed();
    unlink(key_file);
    arena_free(&arena);
    return done();
}
