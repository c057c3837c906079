/* Finds a key that an object has twice: readers differ in which of the two counts, so a client's
 * text may not have it. By sorting, since a hostile object has 100,000 keys. */
#include "json_parser.h"

#define FEW 8 /* up to here, comparing all pairs is quicker than sorting */

static const struct json *find_among_few(const struct json *object)
{
    for (const struct json *later = object->children; later; later = later->next)
        for (const struct json *other = object->children; other != later; other = other->next)
            if (str_equal(later->key, other->key))
                return later;
    return NULL;
}

static int compare_keys(const struct json *a, const struct json *b)
{
    if (a->key.len != b->key.len)
        return a->key.len < b->key.len ? -1 : 1;
    return memcmp(a->key.at, b->key.at, a->key.len);
}

static int compare_members(const void *left, const void *right)
{
    const struct json *a = *(const struct json *const *)left;
    const struct json *b = *(const struct json *const *)right;
    int order = compare_keys(a, b);
    return order ? order : (a->raw.at > b->raw.at) - (a->raw.at < b->raw.at);
}

const struct json *duplicate_find(struct parser *p, const struct json *object)
{
    if (object->count <= FEW)
        return find_among_few(object);

    const struct json **members = parser_alloc(p, object->count * sizeof *members);
    size_t n = 0;
    for (const struct json *member = object->children; member; member = member->next)
        members[n++] = member;
    qsort(members, n, sizeof *members, compare_members);
    for (size_t i = 1; i < n; i++)
        if (compare_keys(members[i - 1], members[i]) == 0)
            return members[i];
    return NULL;
}
