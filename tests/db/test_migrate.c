/* Migrations: from nothing to current.sql, each file once, and never over something unclear.
 * With the argument "print": prints what schema/current.sql has to be. */
#include "database.h"

#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>

static char folder[64];

static void write_file(const char *name, const char *words)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(words, file) < 0 || fclose(file) != 0)
        bail_out(path);
}

static void remove_file(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static void empty_folder(void)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            remove_file(entry->d_name);
    closedir(dir);
}

static void start_anew(void)
{
    struct db *nowhere = database_open_as("root");
    char sql[128];
    snprintf(sql, sizeof sql, "DROP DATABASE %s", root.name);
    must(nowhere, sql);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", root.name);
    must(nowhere, sql);
    db_free(&nowhere);
    db_free(&db);
    db = db_new(&root);
}

/* How many files ran; -1: refused, with err filled. */
static int migrate(void)
{
    int applied = -1;
    err = (struct error){ 0 };
    return db_migrate(db, folder, &applied, &err) == 0 ? applied : -1;
}

static bool is_refused(const char *code)
{
    return migrate() == -1 && err.kind == ERROR_UNPROCESSABLE && !strcmp(err.code, code);
}

/* ---- what the database looks like ---- */

/* The number of the next row is data, not schema. */
static void add_without_number(struct text *out, const char *create)
{
    const char *number = strstr(create, " AUTO_INCREMENT=");
    if (!number) {
        text_add_c(out, create);
        return;
    }
    text_add(out, (struct str){ create, (size_t)(number - create) });
    text_add_c(out, number + 16 + strspn(number + 16, "0123456789"));
}

static struct text current_schema(void)
{
    struct text out = text_make(1 << 20);
    text_add_c(&out, "-- What a fresh database looks like. Generated from the numbered files"
                     " (README.md); not to be edited.\n");
    struct rows tables;
    if (db_run(db,
               "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
               " ORDER BY TABLE_NAME",
               NULL, 0, arena, &tables, NULL, &err) != 0)
        bail_out("tables");
    for (size_t i = 0; i < tables.count; i++) {
        struct rows rows;
        char *sql = arena_printf(arena, "SHOW CREATE TABLE `%s`", rows_at(&tables, i, 0)->bytes.at);
        if (db_run(db, sql, NULL, 0, arena, &rows, NULL, &err) != 0)
            bail_out(sql);
        text_add_c(&out, "\n");
        add_without_number(&out, rows_at(&rows, 0, 1)->bytes.at);
        text_add_c(&out, ";\n");
    }
    return out;
}

static void from_empty_to_current(void)
{
    int applied = 0;
    ok(db_migrate(db, "schema", &applied, &err) == 0 && applied > 0,
       "an empty database gets every file");
    struct text got = current_schema();
    static char want[1 << 20];
    FILE *file = fopen("schema/current.sql", "r");
    size_t n = file ? fread(want, 1, sizeof want - 1, file) : 0;
    if (file)
        fclose(file);
    ok(n == got.len && !memcmp(want, got.at, n),
       "and looks like schema/current.sql (else generate that anew: schema/README.md)");
    text_free(&got);
    ok(db_migrate(db, "schema", &applied, &err) == 0 && applied == 0, "a second run does nothing");
    is_number(ask_number(db, "SELECT COUNT(*) FROM schema_migration WHERE finished_ms IS NULL"), 0,
              "every file is recorded as finished");
}

/* ---- refusals ---- */

static void changed_files(void)
{
    start_anew();
    write_file("0001_first.sql", "-- One.\n\nCREATE TABLE a (n INT);\nCREATE TABLE b (n INT);\n");
    write_file("0002_second.sql", "CREATE TABLE c (t TEXT DEFAULT ';');\n-- the end\n");
    write_file("grants.sql", "not SQL at all;\n");
    write_file("0003_draft.sql~", "not SQL at all;\n");
    is_number(migrate(), 2, "numbered files run, others do not");
    write_file("0003_third.sql", "CREATE TABLE d (n INT);\n");
    is_number(migrate(), 1, "later only what is new");
    write_file("0001_first.sql", "-- One!\n\nCREATE TABLE a (n INT);\nCREATE TABLE b (n INT);\n");
    write_file("0004_fourth.sql", "CREATE TABLE e (n INT);\n");
    ok(is_refused("schema_changed") && strstr(err.message, "0001_first"),
       "a file that was changed since it was applied is refused, and named");
    is_number(try_sql(db, "SELECT 1 FROM e"), -1, "and nothing else is applied then");
    write_file("0001_first.sql", "-- One.\n\nCREATE TABLE a (n INT);\nCREATE TABLE b (n INT);\n");
    remove_file("0003_third.sql");
    write_file("0003_other.sql", "CREATE TABLE d (n INT);\n");
    ok(is_refused("schema_changed"), "a file that was renamed is refused");
    remove_file("0003_other.sql");
    remove_file("0004_fourth.sql");
    ok(is_refused("schema_changed"), "a file that is gone is refused: the program is too old");
}

