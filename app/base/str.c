/* Comparing borrowed bytes, and reading a number out of them, for everybody. */
#include "base/str.h"

bool str_equal(struct str a, struct str b)
{
    if (!a.at || !b.at)
        return !a.at && !b.at;
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

bool str_is(struct str a, const char *c_string)
{
    return str_equal(a, str_of(c_string));
}

bool str_starts(struct str a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.at && a.len >= len && memcmp(a.at, prefix, len) == 0;
}

static unsigned char ascii_lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_equal_nocase(struct str a, const char *c_string)
{
    if (!a.at || a.len != strlen(c_string))
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.at[i]) != ascii_lower(c_string[i]))
            return false;
    }
    return true;
}

bool str_to_number(struct str a, long long max, long long *out)
{
    long long n = 0;
    if (!a.at || a.len == 0 || max < 0)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (a.at[i] < '0' || a.at[i] > '9')
            return false;
        int digit = a.at[i] - '0';
        if (n > (max - digit) / 10 || digit > max)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}
