/* A key set in a file is read again when it changes, serves on when it breaks, and is bound to one
 * algorithm; missing kids are remembered. Key sets from URLs are in tests/db/test_key_sets_url.c.
 */
#include "auth/key_set.h"
#include "base/clock.h"
#include "base/log.h"
#include "evp_key.h"
#include "missing_kids.h"
#include "tap.h"
#include "token_craft.h"

#include <stdlib.h>
#include <unistd.h>

static struct arena *arena;
static struct error err;
static EVP_PKEY *old_key, *new_key;
static char path[] = "/tmp/insula-test-keys-XXXXXX";
static struct identity_provider provider = { .id = { { "an-idp-of-16-byt" } },
                                             .key_set_file = path,
                                             .algorithms = "RS256 RS384" };

static void write_file(const char *text)
{
    char aside[64];
    snprintf(aside, sizeof aside, "%s.new", path);
    FILE *file = fopen(aside, "w");
    fputs(text, file);
    fclose(file);
    rename(aside, path);
}

static const char *set_of(const char *kid, EVP_PKEY *key, const char *more)
{
    struct str n = craft_number(arena, key, "n", 0);
    return arena_printf(
        arena, "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%.*s\",\"e\":\"AQAB\"%s}]}", kid,
        STR_ARGS(n), more);
}

static int find(struct key_sets *sets, const char *kid, const char *alg, struct key *out)
{
    return key_sets_find(sets, NULL, &provider, str_of(kid), str_of(alg), arena, out, &err);
}

static void a_changed_file_shows(struct key_sets *sets)
{
    struct key key;
    ok(!find(sets, "k1", "RS256", &key) && EVP_PKEY_eq(key.public->evp, old_key) == 1,
       "a key is found in a file");
    ok(find(sets, "k2", "RS256", &key) && err.kind == ERROR_UNAUTHENTICATED &&
           !strcmp(err.code, "invalid_token"),
       "an unknown kid is refused");
    write_file(set_of("k2", new_key, ""));
    usleep(1020 * 1000);
    ok(!find(sets, "k2", "RS256", &key) && EVP_PKEY_eq(key.public->evp, new_key) == 1,
       "a changed file is read within a second");
    ok(find(sets, "k1", "RS256", &key), "a key that was taken out is gone");
}

static void a_broken_file_serves_on(struct key_sets *sets)
{
    struct key key;
    write_file("{\"keys\":[");
    usleep(1020 * 1000);
    ok(!find(sets, "k2", "RS256", &key), "a broken file leaves the last good keys");
    unlink(path);
    usleep(1020 * 1000);
    ok(!find(sets, "k2", "RS256", &key), "so does a lost one");
    clock_set_unix_ms(clock_unix_ms() + INT64_C(24) * 3600 * 1000 + 1);
    usleep(1020 * 1000);
    ok(find(sets, "k2", "RS256", &key) && err.kind == ERROR_UNAVAILABLE && err.retry_after_ms > 0,
       "but not for longer than 24 h");
    write_file(set_of("k2", new_key, ""));
    usleep(1020 * 1000);
    ok(!find(sets, "k2", "RS256", &key), "a mended one is read");
    clock_set_unix_ms(0);
}

static void one_algorithm_per_key(void)
{
    struct key_sets *sets = key_sets_new();
    struct key key;
    write_file(set_of("k", new_key, ""));
    ok(!find(sets, "k", "RS256", &key), "a key without alg serves the narrowest of the issuer's");
    ok(find(sets, "k", "RS384", &key), "and no other");
    provider.algorithms = "RS384 RS512";
    ok(!find(sets, "k", "RS384", &key) && find(sets, "k", "RS256", &key) &&
           find(sets, "k", "RS512", &key),
       "whatever those are");
    key_sets_free(&sets);
    sets = key_sets_new();
    write_file(set_of("k", new_key, ",\"alg\":\"RS512\""));
    ok(!find(sets, "k", "RS512", &key) && find(sets, "k", "RS384", &key),
       "a key's own alg is binding");
    key_sets_free(&sets);
    ok(!sets, "key_sets_free leaves nothing");
}

static void no_set_at_all(void)
{
    struct key_sets *sets = key_sets_new();
    struct key key;
    unlink(path);
    ok(find(sets, "k", "RS512", &key) && err.kind == ERROR_UNAVAILABLE,
       "a missing file is unavailable");
    provider.key_set_file = "/";
    ok(find(sets, "k", "RS512", &key) && err.kind == ERROR_UNAVAILABLE, "so is what is no file");
    provider.key_set_file = NULL;
    ok(find(sets, "k", "RS512", &key) && err.kind == ERROR_UNAUTHENTICATED, "no source is no key");
    key_sets_free(&sets);
}

static void missing_kids_are_remembered(void)
{
    static struct missing_kids missing;
    char kid[16];
    ok(!missing_kids_has(&missing, STR(""), 5), "nothing is missing at first");
    missing_kids_add(&missing, STR("a"), 100);
    ok(missing_kids_has(&missing, STR("a"), 99), "a missing kid is remembered");
    ok(!missing_kids_has(&missing, STR("a"), 100), "until its time is over");
    ok(!missing_kids_has(&missing, STR("b"), 99), "another one is not");
    for (int i = 0; i < MISSING_KIDS; i++) {
        snprintf(kid, sizeof kid, "%d", i);
        missing_kids_add(&missing, str_of(kid), 200);
    }
    ok(!missing_kids_has(&missing, STR("a"), 99), "128 newer ones push it out");
    ok(missing_kids_has(&missing, STR("0"), 99) && missing_kids_has(&missing, STR("127"), 99),
       "and are all there");
}

int main(void)
{
    arena = arena_new(8 << 20);
    log_open("/dev/null", &err);
    close(mkstemp(path));
    old_key = craft_rsa(2048);
    new_key = craft_rsa(2048);
    write_file(set_of("k1", old_key, ""));
    struct key_sets *sets = key_sets_new();
    a_changed_file_shows(sets);
    a_broken_file_serves_on(sets);
    key_sets_free(&sets);
    one_algorithm_per_key();
    no_set_at_all();
    missing_kids_are_remembered();
    unlink(path);
    EVP_PKEY_free(old_key);
    EVP_PKEY_free(new_key);
    arena_free(&arena);
    return done();
}
