/* crypto/keys.h: a sealed record opens in its place, under its key, unchanged, and nowhere else. */
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "crypto/random.h"

#include "tap.h"

#include <openssl/err.h>

static struct arena *arena;
static unsigned char key[DATA_KEY_BYTES];
static const struct seal_place home = { { 7 }, "provider", "api_key", { "0123456789abcdef", 16 } };

static struct str seal_it(struct str secret)
{
    struct str record = { 0 };
    struct error err;
    seal(arena, key, &home, secret, &record, &err);
    return record;
}

/* Whether the record is refused as it must be, with nothing given out. */
static bool is_broken(const unsigned char *with, const struct seal_place *place, struct str record)
{
    struct str secret = STR("untouched");
    struct error err = { 0 };
    return unseal(arena, with, place, record, &secret, &err) == -1 && err.kind == ERROR_INTERNAL &&
           !strcmp(err.code, "seal_broken") && str_is(secret, "untouched") && ERR_peek_error() == 0;
}

static void secrets_come_back(void)
{
    char large[100000];
    memset(large, 'x', sizeof large);
    const struct str secrets[] = { STR(""), STR("k"), STR("sk-abc\0def"), { large, sizeof large } };
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        struct str record = seal_it(secrets[i]), secret = { 0 };
        struct error err;
        is_number(record.len, SEAL_OVERHEAD + secrets[i].len, "record %zu has its size", i);
        ok(unseal(arena, key, &home, record, &secret, &err) == 0 && str_equal(secret, secrets[i]) &&
               secret.at[secret.len] == '\0',
           "secret %zu comes back", i);
    }
    struct str a = seal_it(STR("same")), b = seal_it(STR("same"));
    ok(memcmp(a.at + 5, b.at + 5, 12) != 0 && memcmp(a.at + 17, b.at + 17, 4) != 0,
       "sealing twice takes two nonces and gives two ciphertexts");
    ok(a.at[0] == 1 && memmem(seal_it(STR("findme!!")).at, 41, "findme!!", 8) == NULL,
       "a record begins with its version and does not show its secret");
    is_number(sealed_key_id(a), 0, "a secret's record names no key of the ring");
}

static void a_record_moved_does_not_open(void)
{
    const struct seal_place elsewhere[] = {
        { { 8 }, "provider", "api_key", { "0123456789abcdef", 16 } },
        { { 0 }, "provider", "api_key", { "0123456789abcdef", 16 } },
        { { 7 }, "providers", "api_key", { "0123456789abcdef", 16 } },
        { { 7 }, "provider", "api_kez", { "0123456789abcdef", 16 } },
        { { 7 }, "provider", "api_key", { "0123456789abcdeg", 16 } },
        { { 7 }, "provider", "api_key", { "0123456789abcde", 15 } },
        { { 7 }, "provider", "api_key", { "", 0 } },
        { { 7 }, "providera", "pi_key", { "0123456789abcdef", 16 } },
        { { 7 }, "provider", "api_key0", { "123456789abcdef", 15 } },
        { { 7 }, "", "providerapi_key", { "0123456789abcdef", 16 } },
    };
    struct str record = seal_it(STR("secret"));
    ok(!is_broken(key, &home, record), "the record opens at home");
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        ok(is_broken(key, &elsewhere[i], record), "… but not elsewhere (%zu)", i);
    unsigned char other[DATA_KEY_BYTES];
    for (int bit = 0; bit < 256; bit += 51) {
        memcpy(other, key, sizeof other);
        other[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ok(is_broken(other, &home, record), "… nor under a key with bit %d flipped", bit);
    }
}

static void a_record_changed_does_not_open(void)
{
    struct str record = seal_it(STR("secret"));
    char bytes[SEAL_OVERHEAD + 6 + 1];
    int opened = 0;
    for (size_t bit = 0; bit < record.len * 8; bit++) {
        memcpy(bytes, record.at, record.len);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        opened += !is_broken(key, &home, (struct str){ bytes, record.len });
    }
    is_number(opened, 0, "no record with a flipped bit opens");
    for (size_t len = 0; len < record.len; len++) {
        opened += !is_broken(key, &home, (struct str){ record.at, len });
        opened += !is_broken(key, &home, (struct str){ record.at + record.len - len, len });
    }
    is_number(opened, 0, "no record that is cut opens, its tag not either");
    memcpy(bytes, record.at, record.len);
    bytes[record.len] = 0;
    ok(is_broken(key, &home, (struct str){ bytes, record.len + 1 }), "nor a longer one");
    ok(is_broken(key, &home, (struct str){ 0 }), "nor an absent one");
}

static void limits_are_errors(void)
{
    struct arena *small = arena_new(4096);
    struct str record = { 0 }, secret = { 0 },
               big = seal_it((struct str){ (char[5000]){ 0 }, 5000 });
    struct error err = { 0 };
    ok(seal(small, key, &home, (struct str){ (char[5000]){ 0 }, 5000 }, &record, &err) == -1 &&
           err.kind == ERROR_TOO_LARGE && !record.at,
       "a secret beyond the arena's maximum is not sealed");
    ok(unseal(small, key, &home, big, &secret, &err) == -1 && err.kind == ERROR_TOO_LARGE &&
           !secret.at,
       "nor opened");
    arena_free(&small);
}

static bool is_wiped;

static void look(void *thing)
{
    const struct str *secret = thing;
    is_wiped = secret->at && memcmp(secret->at, (char[14]){ 0 }, 14) == 0;
}

static void the_arena_wipes_what_it_held(void)
{
    struct arena *own = arena_new(4096);
    struct str secret = { 0 };
    struct error err;
    arena_defer(own, look, &secret); /* closers run the other way round: this one after the wiping */
    unseal(own, key, &home, seal_it(STR("wipe me please")), &secret, &err);
    arena_reset(own);
    ok(is_wiped, "an opened secret is wiped");

    const char *before = arena_try(own, 1);
    struct seal_place elsewhere = home;
    elsewhere.tenant.v = 8;
    unseal(own, key, &home, seal_it(STR("let me be seen")), &secret, &err);
    ok(memmem(before, 1024, "let me be seen", 14) != NULL, "an open one lies there");
    unseal(own, key, &elsewhere, seal_it(STR("wipe me please")), &secret, &err);
    ok(!memmem(before, 1024, "wipe me please", 14), "nothing is left of one that did not open");
    arena_free(&own);
}

int main(void)
{
    arena = arena_new(16 << 20);
    random_bytes(key, sizeof key);
    secrets_come_back();
    a_record_moved_does_not_open();
    a_record_changed_does_not_open();
    limits_are_errors();
    the_arena_wipes_what_it_held();
    arena_free(&arena);
    return done();
}
