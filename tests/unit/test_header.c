/* What is sent in a header ends where it should. */
#include "tap.h"

#include "net/header.h"

int main(void)
{
    static char many[HEADER_VALUE_MAX_BYTES + 1];
    static const struct {
        struct str text;
        bool value, key;
    } cases[] = {
        { STR("sk-1~!"), true, true },
        { STR("a b"), true, false },
        { STR(""), false, false },
        { { 0 }, false, false },
        { STR("a\r\nX-Evil: 1"), false, false },
        { STR("a\r"), false, false },
        { STR("a\n"), false, false },
        { STR("a\tb"), false, false },
        { STR("a\0b"), false, false },
        { STR("a\x7f"), false, false },
        { STR("a\x1b[0m"), false, false },
        { STR("\xc3\xbc"), false, false },
        { STR("\xc2\x85"), false, false },
        { { many, HEADER_KEY_MAX_BYTES }, true, true },
        { { many, HEADER_KEY_MAX_BYTES + 1 }, true, false },
        { { many, HEADER_VALUE_MAX_BYTES }, true, false },
        { { many, HEADER_VALUE_MAX_BYTES + 1 }, false, false },
    };
    memset(many, 'k', sizeof many);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ok(header_value_is_good(cases[i].text) == cases[i].value, "a value: case %zu, %zu bytes", i,
           cases[i].text.len);
        ok(header_key_is_good(cases[i].text) == cases[i].key, "a key: case %zu", i);
    }
    return done();
}
