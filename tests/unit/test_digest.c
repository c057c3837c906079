/* crypto/digest.h against published vectors: FIPS 180-4 examples and RFC 4231. */
#include "crypto/digest.h"
#include "crypto/random.h"

#include "base/codec.h"

#include "tap.h"

static const char *hex(const unsigned char digest[DIGEST_BYTES])
{
    static char text[2 * DIGEST_BYTES + 1];
    hex_encode(digest, DIGEST_BYTES, text);
    return text;
}

static const char *sha256(struct str bytes)
{
    unsigned char digest[DIGEST_BYTES];
    digest_bytes(bytes, digest);
    return hex(digest);
}

static const char *hmac(struct str key, struct str bytes)
{
    unsigned char digest[DIGEST_BYTES];
    digest_keyed(key, bytes, digest);
    return hex(digest);
}

static const char *parts(const struct str *list, size_t n)
{
    unsigned char digest[DIGEST_BYTES];
    digest_parts(list, n, digest);
    return hex(digest);
}

static void sha256_vectors(void)
{
    static char million[1000000];
    memset(million, 'a', sizeof million);
    is_text(sha256(STR("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "SHA-256 of nothing");
    is_text(sha256((struct str){ 0 }),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "… and of an absent str");
    is_text(sha256(STR("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "SHA-256 of abc");
    is_text(sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            "SHA-256 of two blocks");
    is_text(sha256((struct str){ million, sizeof million }),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            "SHA-256 of a million");
}

struct hmac_case {
    int key_byte; /* repeated key_len times; 0: the key text */
    size_t key_len;
    const char *key, *data;
    const char *want;
};

static void rfc_4231(void)
{
    static const struct hmac_case cases[] = {
        { 0x0b, 20, NULL, "Hi There",
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { 0, 4, "Jefe", "what do ya want for nothing?",
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { 0xaa, 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { 0xaa, 131, NULL,
          "This is a test using a larger than block-size key and a larger than block-size data. "
          "The key needs to be hashed before being used by the HMAC algorithm.",
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char key[131];
        memset(key, cases[i].key_byte, sizeof key);
        struct str given = { cases[i].key ? cases[i].key : key, cases[i].key_len };
        is_text(hmac(given, str_of(cases[i].data)), cases[i].want, "RFC 4231 HMAC %zu", i);
    }
    char key[20], data[50];
    memset(key, 0xaa, sizeof key);
    memset(data, 0xdd, sizeof data);
    is_text(hmac((struct str){ key, sizeof key }, (struct str){ data, sizeof data }),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "RFC 4231 HMAC of bytes");
    is_text(hmac(STR(""), STR("")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
            "an empty key is a key");
    is_text(hmac((struct str){ 0 }, STR("")), hmac(STR(""), STR("")), "an absent key is empty");
}

static void parts_do_not_run_together(void)
{
    char first[2 * DIGEST_BYTES + 1];
    struct str ab_c[] = { STR("ab"), STR("c") }, a_bc[] = { STR("a"), STR("bc") };
    struct str abc[] = { STR("abc") }, abc_none[] = { STR("abc"), STR("") };
    snprintf(first, sizeof first, "%s", parts(ab_c, 2));
    ok(strcmp(first, parts(a_bc, 2)) != 0, "(ab, c) is not (a, bc)");
    ok(strcmp(first, parts(abc, 1)) != 0, "(ab, c) is not (abc)");
    snprintf(first, sizeof first, "%s", parts(abc, 1));
    ok(strcmp(first, parts(abc_none, 2)) != 0, "(abc) is not (abc, nothing)");
    is_text(first, sha256(STR("\0\0\0\0\0\0\0\3abc")), "a length is 8 bytes, big-endian");
    is_text(parts(NULL, 0), sha256(STR("")), "no parts are nothing");
}

static void bytes_are_compared_and_wiped(void)
{
    char a[] = "0123456789", b[] = "0123456789";
    ok(same_bytes(a, b, 10) && same_bytes(a, b, 0), "equal bytes are the same");
    for (int i = 0; i < 10; i++) {
        b[i] ^= 0x40;
        ok(!same_bytes(a, b, 10), "a difference at byte %d is seen", i);
        b[i] ^= 0x40;
    }
    wipe(a, 9);
    ok(memcmp(a,
              "\0\0\0\0\0\0\0\0\0"
              "9",
              10) == 0,
       "what is wiped is gone, and no more");
    wipe(NULL, 0);
}

static void random_bytes_differ(void)
{
    unsigned char a[300] = { 0 }, b[300] = { 0 }, zero[300] = { 0 };
    random_bytes(a, 299);
    random_bytes(b, 299);
    ok(memcmp(a, b, 299) != 0 && memcmp(a + 267, zero, 32) != 0, "random bytes fill their room");
    ok(a[299] == 0, "… and no more");
}

int main(void)
{
    sha256_vectors();
    rfc_4231();
    parts_do_not_run_together();
    bytes_are_compared_and_wiped();
    random_bytes_differ();
    return done();
}
