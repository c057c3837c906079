/* The calendar in UTC, and the clock that tests stop. */
#include "base/clock.h"
#include "tap.h"

#include <time.h>
#include <unistd.h>

struct moment {
    int64_t unix_ms;
    const char *text;
    int period, day, hour;
};

/* Seconds checked against date(1). */
static const struct moment moments[] = {
    { 0, "1970-01-01T00:00:00.000Z", 197001, 0, 0 },
    { -1, "1969-12-31T23:59:59.999Z", 196912, -1, -1 },
    { -86400000, "1969-12-31T00:00:00.000Z", 196912, -1, -24 },
    { 951782399999, "2000-02-28T23:59:59.999Z", 200002, 11015, 264383 },
    { 951782400000, "2000-02-29T00:00:00.000Z", 200002, 11016, 264384 },
    { 951868800000, "2000-03-01T00:00:00.000Z", 200003, 11017, 264408 },
    { 1709251199999, "2024-02-29T23:59:59.999Z", 202402, 19782, 474791 },
    { 1709251200000, "2024-03-01T00:00:00.000Z", 202403, 19783, 474792 },
    { 1795410000123, "2026-11-23T05:00:00.123Z", 202611, 20780, 498725 },
    { 1796083199999, "2026-11-30T23:59:59.999Z", 202611, 20787, 498911 },
    { 1796083200000, "2026-12-01T00:00:00.000Z", 202612, 20788, 498912 },
    { 1798761599999, "2026-12-31T23:59:59.999Z", 202612, 20818, 499655 },
    { 1798761600000, "2027-01-01T00:00:00.000Z", 202701, 20819, 499656 },
    { 2147483647999, "2038-01-19T03:14:07.999Z", 203801, 24855, 596523 },
    { 2147483648000, "2038-01-19T03:14:08.000Z", 203801, 24855, 596523 },
    { 4107542399999, "2100-02-28T23:59:59.999Z", 210002, 47540, 1140983 },
    { 4107542400000, "2100-03-01T00:00:00.000Z", 210003, 47541, 1140984 },
    { 4294967296001, "2106-02-07T06:28:16.001Z", 210602, 49710, 1193046 },
    { 253402300799999, "9999-12-31T23:59:59.999Z", 999912, 2932896, 70389527 },
};

static void test_moments(void)
{
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        const struct moment *m = &moments[i];
        char out[CLOCK_TEXT_MAX];
        is_text(clock_text(m->unix_ms, out), m->text, "%s as text", m->text);
        is_number(clock_period(m->unix_ms), m->period, "%s lies in its month", m->text);
        is_number(clock_day(m->unix_ms), m->day, "%s lies on its day", m->text);
        is_number(clock_hour(m->unix_ms), m->hour, "%s lies in its hour", m->text);
    }
}

/* Two hundred years of days, counted by hand. */
static void test_every_day(void)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = 1970, month = 1, day = 1, wrong = 0;
    for (int64_t ms = 0; year < 2170; ms += 86400000) {
        char want[CLOCK_TEXT_MAX + 32], out[CLOCK_TEXT_MAX];
        snprintf(want, sizeof want, "%04d-%02d-%02dT23:59:59.999Z", year, month, day);
        wrong += strcmp(clock_text(ms + 86399999, out), want) != 0;
        wrong += clock_period(ms) != year * 100 + month || clock_day(ms) != ms / 86400000;
        int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (day++ == lengths[month - 1] + (month == 2 && leap))
            day = 1, month++;
        if (month == 13)
            month = 1, year++;
    }
    is_number(wrong, 0, "every day from 1970 to 2169 has its date");
}

static void test_reading(void)
{
    int64_t before = (int64_t)time(NULL) * 1000, now = clock_unix_ms();
    ok(now >= before - 1000 && now < before + 5000, "the wall clock is the system's");
    int64_t start = clock_steady_ms();
    usleep(20000);
    int64_t took = clock_steady_ms() - start;
    ok(took >= 19 && took < 5000, "the steady clock counts milliseconds");
    clock_set_unix_ms(951782400000);
    usleep(2000);
    is_number(clock_unix_ms(), 951782400000, "set, the wall clock stands still");
    start = clock_steady_ms();
    usleep(2000);
    ok(clock_steady_ms() > start, "and the steady one goes on");
    clock_set_unix_ms(0);
    ok(clock_unix_ms() >= now, "given back, it goes on");
}

int main(void)
{
    test_moments();
    test_every_day();
    test_reading();
    return done();
}
