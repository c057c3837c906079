/* Two implementations, one verdict: our verifier on OpenSSL's EVP and libjwt are given the same
 * tokens (genuine ones, changed in one or two places), the same algorithm and the same key.
 *
 * A difference is explained in three ways only: the gate is stricter than the library (token_read
 * refuses: then the library is not believed); the token is an access token by RFC 9068, whose typ
 * the library does not know; a claim is an integer over 64 bits, which the library's JSON reader
 * cannot hold and ours holds as a double. Everything else is a defect of one of the two. */
#include "auth/token.h"

#include "bar.h"
#include "token_craft.h"

#include <jwt.h>

#define SECRET STR("0123456789abcdef0123456789abcdef")

static struct arena *lasting, *arena;

static struct party {
    const char *alg;
    EVP_PKEY *evp;
    struct signature_key key;
    struct str pem; /* the same for libjwt; or the secret */
    struct str tokens[4];
} parties[3];

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15); /* the same tokens in every run */

static size_t below(size_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return n ? (size_t)(state % n) : 0;
}

/* ---- the two verdicts ---- */

static bool ours(struct str text, const struct party *party, struct token *token, bool *is_read)
{
    struct error err;
    *is_read = !token_read(arena, text, token, &err);
    return *is_read && !token_verify(token, party->alg, party->key, &err);
}

/* libjwt 1.10 writes a byte beyond the heap's block for an empty part: it is not asked then. */
static bool theirs(struct str text, const struct party *party)
{
    const char *copy = arena_copy(arena, text).at;
    jwt_t *jwt = NULL;
    if (memchr(text.at, 0, text.len) || *copy == '.' || strstr(copy, ".."))
        return false;
    int status = jwt_decode(&jwt, copy, (const unsigned char *)party->pem.at, (int)party->pem.len);
    bool good = !status && jwt && !strcmp(jwt_alg_str(jwt_get_alg(jwt)), party->alg);
    jwt_free(jwt);
    return good;
}

static bool is_access_token(const struct token *token)
{
    return str_is(json_text(json_member(token->header, "typ")), "at+jwt");
}

static bool has_wide_integer(const struct json *value)
{
    if (value->type == JSON_NUMBER && !value->is_integer)
        return !memchr(value->raw.at, '.', value->raw.len) &&
               !memchr(value->raw.at, 'e', value->raw.len);
    for (const struct json *child = value->children; child; child = child->next)
        if (has_wide_integer(child))
            return true;
    return false;
}

/* ---- tokens ---- */

