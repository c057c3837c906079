/* What insulactl prints: to people, to pipes, to programs. */
#include "table.h"
#include "tap.h"

static const struct column columns[] = { { "name", COLUMN_TEXT },
                                         { "max_cost", COLUMN_MONEY },
                                         { "calls", COLUMN_NUMBER },
                                         { "is_on", COLUMN_FLAG } };

static struct table *make(struct arena *arena)
{
    struct table *table = table_new(arena, columns, 4);
    table_text(table, "Z\xc3\xbcrich");
    table_number(table, 1500000);
    table_number(table, 7);
    table_number(table, 1);
    table_text(table, "a\tb\n\033[2J\\");
    table_absent(table);
    table_number(table, 12345);
    table_number(table, 0);
    return table;
}

static const char *render(struct arena *arena, const struct table *table, enum table_form form,
                          bool is_record)
{
    struct text out = text_make(65536);
    table_render(table, form, is_record, &out);
    const char *copy = arena_copy(arena, text_str(&out)).at;
    text_free(&out);
    return copy;
}

static void json_is_verbatim(struct arena *arena)
{
    static const struct column options[] = { { "options", COLUMN_JSON } };
    struct table *table = table_new(arena, options, 1);
    table_text(table, "{\"a\":\"\\n\"}");
    is_text(render(arena, table, FORM_JSON, true), "{\"options\":{\"a\":\"\\n\"}}\n",
            "JSON stays JSON for programs");
    is_text(render(arena, table, FORM_TABS, false), "{\"a\":\"\\\\n\"}\n",
            "and is text for people");
}

int main(void)
{
    struct arena *arena = arena_new(1 << 20);
    const struct table *table = make(arena);
    is_text(render(arena, table, FORM_ALIGNED, false),
            "NAME             MAX COST  CALLS  IS ON\n"
            "Z\xc3\xbcrich               1.50      7  yes\n"
            "a\\tb\\n\\x1b[2J\\\\         -  12345  no\n",
            "columns stand under one another, numbers to the right, nothing steers the terminal");
    is_text(render(arena, table, FORM_TABS, false),
            "Z\xc3\xbcrich\t1.50\t7\tyes\na\\tb\\n\\x1b[2J\\\\\t-\t12345\tno\n",
            "a line has its fields, whatever is in them");
    is_text(render(arena, table, FORM_JSON, false),
            "[{\"name\":\"Z\xc3\xbcrich\",\"max_cost\":1500000,\"calls\":7,\"is_on\":true},"
            "{\"name\":\"a\\tb\\n\\u001B[2J\\\\\",\"max_cost\":null,\"calls\":12345,"
            "\"is_on\":false}]\n",
            "programs get types, and money in micro-units");
    struct table *one = table_new(arena, columns, 2);
    table_text(one, "x");
    table_number(one, 1000000);
    is_text(render(arena, one, FORM_TABS, true), "name\tx\nmax_cost\t1.00\n",
            "a record is a line per field");
    is_text(render(arena, one, FORM_JSON, true), "{\"name\":\"x\",\"max_cost\":1000000}\n",
            "or one object");
    struct table *none = table_new(arena, columns, 4);
    is_text(render(arena, none, FORM_JSON, false), "[]\n", "no rows are an empty array");
    is_text(render(arena, none, FORM_TABS, false), "", "or no line");
    struct table *many = table_new(arena, columns, 1);
    for (int i = 0; i < 1000; i++)
        table_text(many, "row");
    ok(strlen(render(arena, many, FORM_TABS, false)) == 4000, "a table grows");
    json_is_verbatim(arena);
    arena_free(&arena);
    return done();
}
