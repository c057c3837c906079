/* Fills tables and prints them in the form that fits whoever reads. */
#include "cells.h"

#include <unistd.h>

struct table *table_new(struct arena *arena, const struct column *columns, size_t count)
{
    struct table *table = arena_new_of(arena, struct table);
    *table = (struct table){ .arena = arena, .columns = columns, .column_count = count };
    return table;
}

static void table_add(struct table *table, struct cell cell)
{
    if (table->count == table->size) {
        size_t size = table->size ? 2 * table->size : 64;
        struct cell *cells = arena_array_of(table->arena, struct cell, size);
        if (table->count > 0)
            memcpy(cells, table->cells, table->count * sizeof *cells);
        table->cells = cells;
        table->size = size;
    }
    table->cells[table->count++] = cell;
}

void table_text(struct table *table, const char *text_or_null)
{
    table_add(table, (struct cell){ .is_absent = !text_or_null, .text = text_or_null });
}

void table_number(struct table *table, int64_t number)
{
    table_add(table, (struct cell){ .number = number });
}

void table_absent(struct table *table)
{
    table_add(table, (struct cell){ .is_absent = true });
}

static int print(struct cli *cli, const struct table *table, bool is_record, struct error *err)
{
    enum table_form form = cli->json ? FORM_JSON : isatty(1) ? FORM_ALIGNED : FORM_TABS;
    struct text out = text_make(TABLE_MAX_BYTES);
    table_render(table, form, is_record, &out);
    int failed = 0;
    if (out.over)
        failed = fail(err, ERROR_TOO_LARGE, "too_large", "The answer is too large to be printed.");
    else if (out.len > 0 && (fwrite(out.at, 1, out.len, stdout) != out.len || fflush(stdout)))
        failed = fail_unreachable(err, "Standard output cannot be written.");
    text_free(&out);
    return failed;
}

int table_print(struct cli *cli, const struct table *table, struct error *err)
{
    return print(cli, table, false, err);
}

int record_print(struct cli *cli, const struct table *table, struct error *err)
{
    return print(cli, table, true, err);
}
