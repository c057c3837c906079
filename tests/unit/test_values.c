/* What insulactl takes as an option's value, and what it does not. */
#include "tap.h"
#include "values.h"

static void money(void)
{
    static const struct {
        const char *text;
        int64_t micro;
        const char *back;
    } good[] = { { "100", 100000000, "100.00" },
                 { "0.15", 150000, "0.15" },
                 { "0.000001", 1, "0.000001" },
                 { "0", 0, "0.00" },
                 { "1.5", 1500000, "1.50" },
                 { "4000000000000", 4000000000000000000, "4000000000000.00" } };
    char out[MONEY_TEXT_MAX];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t micro = -1;
        ok(money_parse(good[i].text, &micro) && micro == good[i].micro, "%s is money",
           good[i].text);
        is_text(money_text(micro, out), good[i].back, "%s is written back", good[i].text);
    }
    static const char *const bad[] = { "",    ".",   "1.",       ".5",  "-1",  "+1",
                                       "1e3", " 1",  "1 ",       "1,5", "0x1", "1.2345678",
                                       "1.-5", "4000000000000.000001", "99999999999999999999" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t micro = -7;
        ok(!money_parse(bad[i], &micro) && micro == -7, "'%s' is no money", bad[i]);
    }
    is_text(money_text(-1500000, out), "-1.50", "a debt keeps its sign");
    is_text(money_text(INT64_MIN, out), "-9223372036854.775808", "the least amount is written");
}

static void times(void)
{
    int64_t seconds = 0;
    ok(duration_parse("90s", 86400, &seconds) && seconds == 90, "seconds");
    ok(duration_parse("15m", 86400, &seconds) && seconds == 900, "minutes");
    ok(duration_parse("24h", 86400, &seconds) && seconds == 86400, "hours, up to the most");
    static const char *const bad[] = { "25h", "0s", "1", "h", "", "1d", "-1s", "1.5h", "86401s" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!duration_parse(bad[i], 86400, &seconds), "'%s' is no time to live", bad[i]);
    int32_t day = 0;
    char out[DAY_TEXT_MAX];
    ok(day_parse("1970-01-02", &day) && day == 1, "days count from 1970");
    ok(day_parse("2028-02-29", &day), "a leap day is a day");
    is_text(day_text(day, out), "2028-02-29", "and is written back");
    static const char *const none[] = { "2026-02-29", "2026-13-01", "2026-1-01",  "2026-01-1x",
                                        "",           "26-01-01",   "2026-01-011", "1969-12-31",
                                        "2026-00-10", "2026-01-00", "2026/01/01" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ok(!day_parse(none[i], &day), "'%s' is no day", none[i]);
}

static void forms(void)
{
    ok(is_slug("a") && is_slug("0_b-c"), "slugs");
    ok(!is_slug("") && !is_slug("-a") && !is_slug("_a") && !is_slug("A") && !is_slug("a "),
       "no slugs");
    char slug[65];
    memset(slug, 'a', 64);
    slug[64] = 0;
    ok(!is_slug(slug) && is_slug(slug + 1), "a slug has 63 characters at most");
    ok(is_color("#0066cc") && is_color("#ABCDEF"), "colours");
    ok(!is_color("0066cc") && !is_color("#0066cg") && !is_color("#0066cc\n") && !is_color("#fff") &&
           !is_color(""),
       "no colours, above all none with a line break behind it");
    ok(is_locale("en") && is_locale("de-CH") && is_locale("zh-Hant-TW"), "languages");
    ok(!is_locale("e") && !is_locale("de_CH") && !is_locale("de-") && !is_locale("de-CH ") &&
           !is_locale("12"),
       "no languages");
    ok(is_currency("EUR") && !is_currency("eur") && !is_currency("EURO") && !is_currency(""),
       "currencies");
    ok(is_words("Z\xc3\xbcrich", 6, false) && !is_words("Z\xc3\xbcrich", 5, false),
       "words are counted in characters");
    ok(!is_words("", 5, false) && is_words("", 5, true) && is_words("a\nb", 5, true), "lines");
    ok(!is_words("a\nb", 5, false) && !is_words("a\033", 5, true) && !is_words("\x7f", 5, true) &&
           !is_words("\xc2\x85", 5, true) && !is_words("\xc3", 5, true),
       "no control characters, no broken UTF-8");
    ok(is_words("\xc2\xa0", 1, false), "a no-break space is no control character");
}

static void addresses(struct arena *arena)
{
    static const char *const good[][2] = {
        { "https://api.example/v1/", "https://api.example/v1" },
        { "http://127.0.0.1:9000", "http://127.0.0.1:9000" },
        { "https://[::1]:8443/v1//", "https://[::1]:8443/v1" },
        { "https://[::1]", "https://[::1]" },
    };
    const char *out = "";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ok(url_parse(arena, good[i][0], false, &out), "%s", good[i][0]);
        is_text(out, good[i][1], "without slashes at its end");
    }
    char longest[600] = "https://a/";
    memset(longest + 10, 'x', 503);
    ok(!url_parse(arena, longest, false, &out), "not over 512 bytes");
    longest[512] = 0;
    ok(url_parse(arena, longest, false, &out), "512 bytes");
    ok(!url_parse(arena, "https://a/keys?appid=1", false, &out) &&
           url_parse(arena, "https://a/keys?appid=1", true, &out),
       "a query where it may be");
    ok(!url_parse(arena, "https://", false, &out), "nothing but a scheme is none");
}

int main(void)
{
    struct arena *arena = arena_new(65536);
    money();
    times();
    forms();
    addresses(arena);
    arena_free(&arena);
    return done();
}
