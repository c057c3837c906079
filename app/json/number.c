/* The value of a JSON number's text, exactly where an int64_t holds it. yajl's own reader refuses
 * -2^63 and everything above a double. */
#include "json_parser.h"

#include <math.h>

/* Only what is written as an integer; counts downwards because -2^63 has no positive. */
static bool read_integer(struct str digits, int64_t *out)
{
    bool minus = digits.len && digits.at[0] == '-';
    int64_t value = 0;
    for (size_t i = minus; i < digits.len; i++) {
        int digit = digits.at[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!minus && value == INT64_MIN)
        return false;
    *out = minus ? value : -value;
    return true;
}

/* strtod wants a NUL, which the source text need not have. */
static double read_real(struct parser *p, struct str digits)
{
    char few[64];
    char *copy = digits.len < sizeof few ? few : parser_alloc(p, digits.len + 1);
    memcpy(copy, digits.at, digits.len);
    copy[digits.len] = '\0';
    return strtod(copy, NULL);
}

bool number_read(struct parser *p, struct json *number)
{
    number->is_integer = read_integer(number->raw, &number->integer);
    number->real = number->is_integer ? (double)number->integer : read_real(p, number->raw);
    return isfinite(number->real);
}