static struct str sign(const struct party *party, const char *header, const char *claims)
{
    return party->evp ? craft_token(arena, party->evp, party->alg, header, str_of(claims))
                      : craft_hs256(arena, SECRET, header, str_of(claims));
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                               "=.+/ ";

/* One change anywhere: a character, a bit, some characters fewer or more, a part of another token.
 */
static struct str change(struct str token, struct str other)
{
    size_t at = below(token.len), n = below(5), kind = below(6);
    char *text = arena_alloc(arena, token.len + other.len + 8);
    memcpy(text, token.at, token.len);
    if (kind < 2) {
        text[at] = alphabet[below(sizeof alphabet - 1)];
        return (struct str){ text, token.len };
    }
    if (kind == 2) {
        text[at] = (char)(text[at] ^ 1 << below(8));
        return (struct str){ text, token.len };
    }
    if (kind == 3) { /* fewer */
        n = n > token.len - at ? token.len - at : n;
        memmove(text + at, token.at + at + n, token.len - at - n);
        return (struct str){ text, token.len - n };
    }
    if (kind == 4) { /* more */
        memmove(text + at + n, token.at + at, token.len - at);
        for (size_t i = 0; i < n; i++)
            text[at + i] = alphabet[below(sizeof alphabet - 1)];
        return (struct str){ text, token.len + n };
    }
    const char *dot = memrchr(token.at, '.', token.len), *end = memrchr(other.at, '.', other.len);
    if (!dot || !end)
        return token;
    size_t head = (size_t)(dot - token.at), tail = (size_t)(other.at + other.len - end);
    memcpy(text + head, end, tail);
    return (struct str){ text, head + tail };
}

/* Signed as it stands: another header, then other claims. */
static struct str signed_anew(const struct party *party)
{
    static const char *const headers[] = {
        "{\"alg\":\"%s\"}",
        "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
        "{\"typ\":\"JWT\",\"kid\":\"k\",\"alg\":\"%s\"}",
        "{\"alg\":\"%s\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"%s\",\"typ\":\"jwt\"}",
        "{\"alg\":\"%s\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"%s\",\"alg\":\"none\"}",
        "{\"alg\":\"none\",\"x\":\"%s\"}",
        "{\"alg\":\"RS384\",\"x\":\"%s\"}",
        "{\"alg\":\"HS256\",\"x\":\"%s\"}",
        "{\"alg\":\"ES256\",\"x\":\"%s\"}",
        "{ \"alg\" : \"%s\" } ",
    };
    static const char *const claims[] = {
        "{\"iss\":\"i\"}",
        "{\"iss\":\"i\",\"exp\":1e400}",
        "{\"iss\":\"i\",\"x\":[{}]}",
        "{\"iss\":\"\\u00e4\",\"exp\":18446744073709551615}",
        "{\"iss\":\"i\",\"iss\":\"j\"}",
        "[1]",
        "{\"iss\":\"i\"",
        "{\"iss\":\"i\",\"x\":\"\\ud800\"}",
        "{\"iss\":\"\xc0\x80\"}",
        "{\"iss\":1}",
        "{\"iss\":\"i\",\"x\":-0.0}",
        "{\"iss\":\"i\",\"x\":9223372036854775808}",
    };
    char header[80];
    const char *format = headers[below(sizeof headers / sizeof *headers)];
    size_t cut = strcspn(format, "%");
    snprintf(header, sizeof header, "%.*s%s%s", (int)cut, format, party->alg, format + cut + 2);
    return sign(party, header, claims[below(sizeof claims / sizeof *claims)]);
}

static struct str next_token(const struct party *party)
{
    const struct party *stranger = &parties[below(3)];
    struct str token = party->tokens[below(4)];
    if (below(4) == 0)
        token = signed_anew(party);
    for (size_t changes = below(3); changes > 0; changes--)
        token = change(token, stranger->tokens[below(4)]);
    return token;
}

/* ---- the comparison ---- */

static struct {
    long both, neither, gate, access, wide, unexplained;
} seen;

static void compare(const struct party *party)
{
    struct str token = next_token(party);
    struct token read;
    bool is_read, us = ours(token, party, &read, &is_read), them = theirs(token, party);
    if (us == them)
        (us ? seen.both++ : seen.neither++);
    else if (them && !is_read)
        seen.gate++;
    else if (us && is_access_token(&read))
        seen.access++;
    else if (us && has_wide_integer(read.claims))
        seen.wide++;
    else {
        seen.unexplained++;
        printf("# %s: ours %d, libjwt %d: %.*s\n", party->alg, us, them, STR_ARGS(token));
    }
}

static void begin(struct party *party, const char *alg, EVP_PKEY *evp)
{
    static const char *const claims[] = { "{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\"}",
                                          "{\"exp\":1800000000,\"iss\":\"i\"}", "{\"iss\":\"j\"}",
                                          "{\"iss\":\"i\",\"x\":[1,2,{\"y\":null}]}" };
    struct str key = evp ? craft_pem(lasting, evp) : SECRET;
    *party = (struct party){
        alg, evp, evp ? craft_public(lasting, evp) : craft_secret(SECRET), key, { { 0 } }
    };
    const char *header = arena_printf(lasting, "{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg);
    for (size_t i = 0; i < 4; i++)
        party->tokens[i] = arena_copy(lasting, sign(party, header, claims[i]));
}

int main(void)
{
    long all = bar_rounds(3000, 120000);
    lasting = arena_new(1 << 20);
    arena = arena_new(16 << 20);
    begin(&parties[0], "RS256", craft_rsa(2048));
    begin(&parties[1], "ES256", craft_ec("P-256"));
    begin(&parties[2], "HS256", NULL);
    for (long i = 0; i < all; i++) {
        compare(&parties[i % 3]);
        arena_reset(arena);
    }
    printf(
        "# both accept %ld, neither %ld, the gate alone refuses %ld; ours alone accepts %ld access"
        " tokens, %ld with wide integers\n",
        seen.both, seen.neither, seen.gate, seen.access, seen.wide);
    ok(seen.both > all / 10 && seen.neither > all / 4 && seen.gate > all / 100 && seen.access &&
           seen.wide,
       "tokens of every outcome were tried");
    bar("B7", "mutated tokens: our verdict is libjwt's, or the difference is explained",
        all - seen.unexplained, all);
    EVP_PKEY_free(parties[0].evp);
    EVP_PKEY_free(parties[1].evp);
    arena_free(&arena);
    arena_free(&lasting);
    return done();
}
