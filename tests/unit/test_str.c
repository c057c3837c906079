/* Borrowed bytes: equality, prefixes, numbers. */
#include "base/str.h"
#include "tap.h"

#include <limits.h>

static void test_equality(void)
{
    struct str absent = { 0 }, with_zero = STR("a\0b");
    ok(str_equal(STR("abc"), STR("abc")), "the same bytes are equal");
    ok(!str_equal(STR("abc"), STR("abd")), "other bytes are not");
    ok(!str_equal(STR("abc"), STR("abcd")), "a prefix is not equal");
    ok(str_equal(with_zero, STR("a\0b")), "zero bytes are bytes");
    ok(!str_equal(with_zero, STR("a\0c")), "also behind a zero byte bytes count");
    ok(!str_is(with_zero, "a"), "a C string ends at its NUL, the bytes do not");
    ok(str_equal(absent, absent), "absent equals absent");
    ok(!str_equal(absent, STR("")) && !str_equal(STR(""), absent), "absent is not empty");
    ok(!str_is(absent, "") && str_is(STR(""), ""), "empty is empty");
    ok(str_of(NULL).at == NULL && str_of("ab").len == 2, "str_of keeps absence");
}

static void test_prefix_and_case(void)
{
    ok(str_starts(STR("Bearer x"), "Bearer "), "a prefix is found");
    ok(!str_starts(STR("Bear"), "Bearer "),
       "a text shorter than the prefix does not start with it");
    ok(!str_starts((struct str){ 0 }, ""), "absent starts with nothing");
    ok(str_equal_nocase(STR("AUTHORIZATION"), "authorization"), "letters of either case");
    ok(!str_equal_nocase(STR("a@"), "a`") && !str_equal_nocase(STR("["), "{"),
       "only letters have a case");
    ok(!str_equal_nocase(STR("\xC3\x84"), "\xC3\xA4"), "only ASCII letters have a case");
    ok(!str_equal_nocase(STR("abc"), "ab") && !str_equal_nocase((struct str){ 0 }, ""),
       "length and absence count");
}

static void is_refused(struct str text, long long max, const char *why)
{
    long long n = -7;
    ok(!str_to_number(text, max, &n) && n == -7, "refused, and the output left alone: %s", why);
}

static void test_numbers(void)
{
    long long n = -7;
    ok(str_to_number(STR("0"), 0, &n) && n == 0, "0 up to 0");
    ok(str_to_number(STR("9223372036854775807"), LLONG_MAX, &n) && n == LLONG_MAX, "the largest");
    ok(str_to_number(STR("1000"), 1000, &n) && n == 1000, "the maximum itself");
    ok(str_to_number(STR("0007"), 7, &n) && n == 7, "zeros in front");
    is_refused(STR("1001"), 1000, "above the maximum");
    is_refused(STR("9"), 5, "one digit above a maximum of one digit");
    is_refused(STR("9223372036854775808"), LLONG_MAX, "one too large for the type");
    is_refused(STR("99999999999999999999999999"), LLONG_MAX, "far too large for the type");
    is_refused(STR(""), 9, "empty");
    is_refused((struct str){ 0 }, 9, "absent");
    is_refused(STR("-1"), 9, "a sign");
    is_refused(STR("+1"), 9, "a plus");
    is_refused(STR(" 1"), 9, "a blank");
    is_refused(STR("1 "), 9, "a blank behind");
    is_refused(STR("1\0"), 99, "a NUL behind");
    is_refused(STR("0x1"), 9, "hex");
    is_refused(STR("1e1"), 99, "an exponent");
    is_refused(STR("0"), -1, "a negative maximum");
}

int main(void)
{
    test_equality();
    test_prefix_and_case();
    test_numbers();
    return done();
}
