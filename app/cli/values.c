/* Reads the values of options: money, times, names, addresses. */
#include "values.h"

#include "base/codec.h"

#include <stdio.h>
#include <time.h>

#define MICRO     INT64_C(1000000)
#define UNITS_MAX INT64_C(4000000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool number_parse(const char *text, int64_t least, int64_t most, int64_t *out)
{
    long long number;
    if (!str_to_number(str_of(text), most, &number) || number < least)
        return false;
    *out = number;
    return true;
}

bool money_parse(const char *text, int64_t *micro_out)
{
    size_t whole = strcspn(text, ".");
    const char *decimals = text[whole] ? text + whole + 1 : "0";
    long long units;
    if (!str_to_number((struct str){ text, whole }, UNITS_MAX, &units))
        return false;
    size_t count = strlen(decimals);
    if (count == 0 || count > 6)
        return false;
    int64_t part = 0;
    for (size_t i = 0; i < 6; i++) {
        char c = i < count ? decimals[i] : '0';
        if (!is_digit(c))
            return false;
        part = part * 10 + (c - '0');
    }
    int64_t micro = units * MICRO + part;
    if (micro > UNITS_MAX * MICRO)
        return false;
    *micro_out = micro;
    return true;
}

const char *money_text(int64_t micro, char out[MONEY_TEXT_MAX])
{
    uint64_t size = micro < 0 ? -(uint64_t)micro : (uint64_t)micro;
    int n = snprintf(out, MONEY_TEXT_MAX, "%s%llu.%06llu", micro < 0 ? "-" : "",
                     (unsigned long long)(size / MICRO), (unsigned long long)(size % MICRO));
    for (int cut = 0; cut < 4 && out[n - 1] == '0'; cut++)
        out[--n] = 0;
    return out;
}

bool duration_parse(const char *text, int64_t max_seconds, int64_t *seconds_out)
{
    size_t len = strlen(text);
    int64_t unit = len < 2 ? 0 : text[len - 1] == 's' ? 1 : text[len - 1] == 'm' ? 60 : 3600;
    if (unit == 0 || (unit == 3600 && text[len - 1] != 'h'))
        return false;
    long long number;
    if (!str_to_number((struct str){ text, len - 1 }, max_seconds / unit, &number) || number == 0)
        return false;
    *seconds_out = number * unit;
    return true;
}

bool day_parse(const char *text, int32_t *day_out)
{
    static const char form[] = "dddd-dd-dd";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++) {
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i])
            return false;
    }
    struct tm tm = { 0 };
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (!end || *end || tm.tm_year < 70)
        return false;
    int month_day = tm.tm_mday;
    time_t seconds = timegm(&tm); /* normalises the 31st of February: then it was none */
    if (tm.tm_mday != month_day)
        return false;
    *day_out = (int32_t)(seconds / 86400);
    return true;
}

const char *day_text(int32_t day, char out[DAY_TEXT_MAX])
{
    time_t seconds = (time_t)day * 86400;
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || !strftime(out, DAY_TEXT_MAX, "%Y-%m-%d", &tm))
        out[0] = 0;
    return out;
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

bool is_slug(const char *text)
{
    size_t len = strlen(text);
    return len >= 1 && len <= 63 && *text != '_' && *text != '-' &&
           strspn(text, LOWER DIGITS "_-") == len;
}

bool is_color(const char *text)
{
    return *text == '#' && strlen(text) == 7 && strspn(text + 1, DIGITS "abcdefABCDEF") == 6;
}

bool is_locale(const char *text)
{
    size_t language = strspn(text, LOWER UPPER), len = language;
    if (language < 2 || language > 8)
        return false;
    while (text[len] == '-') {
        size_t part = strspn(text + len + 1, LOWER UPPER DIGITS);
        if (part < 1 || part > 8)
            return false;
        len += 1 + part;
    }
    return text[len] == 0 && len <= 35;
}

bool is_currency(const char *text)
{
    return strlen(text) == 3 && strspn(text, UPPER) == 3;
}

bool is_words(const char *text, size_t max_characters, bool lines)
{
    struct str bytes = str_of(text);
    if (utf8_check(bytes) != bytes.len || (bytes.len == 0 && !lines))
        return false;
    size_t characters = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_control = c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0);
        if (is_control && !(lines && (c == '\n' || c == '\t')))
            return false;
        characters += (c & 0xc0) != 0x80;
    }
    return characters <= max_characters;
}
