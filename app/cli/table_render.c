/* Renders what commands print: for people aligned, for pipes with tabs, for programs as JSON. */
#include "base/clock.h"
#include "cells.h"
#include "json/write.h"
#include "values.h"

/* A control character in a stored name must not steer somebody's terminal or break a line. */
static void add_visible(struct text *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool c1 = c == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
        if (c == '\n')
            text_add_c(out, "\\n");
        else if (c == '\t')
            text_add_c(out, "\\t");
        else if (c == '\\')
            text_add_c(out, "\\\\");
        else if (c < 0x20 || c == 0x7f)
            text_addf(out, "\\x%02x", c);
        else if (c1)
            text_addf(out, "\\u00%02x", (unsigned char)*++text);
        else
            text_add(out, (struct str){ text, 1 });
    }
}

static struct str cell_words(const struct table *table, size_t i)
{
    const struct cell *cell = &table->cells[i];
    enum column_kind kind = table->columns[i % table->column_count].kind;
    char words[CLOCK_TEXT_MAX > MONEY_TEXT_MAX ? CLOCK_TEXT_MAX : MONEY_TEXT_MAX];
    struct text out = text_make(TABLE_MAX_BYTES);
    if (cell->is_absent)
        text_add_c(&out, "-");
    else if (kind == COLUMN_TEXT || kind == COLUMN_JSON)
        add_visible(&out, cell->text);
    else if (kind == COLUMN_NUMBER)
        text_addf(&out, "%lld", (long long)cell->number);
    else if (kind == COLUMN_MONEY)
        text_add_c(&out, money_text(cell->number, words));
    else if (kind == COLUMN_TIME)
        text_add_c(&out, clock_text(cell->number, words));
    else
        text_add_c(&out, cell->number ? "yes" : "no");
    struct str copy = arena_copy(table->arena, text_str(&out));
    text_free(&out);
    return copy;
}

static void add_json_cell(struct json_writer *w, const struct column *column,
                          const struct cell *cell)
{
    json_key(w, column->name);
    char words[CLOCK_TEXT_MAX];
    if (cell->is_absent)
        json_put_null(w);
    else if (column->kind == COLUMN_TEXT)
        json_put_text(w, str_of(cell->text));
    else if (column->kind == COLUMN_JSON)
        json_put_raw(w, str_of(cell->text));
    else if (column->kind == COLUMN_TIME)
        json_put_text(w, str_of(clock_text(cell->number, words)));
    else if (column->kind == COLUMN_FLAG)
        json_put_bool(w, cell->number != 0);
    else
        json_put_integer(w, cell->number);
}

static void render_json(const struct table *table, bool is_record, struct text *out)
{
    struct json_writer *w = json_writer_new(table->arena, out);
    if (!is_record)
        json_array_open(w);
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->column_count;
        if (column == 0)
            json_object_open(w);
        add_json_cell(w, &table->columns[column], &table->cells[i]);
        if (column == table->column_count - 1)
            json_object_close(w);
    }
    if (!is_record)
        json_array_close(w);
    text_add_c(out, "\n");
}

static struct str heading_words(const struct table *table, size_t column)
{
    char *words = arena_printf(table->arena, "%s", table->columns[column].name);
    for (char *c = words; *c; c++) {
        if (*c == '_')
            *c = ' ';
        else if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    return str_of(words);
}

/* Characters, not bytes: every byte but UTF-8's continuation bytes begins one. */
static size_t width_of(struct str words)
{
    size_t width = 0;
    for (size_t i = 0; i < words.len; i++)
        width += ((unsigned char)words.at[i] & 0xc0) != 0x80;
    return width;
}

static bool is_number(enum column_kind kind)
{
    return kind == COLUMN_NUMBER || kind == COLUMN_MONEY;
}

static void add_aligned(struct text *out, struct str words, size_t width, bool to_right)
{
    size_t have = width_of(words), blanks = have < width ? width - have : 0;
    text_addf(out, "%*s", to_right ? (int)blanks : 0, "");
    text_add(out, words);
    text_addf(out, "%*s", to_right ? 0 : (int)blanks, "");
}

/* grid: a line of headings, then the rows. */
static void render_grid(const struct table *table, const struct str *grid, struct text *out)
{
    size_t columns = table->column_count, cells = columns + table->count;
    size_t *widths = arena_array_of(table->arena, size_t, columns);
    for (size_t i = 0; i < cells; i++) {
        size_t width = width_of(grid[i]);
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (size_t i = 0; i < cells; i++) {
        size_t column = i % columns;
        bool is_last = column == columns - 1, to_right = is_number(table->columns[column].kind);
        add_aligned(out, grid[i], is_last && !to_right ? 0 : widths[column], to_right);
        text_add_c(out, is_last ? "\n" : "  ");
    }
}

static void render_aligned(const struct table *table, struct text *out)
{
    size_t columns = table->column_count;
    struct str *grid = arena_array_of(table->arena, struct str, columns + table->count);
    for (size_t i = 0; i < columns; i++)
        grid[i] = heading_words(table, i);
    for (size_t i = 0; i < table->count; i++)
        grid[columns + i] = cell_words(table, i);
    render_grid(table, grid, out);
}

static void render_tabs(const struct table *table, struct text *out)
{
    for (size_t i = 0; i < table->count; i++) {
        text_add(out, cell_words(table, i));
        text_add_c(out, i % table->column_count == table->column_count - 1 ? "\n" : "\t");
    }
}

static void render_record(const struct table *table, bool is_aligned, struct text *out)
{
    for (size_t i = 0; i < table->count; i++) {
        text_addf(out, is_aligned ? "%-18s" : "%s\t", table->columns[i].name);
        text_add(out, cell_words(table, i));
        text_add_c(out, "\n");
    }
}

void table_render(const struct table *table, enum table_form form, bool is_record, struct text *out)
{
    if (form == FORM_JSON)
        render_json(table, is_record, out);
    else if (is_record)
        render_record(table, form == FORM_ALIGNED, out);
    else if (form == FORM_ALIGNED)
        render_aligned(table, out);
    else
        render_tabs(table, out);
}