static void gaps(void)
{
    start_anew();
    empty_folder();
    write_file("0001_first.sql", "CREATE TABLE a (n INT);\n");
    write_file("0003_third.sql", "CREATE TABLE c (n INT);\n");
    ok(is_refused("schema_gap"), "a missing number is refused");
    is_number(try_sql(db, "SELECT 1 FROM a"), -1, "before anything is applied");
    write_file("0002_second.sql", "CREATE TABLE b (n INT);\n");
    write_file("0002_double.sql", "CREATE TABLE b2 (n INT);\n");
    ok(is_refused("schema_gap"), "a number that is there twice is refused");
    remove_file("0002_double.sql");
    is_number(migrate(), 3, "without them it runs");
    must(db, "DELETE FROM schema_migration WHERE number = 2");
    ok(is_refused("schema_gap"), "a record that is missing in between is refused");
    snprintf(folder + strlen(folder), 8, "/none");
    ok(is_refused("schema_unreadable"), "no folder, no migration");
    *strrchr(folder, '/') = '\0';
}

static void broken_off(void)
{
    start_anew();
    empty_folder();
    write_file("0001_first.sql", "CREATE TABLE a (n INT);\nCREATE TABLE a (n INT);\n");
    ok(migrate() == -1 && err.kind == ERROR_INTERNAL && strstr(err.log, "0001_first") &&
           strstr(err.log, "1050"),
       "a file that breaks off says which and why");
    ok(is_refused("schema_unfinished"), "the next run does not go over it");
    must(db, "DROP TABLE a");
    must(db, "DELETE FROM schema_migration");
    write_file("0001_first.sql", "CREATE TABLE a (n INT);\n");
    is_number(migrate(), 1, "undone by hand, it runs");
    write_file("0002_two.sql", "CREATE TABLE b (n INT); CREATE TABLE c (n INT);\n");
    ok(migrate() == -1 && strstr(err.log, "1064"), "two statements on one line are refused");
    write_file("local.sql", "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE a;\n");
    char path[128];
    snprintf(path, sizeof path, "%s/local.sql", folder);
    ok(db_run_file(db, path, &err) == -1, "the server cannot ask for our files");
}

static void *migrate_in_thread(void *applied)
{
    struct error e;
    struct db *own = db_new(&root);
    if (db_migrate(own, folder, applied, &e) != 0)
        *(int *)applied = -1;
    db_free(&own);
    return NULL;
}

static void two_at_once(void)
{
    start_anew();
    empty_folder();
    write_file("0001_first.sql", "CREATE TABLE a (n INT);\nDO SLEEP(0.5);\n");
    write_file("0002_second.sql", "INSERT INTO a VALUES (1);\n");
    int applied[2] = { 0 };
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, migrate_in_thread, &applied[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ok((applied[0] == 2 && applied[1] == 0) || (applied[0] == 0 && applied[1] == 2),
       "of two at once one does it all, the other nothing");
    is_number(ask_number(db, "SELECT COUNT(*) FROM a"), 1, "and each file ran once");
}

static int print_current(void)
{
    database_migrate();
    struct text current = current_schema();
    fputs(current.at, stdout);
    text_free(&current);
    db_free(&db);
    arena_free(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    database_begin(argv);
    if (argc > 1)
        return print_current();
    snprintf(folder, sizeof folder, "/tmp/insula-migrate-XXXXXX");
    if (!mkdtemp(folder))
        bail_out("mkdtemp");
    from_empty_to_current();
    changed_files();
    gaps();
    broken_off();
    two_at_once();
    empty_folder();
    rmdir(folder);
    return database_end();
}
