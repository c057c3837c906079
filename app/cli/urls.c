/* Reads the addresses that an operator gives, more strictly than any library that later uses them.
 */
#include "values.h"

/* "host", "host:1234", "[::1]", "[::1]:1234"; what is in it is for the resolver to judge. */
static bool is_authority(struct str authority)
{
    const char *at = authority.at, *end = at + authority.len;
    const char *host_end = memchr(at, ':', authority.len);
    if (authority.len > 0 && *at == '[') {
        host_end = memchr(at, ']', authority.len);
        if (!host_end)
            return false;
        host_end++;
    }
    if (!host_end)
        host_end = end;
    if (host_end == at || (*at == '[' && host_end - at < 4))
        return false;
    if (host_end == end)
        return true;
    long long port;
    return *host_end == ':' &&
           str_to_number((struct str){ host_end + 1, (size_t)(end - host_end - 1) }, 65535,
                         &port) &&
           port > 0;
}

bool url_parse(struct arena *arena, const char *text, bool may_have_query, const char **out)
{
    struct str url = str_of(text);
    const char *after = str_starts(url, "https://")  ? text + 8
                        : str_starts(url, "http://") ? text + 7
                                                     : NULL;
    if (!after || !is_header_safe(url, 512) || strpbrk(text, may_have_query ? "#\\" : "?#\\"))
        return false;
    struct str authority = { after, strcspn(after, "/?") };
    if (memchr(authority.at, '@', authority.len) || !is_authority(authority))
        return false;
    while (url.len > 0 && url.at[url.len - 1] == '/')
        url.len--;
    *out = arena_copy(arena, url).at;
    return true;
}
