/* The published examples of RFC 7515 verify, under their own algorithm and key and no others. */
#include "crypto/signature.h"

#include "base/codec.h"
#include "tap.h"
#include "token_craft.h"

static struct arena *arena;

#define CLAIMS                                                                                     \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"

static const struct example {
    const char *name, *message, *signature;
} examples[] = {
    { "HS256", "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." CLAIMS,
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
    { "RS256", "eyJhbGciOiJSUzI1NiJ9." CLAIMS,
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
      "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
      "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
      "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw" },
    { "ES256", "eyJhbGciOiJFUzI1NiJ9." CLAIMS,
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q" },
};
#define EXAMPLES (sizeof examples / sizeof *examples)

static struct str decoded(const char *text)
{
    struct str bytes = { 0 };
    ok(base64url_decode(arena, str_of(text), &bytes), "base64url");
    return bytes;
}

static struct signature_key key_of(const char *name)
{
    struct signature_key key = { 0 };
    struct error err;
    if (name[0] == 'H')
        key.secret = decoded("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4h"
                             "cgUuTwjAzZr1Z9CAow");
    else if (name[0] == 'R')
        ok(!public_key_rsa(
               arena,
               decoded("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJ"
                       "rcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo"
                       "9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2Cap"
                       "Hg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9"
                       "_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
               decoded("AQAB"), &key.public, &err),
           "the RSA key");
    else
        ok(!public_key_ec(arena, "P-256", decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                          decoded("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"), &key.public,
                          &err),
           "the key on P-256");
    return key;
}

static void examples_verify(void)
{
    for (size_t i = 0; i < EXAMPLES; i++)
        for (size_t k = 0; k < EXAMPLES; k++)
            for (const char *const *name = signature_names; *name; name++) {
                bool own = i == k && !strcmp(*name, examples[i].name);
                const char *defect =
                    signature_defect(*name, key_of(examples[k].name), str_of(examples[i].message),
                                     decoded(examples[i].signature));
                ok(own == !defect, "%s's example, %s's key, as %s: %s", examples[i].name,
                   examples[k].name, *name, defect ? defect : "genuine");
            }
}

static void each_name_verifies_what_it_signed(void)
{
    EVP_PKEY *keys[] = { craft_rsa(2048), craft_rsa(3072), craft_ec("P-256"), craft_ec("P-384") };
    struct str message = STR("any bytes at all");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct signature_key key = craft_public(arena, keys[i]);
        for (const char *const *name = signature_names + 1; *name; name++) {
            if (!signature_fits(*name, key.public))
                continue;
            struct str signature = craft_signature(arena, keys[i], *name, message);
            ok(!signature_defect(*name, key, message, signature), "%s verifies", *name);
            ok(signature_defect(*name, key, STR("any bytes at al1"), signature) != NULL,
               "and no other message");
        }
        EVP_PKEY_free(keys[i]);
    }
}

/* A salt of another length than the digest's is another scheme. */
static void pss_is_bound_to_its_salt(void)
{
    EVP_PKEY *key = craft_rsa(2048);
    unsigned char bytes[256];
    for (int salt = 0; salt <= 64; salt += 32) {
        size_t len = sizeof bytes;
        EVP_PKEY_CTX *settings;
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_DigestSignInit(ctx, &settings, EVP_sha256(), NULL, key);
        EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt);
        EVP_DigestSign(ctx, bytes, &len, (const unsigned char *)"m", 1);
        EVP_MD_CTX_free(ctx);
        bool good = !signature_defect("PS256", craft_public(arena, key), STR("m"),
                                      (struct str){ (char *)bytes, len });
        ok(good == (salt == 32), "PS256 with a salt of %d bytes is %s", salt,
           good ? "genuine" : "refused");
    }
    EVP_PKEY_free(key);
}

static void secrets(void)
{
    ok(signature_is_secret(STR("0123456789abcdef0123456789abcdef")), "32 bytes are a secret");
    ok(!signature_is_secret(STR("0123456789abcdef0123456789abcde")), "31 are not");
    ok(!signature_is_secret(STR("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0C")), "nor is PEM");
    ok(!signature_is_secret(STR("")) && !signature_is_secret((struct str){ 0 }), "nor nothing");
}

int main(void)
{
    arena = arena_new(64 << 20);
    examples_verify();
    each_name_verifies_what_it_signed();
    pss_is_bound_to_its_salt();
    secrets();
    arena_free(&arena);
    return done();
}
