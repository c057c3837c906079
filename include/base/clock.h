/* Time, in milliseconds. Tests may set it. */
#ifndef INSULA_BASE_CLOCK_H
#define INSULA_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_unix_ms(void);      /* wall clock, UTC: for rows, tokens, logs */
int64_t clock_steady_ms(void);    /* never set back: for deadlines and durations */
int64_t clock_steady_us(void);    /* the same, finer */
void clock_set_unix_ms(int64_t unix_ms); /* for tests: the wall clock stands still; 0: real again */

#define CLOCK_TEXT_MAX 32
/* RFC 3339 with milliseconds: "2026-11-23T05:00:00.123Z"; returns out. */
const char *clock_text(int64_t unix_ms, char out[CLOCK_TEXT_MAX]);

int32_t clock_period(int64_t unix_ms);  /* calendar month in UTC as yyyymm: 202611 */
int32_t clock_day(int64_t unix_ms);     /* days since 1970-01-01 UTC */
int32_t clock_hour(int64_t unix_ms);    /* hours since 1970-01-01T00Z */

#endif
