/* What commands print: on a terminal aligned columns, else tab-separated lines without headings,
 * with --json an array of objects. One record alone: a line per field, or one object. Private to cli/. */
#ifndef INSULA_CLI_TABLE_H
#define INSULA_CLI_TABLE_H

#include "cli.h"

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER,
    COLUMN_MONEY,   /* micro-units: decimal units of the currency for people, the integer in JSON */
    COLUMN_TIME,    /* unix ms: RFC 3339 */
    COLUMN_FLAG,    /* yes, no */
    COLUMN_JSON,    /* text that is JSON: verbatim */
};
struct column {
    const char *name; /* snake_case: the JSON key; the heading is made of it */
    enum column_kind kind;
};

struct table;

/* columns must outlive the table. */
struct table *table_new(struct arena *arena, const struct column *columns, size_t count);
/* Cells are added row after row. */
void table_text(struct table *table, const char *text_or_null);
void table_number(struct table *table, int64_t number); /* all kinds but text */
void table_absent(struct table *table);

enum table_form { FORM_ALIGNED, FORM_TABS, FORM_JSON };
/* Pure; is_record: the table's one row as a record. */
void table_render(const struct table *table, enum table_form form, bool is_record,
                  struct text *out);
/* To standard output, in the form that fits it. */
int table_print(struct cli *cli, const struct table *table, struct error *err);
int record_print(struct cli *cli, const struct table *table, struct error *err);

#endif
