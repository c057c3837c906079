/* The time, and the calendar in UTC, for rows, tokens, logs and deadlines. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define DAY_MS  86400000
#define HOUR_MS 3600000

static _Atomic int64_t stopped_at; /* tests alone: 0 while the clock runs */

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Towards the past, so that the last millisecond of 1969 is in 1969. */
static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t clock_unix_ms(void)
{
    int64_t stopped = atomic_load_explicit(&stopped_at, memory_order_relaxed);
    return stopped ? stopped : read_ms(CLOCK_REALTIME);
}

int64_t clock_steady_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_steady_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_set_unix_ms(int64_t unix_ms)
{
    atomic_store_explicit(&stopped_at, unix_ms, memory_order_relaxed);
}

static struct tm calendar(int64_t unix_ms)
{
    time_t seconds = divide_down(unix_ms, 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    return utc;
}

const char *clock_text(int64_t unix_ms, char out[CLOCK_TEXT_MAX])
{
    struct tm utc = calendar(unix_ms);
    unsigned ms = (unsigned)(unix_ms - divide_down(unix_ms, 1000) * 1000) % 1000;
    size_t len = strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + len, CLOCK_TEXT_MAX - len, ".%03uZ", ms);
    return out;
}

int32_t clock_period(int64_t unix_ms)
{
    struct tm utc = calendar(unix_ms);
    return (utc.tm_year + 1900) * 100 + utc.tm_mon + 1;
}

int32_t clock_day(int64_t unix_ms)
{
    return (int32_t)divide_down(unix_ms, DAY_MS);
}

int32_t clock_hour(int64_t unix_ms)
{
    return (int32_t)divide_down(unix_ms, HOUR_MS);
}
