/* What the verbs share: a statement under way. A wrong part is remembered, and the end refuses. */
#ifndef INSULA_APP_QUERY_RENDER_H
#define INSULA_APP_QUERY_RENDER_H

#include "query/query.h"

struct rendering {
    const struct tenant_scope *scope;
    const struct table *table;
    struct rendered *out;
    bool is_wrong;
};

/* table may be NULL: then the end refuses. */
struct rendering render_begin(const struct tenant_scope *scope, const struct table *table,
                              struct rendered *out);
void render_sql(struct rendering *r, const char *sql);
void render_table(struct rendering *r);
void render_locked_table(struct rendering *r); /* whose rows are found, and locked, by their key */
void render_column(struct rendering *r, const struct column *column); /* only of the table */
void render_bind(struct rendering *r, struct value value);
/* " WHERE tenant_id = ?", and " AND user_id = ?" where the table has an owner. */
void render_scope(struct rendering *r);
void render_conditions(struct rendering *r, const struct condition *conditions, size_t n);
/* The same for a key: all OP_EQ, and at least one. */
void render_row(struct rendering *r, const struct condition *row, size_t n);
/* "INSERT INTO table (tenant_id[, user_id]" and the two values: an insert's beginning. */
void render_insert(struct rendering *r);
/* ", column" and its value. Refuses the owner's column. */
void render_inserted(struct rendering *r, const struct assignment *a);
void render_values(struct rendering *r); /* ") VALUES (?, …)": as many as there are values */
bool is_owner(const struct column *column);
/* 0, or -1 with "query_shape" and nothing to free. */
int render_end(struct rendering *r, struct error *err);

/* run.c. Runs a rendered statement and frees it. */
int run_rendered(struct db *db, struct rendered *rendered, struct arena *arena, struct rows *rows,
                 int64_t *changed, struct error *err);
/* Frees a rendered statement and keeps its values, to be run with the others'. */
int collect_rendered(struct many *many, struct rendered *rendered, struct error *err);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
