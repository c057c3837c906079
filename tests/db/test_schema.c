/* query/schema.h names the tables of the database as they are: every column, none besides, each of
 * its kind. */
#include "database.h"

#include "tables.h"

static const struct named {
    const char *table, *column, *kind;
} names[] = {
#define COLUMN(t, c, kind)   { #t, #c, #kind },
#define COLUMNS(t, is_owned) t##_COLUMNS(COLUMN, t)
    TABLES(COLUMNS)
};
#define NAMES (sizeof names / sizeof names[0])

static const struct owned {
    const char *table;
    bool is_owned;
} tables[] = {
#define OWNED(t, is_owned) { #t, is_owned },
    TABLES(OWNED)
};

static bool is_kind(const char *kind, const char *type)
{
    bool is_number = strstr(type, "int(") != NULL;
    bool is_id = !strcmp(type, "binary(16)");
    if (!strcmp(kind, "number"))
        return is_number;
    return !strcmp(kind, "text") ? !is_number && !is_id : is_id;
}

static void names_are_columns(void)
{
    for (size_t i = 0; i < NAMES; i++) {
        struct rows rows;
        if (db_run(db,
                   "SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA ="
                   " DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?",
                   VALUES(BYTES(names[i].table), BYTES(names[i].column)), arena, &rows, NULL,
                   &err) != 0)
            bail_out("columns");
        ok(rows.count == 1 && is_kind(names[i].kind, rows_at(&rows, 0, 0)->bytes.at),
           "%s.%s is there, and a %s", names[i].table, names[i].column, names[i].kind);
    }
}

static void columns_are_named(void)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        int64_t named = 0;
        bool has_user = false;
        for (size_t j = 0; j < NAMES; j++) {
            bool is_here = !strcmp(names[j].table, tables[i].table);
            named += is_here;
            has_user |= is_here && !strcmp(names[j].column, "user_id");
        }
        struct rows rows;
        if (db_run(db,
                   "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA ="
                   " DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME <> 'tenant_id'",
                   VALUES(BYTES(tables[i].table)), arena, &rows, NULL, &err) != 0)
            bail_out("columns");
        is_number(named, rows_at(&rows, 0, 0)->integer, "%s has no column besides, but tenant_id",
                  tables[i].table);
        ok(has_user == tables[i].is_owned, "%s is %s", tables[i].table,
           has_user ? "owned: it has user_id" : "not owned: it has no user_id");
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    database_migrate();
    names_are_columns();
    columns_are_named();
    return database_end();
}
