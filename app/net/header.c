/* Tells what may stand in a header, for those who store keys and those who send them. */
#include "net/header.h"

static bool is_made_of(struct str text, char least, size_t max_bytes)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < least || text.at[i] > '~')
            return false;
    return text.len >= 1 && text.len <= max_bytes;
}

bool header_value_is_good(struct str value)
{
    return is_made_of(value, ' ', HEADER_VALUE_MAX_BYTES);
}

bool header_key_is_good(struct str key)
{
    return is_made_of(key, '!', HEADER_KEY_MAX_BYTES);
}
