/* Reads the addresses that an operator gives, for provider, idp and doctor. */
#include "values.h"

#include "net/url.h"

bool url_parse(struct arena *arena, const char *text, bool may_have_query, const char **out)
{
    struct url ignored;
    struct str url = str_of(text);
    if (url.len > URL_STORED_MAX_BYTES || !url_read(url, may_have_query, &ignored))
        return false;
    while (url.at[url.len - 1] == '/')
        url.len--;
    *out = arena_copy(arena, url).at;
    return true;
}
