/* A test program prints TAP and is run by prove: ok(condition, "the promise it keeps"), done(). */
#ifndef INSULA_TESTS_TAP_H
#define INSULA_TESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5), unused)) static int tap_ok(int good, const char *file,
                                                                int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%sok %d - ", good ? "" : "not ", ++tap_count);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    if (!good) {
        tap_failed = 1;
        printf("#   at %s:%d\n", file, line);
    }
    fflush(stdout);
    return good;
}
#define ok(good, ...) tap_ok(!!(good), __FILE__, __LINE__, __VA_ARGS__)
#define is_text(got, want, ...)                                                                    \
    do {                                                                                           \
        const char *tap_got = (got), *tap_want = (want);                                           \
        if (!ok(tap_got && !strcmp(tap_got, tap_want), __VA_ARGS__))                               \
            printf("#   got:  %s\n#   want: %s\n", tap_got ? tap_got : "(null)", tap_want);         \
    } while (0)
#define is_number(got, want, ...)                                                                  \
    do {                                                                                           \
        long long tap_got = (got), tap_want = (want);                                              \
        if (!ok(tap_got == tap_want, __VA_ARGS__))                                                 \
            printf("#   got:  %lld\n#   want: %lld\n", tap_got, tap_want);                          \
    } while (0)

static inline int done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed;
}

#endif
