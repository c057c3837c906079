/* Finds values in a tree by key and index, for everything that reads one. */
#include "json/read.h"

/* The last of equal keys: a strict tree has none, a lenient one promises it. */
struct json *json_member(const struct json *object, const char *key)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    struct json *found = NULL;
    for (struct json *member = object->children; member; member = member->next)
        if (str_is(member->key, key))
            found = member;
    return found;
}

struct json *json_at(const struct json *array, size_t index)
{
    if (!array || array->type != JSON_ARRAY || index >= array->count)
        return NULL;
    struct json *element = array->children;
    while (index--)
        element = element->next;
    return element;
}

bool json_is_set(const struct json *value)
{
    return value && value->type != JSON_NULL;
}

struct str json_text(const struct json *value)
{
    return value && value->type == JSON_STRING ? value->text : (struct str){ 0 };
}

int64_t json_integer(const struct json *value, int64_t otherwise)
{
    if (!value || value->type != JSON_NUMBER)
        return otherwise;
    if (value->is_integer)
        return value->integer;
    /* 2^63 and -2^63 are exact doubles; beyond them the conversion is undefined. */
    if (!(value->real >= -0x1p63 && value->real < 0x1p63))
        return otherwise;
    int64_t whole = (int64_t)value->real;
    return (double)whole == value->real ? whole : otherwise;
}
