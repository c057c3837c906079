/* Of the headers that a web page wants to send, those pass that clients of our doors are known to
 * send. */
#include "cors.h"
#include "tap.h"

static struct arena *arena;

static void allows(const char *asked, const char *allowed)
{
    struct str got = cors_headers_allowed(arena, str_of(asked));
    ok(str_is(got, allowed), "'%s' asked: '%.*s' allowed", asked, STR_ARGS(got));
}

int main(void)
{
    arena = arena_new(1 << 20);
    allows("", "");
    allows("authorization", "authorization");
    allows("authorization,content-type", "authorization, content-type");
    allows("Authorization ,\tContent-Type", "authorization, content-type");
    allows("authorization,cookie,x-api-key", "authorization, x-api-key");
    allows("authorization,x-stainless-arch,x-stainless-retry-count",
           "authorization, x-stainless-arch, x-stainless-retry-count");
    allows("anthropic-dangerous-direct-browser-access,anthropic-version,anthropic-beta",
           "anthropic-dangerous-direct-browser-access, anthropic-version, anthropic-beta");
    allows(",, ,authorization,,", "authorization");
    allows("cookie,x-tenant,*", "");
    allows("authorizations,xauthorization,x-stainless", "");
    allows("x-stainless-a\r\nset-cookie: a", "");
    allows("x-stainless-a: b,x-stainless-\xc3\xa4,x-stainless-a_b", "");
    struct text many = text_make(1 << 16);
    for (int i = 0; i < 1000; i++)
        text_addf(&many, "x-stainless-%d,", i);
    ok(cors_headers_allowed(arena, text_str(&many)).len == 0, "a list without end is none");
    text_free(&many);
    arena_free(&arena);
    return done();
}
