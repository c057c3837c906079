/* Gives values to the question marks of a statement, of one row or of many; for db/. The library
 * only reads what it is given. */
#include "handle.h"

/* Without the qualifier, which the library's type does not have. */
static void *unqualified(const void *at)
{
    void *same;
    memcpy(&same, &at, sizeof same);
    return same;
}

/* Bytes go as text in the session's character set; a binary column takes them as they are, a text
 * column refuses them where they are no UTF-8. */
static struct str bytes_of(const struct value *value)
{
    if (value->type == VALUE_UUID)
        return (struct str){ (const char *)value->uuid.b, sizeof value->uuid.b };
    return value->bytes.at ? value->bytes : STR("");
}

void bind_row(MYSQL_BIND *binds, const struct value *values, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        MYSQL_BIND *bind = &binds[i];
        if (values[i].type == VALUE_NULL)
            bind->buffer_type = MYSQL_TYPE_NULL;
        else if (values[i].type == VALUE_INTEGER) {
            bind->buffer_type = MYSQL_TYPE_LONGLONG;
            bind->buffer = unqualified(&values[i].integer);
        } else {
            struct str bytes = bytes_of(&values[i]);
            bind->buffer_type = MYSQL_TYPE_STRING;
            bind->buffer = unqualified(bytes.at);
            bind->buffer_length = bytes.len;
        }
    }
}

/* ---- many rows: a column is an array ---- */

struct column {
    const struct value *first; /* of the column; the next is `width` further on */
    size_t width, count;
    char *indicators; /* which are NULL */
};

static const struct value *cell(const struct column *c, size_t row)
{
    return &c->first[row * c->width];
}

static void bind_integers(MYSQL_BIND *bind, const struct column *c, struct arena *arena)
{
    int64_t *integers = arena_array_of(arena, int64_t, c->count);
    for (size_t i = 0; i < c->count; i++)
        integers[i] = cell(c, i)->integer;
    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->buffer = integers;
}

static void bind_bytes(MYSQL_BIND *bind, const struct column *c, struct arena *arena)
{
    const char **at = arena_array_of(arena, const char *, c->count);
    unsigned long *lengths = arena_array_of(arena, unsigned long, c->count);
    for (size_t i = 0; i < c->count; i++) {
        struct str bytes = bytes_of(cell(c, i));
        at[i] = bytes.at;
        lengths[i] = bytes.len;
    }
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = at;
    bind->length = lengths;
}

static int bind_column(MYSQL_BIND *bind, struct column *c, struct arena *arena, struct error *err)
{
    bool is_integer = false, is_bytes = false;
    c->indicators = arena_array_of(arena, char, c->count);
    for (size_t i = 0; i < c->count; i++) {
        enum value_type type = cell(c, i)->type;
        is_integer |= type == VALUE_INTEGER;
        is_bytes |= type == VALUE_BYTES || type == VALUE_UUID;
        c->indicators[i] = type == VALUE_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
    }
    if (is_integer && is_bytes)
        return fail(err, ERROR_INTERNAL, "database", "A column has values of two types.");
    (is_integer ? bind_integers : bind_bytes)(bind, c, arena);
    bind->u.indicator = c->indicators;
    return 0;
}

int bind_rows(MYSQL_BIND *binds, const struct value *values, size_t width, size_t count,
              struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < width; i++) {
        struct column column = { values + i, width, count, NULL };
        if (bind_column(&binds[i], &column, arena, err) != 0)
            return -1;
    }
    return 0;
}
