/* The gate: takes a token apart and checks its signature, for authenticate().
 *
 * Libraries decode on the stack, skip foreign bytes, compare names without case, never look at
 * crit. What passes here has one meaning, whoever reads it. */
#include "auth/token.h"

#include "base/codec.h"
#include "token_rules.h"

#define TOKEN_MAX_BYTES  (8 * 1024)
#define ISSUER_MAX_BYTES 255
#define KID_MAX_BYTES    128

static const struct json_limits limits = { .depth = 16, .values = 1000 };

int token_refuse(struct error *err, const char *reason)
{
    fail(err, ERROR_UNAUTHENTICATED, "invalid_token", "The credential is not valid.");
    return error_note(err, "token: %s", reason);
}

/* Exactly three parts, none empty. */
static bool split(struct str text, struct str parts[3])
{
    const char *end = text.at + text.len;
    const char *first = memchr(text.at, '.', text.len);
    if (!first)
        return false;
    const char *second = memchr(first + 1, '.', (size_t)(end - first - 1));
    if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
        return false;
    parts[0] = (struct str){ text.at, (size_t)(first - text.at) };
    parts[1] = (struct str){ first + 1, (size_t)(second - first - 1) };
    parts[2] = (struct str){ second + 1, (size_t)(end - second - 1) };
    return parts[0].len && parts[1].len && parts[2].len;
}

static const struct json *object_of(struct arena *arena, struct str part)
{
    struct str bytes;
    struct json *json;
    struct error ignored;
    if (!base64url_decode(arena, part, &bytes) ||
        json_parse(arena, bytes, &limits, &json, &ignored))
        return NULL;
    return json->type == JSON_OBJECT ? json : NULL;
}

/* Names that would let the token say how it is to be checked. */
static bool has_instructions(const struct json *header)
{
    static const char *const names[] = { "crit", "jku", "x5u", "jwk", "x5c", "zip", "enc", "cty" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_member(header, names[i]))
            return true;
    return false;
}

/* An access token may say what it is (RFC 9068); of the other kinds there are, none is a
 * credential. */
static bool is_known_type(struct str typ)
{
    return str_is(typ, "JWT") || str_is(typ, "at+jwt") || str_is(typ, "application/at+jwt");
}

/* A member that may be absent but, where it stands, is a string of 1 to max bytes. */
static bool optional_text(const struct json *object, const char *name, size_t max, struct str *out)
{
    const struct json *member = json_member(object, name);
    if (!member) {
        *out = (struct str){ 0 };
        return true;
    }
    *out = json_text(member);
    return out->at && out->len >= 1 && out->len <= max;
}

static const char *header_defect(const struct json *header, struct token *token)
{
    struct str typ;
    if (has_instructions(header))
        return "header gives instructions";
    if (!optional_text(header, "typ", 32, &typ) || (typ.at && !is_known_type(typ)))
        return "typ";
    if (!optional_text(header, "kid", KID_MAX_BYTES, &token->kid))
        return "kid";
    token->alg = json_text(json_member(header, "alg"));
    return token->alg.at && token->alg.len && !str_equal_nocase(token->alg, "none") ? NULL : "alg";
}

int token_read(struct arena *arena, struct str text, struct token *out, struct error *err)
{
    struct token token = { 0 };
    struct str parts[3];
    if (!text.at || text.len > TOKEN_MAX_BYTES)
        return token_refuse(err, "absent or over 8 KiB");
    if (!split(text, parts))
        return token_refuse(err, "not three parts");
    token.message = (struct str){ text.at, parts[0].len + 1 + parts[1].len };
    if (!base64url_decode(arena, parts[2], &token.signature))
        return token_refuse(err, "signature is not base64url");
    token.header = object_of(arena, parts[0]);
    token.claims = object_of(arena, parts[1]);
    if (!token.header || !token.claims)
        return token_refuse(err, "header or claims are no JSON object");
    const char *defect = header_defect(token.header, &token);
    if (defect)
        return token_refuse(err, defect);
    if (!optional_text(token.claims, "iss", ISSUER_MAX_BYTES, &token.issuer) || !token.issuer.at)
        return token_refuse(err, "iss");
    *out = token;
    return 0;
}

int token_verify(const struct token *token, const char *alg, struct signature_key key,
                 struct error *err)
{
    if (!str_is(token->alg, alg))
        return token_refuse(err, "alg is not the key's");
    const char *defect = signature_defect(alg, key, token->message, token->signature);
    return defect ? token_refuse(err, defect) : 0;
}
