/* A bar is a promise with a number: so many of so many. A suite that tries one says how it went
 * with bar("B13", "no two tuples share a cache key", 1000000, 1000000): that is a TAP line like
 * ok(), and a line in the file that INSULA_BARS names, from which `make proof` writes
 * tests/PROOF.md. bar_rounds(short, full): how often to try; the full number under PROOF=full
 * (`make proof`). The same for node: tests/tools/bar.mjs. */
#ifndef INSULA_TESTS_BAR_H
#define INSULA_TESTS_BAR_H

#include <stdlib.h>

#include "tap.h"

static int bar_is_full(void)
{
    const char *form = getenv("PROOF");
    return form && !strcmp(form, "full");
}

__attribute__((unused)) static long bar_rounds(long short_form, long full_form)
{
    return bar_is_full() ? full_form : short_form;
}

/* id: of design/security.md section 3 ("B13"); promise and note: plain ASCII without quotes. */
__attribute__((unused)) static int bar_say(const char *file, const char *id, const char *promise,
                                           long count, long of, const char *note)
{
    const char *path = getenv("INSULA_BARS");
    FILE *bars = path && *path ? fopen(path, "a") : NULL;
    if (bars) {
        fprintf(bars,
                "{\"id\":\"%s\",\"promise\":\"%s\",\"count\":%ld,\"of\":%ld,\"note\":\"%s\","
                "\"suite\":\"%s\",\"form\":\"%s\"}\n",
                id, promise, count, of, note, file, bar_is_full() ? "full" : "short");
        fclose(bars);
    }
    return tap_ok(count == of && of > 0, file, 0, "%s %s: %ld of %ld%s%s", id, promise, count, of,
                  *note ? "; " : "", note);
}
#define bar(id, promise, count, of)             bar_say(__FILE__, id, promise, count, of, "")
#define bar_noted(id, promise, count, of, note) bar_say(__FILE__, id, promise, count, of, note)

#endif
