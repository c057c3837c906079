/* Checks what a token claims about its issuer, audience and times, by exact JSON types (J3, J12).
 */
#include "auth/token.h"

#include "token_rules.h"

#define LEEWAY_S       60
#define LIFETIME_MAX_S (24 * 3600)
#define TIME_MAX_S     253402300799 /* the year 9999: far from any overflow below */

bool audience_holds(const struct json *aud, const char *audience)
{
    if (!aud || aud->type != JSON_ARRAY)
        return str_is(json_text(aud), audience);
    bool holds = false;
    for (const struct json *entry = aud->children; entry; entry = entry->next) {
        if (entry->type != JSON_STRING)
            return false;
        holds = holds || str_is(json_text(entry), audience);
    }
    return holds;
}

/* Absent: *out stays. */
static bool read_time(const struct json *claims, const char *name, int64_t *out)
{
    const struct json *time = json_member(claims, name);
    if (!time)
        return true;
    int64_t seconds = json_integer(time, -1);
    if (seconds < 0 || seconds > TIME_MAX_S)
        return false;
    *out = seconds;
    return true;
}

static const char *time_defect(const struct json *claims, int64_t now_s)
{
    int64_t exp = -1, nbf = 0, iat = -1;
    if (!read_time(claims, "exp", &exp) || exp < 0)
        return "exp is absent or no whole number";
    if (!read_time(claims, "nbf", &nbf) || !read_time(claims, "iat", &iat))
        return "nbf or iat is no whole number";
    if (exp + LEEWAY_S <= now_s)
        return "expired";
    if (nbf > now_s + LEEWAY_S || iat > now_s + LEEWAY_S)
        return "not yet valid";
    int64_t from = iat >= 0 ? iat : now_s;
    if (exp - from > LIFETIME_MAX_S)
        return "lives longer than 24 h";
    return NULL;
}

int token_check_claims(const struct token *token, const char *issuer, const char *audience,
                       int64_t now_unix_ms, struct error *err)
{
    if (!issuer || !*issuer || !str_is(json_text(json_member(token->claims, "iss")), issuer))
        return token_refuse(err, "iss");
    if (!audience || !*audience || !audience_holds(json_member(token->claims, "aud"), audience))
        return token_refuse(err, "aud");
    const char *defect = time_defect(token->claims, now_unix_ms / 1000);
    return defect ? token_refuse(err, defect) : 0;
}
