/* Unknown issuers are remembered for less than a second, in a ring of fixed size. */
#include "tap.h"
#include "unknown.h"

#include <stdio.h>
#include <unistd.h>

int main(void)
{
    struct unknown *unknown = unknown_new();
    char name[32];
    ok(!unknown_has(unknown, "issuer", STR("a")), "nothing is unknown before it was asked for");
    unknown_add(unknown, "issuer", STR("a"));
    ok(unknown_has(unknown, "issuer", STR("a")), "what was asked for in vain is remembered");
    ok(!unknown_has(unknown, "operator", STR("a")), "an operator's issuer is another question");
    ok(!unknown_has(unknown, "issuer", STR("A")), "names are bytes");
    usleep((UNKNOWN_MS + 20) * 1000);
    ok(!unknown_has(unknown, "issuer", STR("a")),
       "not for long: a new issuer shows within a second");
    unknown_add(unknown, "issuer", STR("a"));
    for (int i = 0; i < UNKNOWN_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        unknown_add(unknown, "issuer", str_of(name));
    }
    ok(!unknown_has(unknown, "issuer", STR("a")), "newer ones push it out");
    ok(unknown_has(unknown, "issuer", STR("0")), "as many as the ring holds");
    unknown_free(&unknown);
    ok(!unknown, "unknown_free leaves nothing");
    return done();
}
