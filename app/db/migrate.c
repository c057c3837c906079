/* Brings a database's schema to the newest version, file by file, each recorded; for insulactl. */
#include "handle.h"

#include "base/clock.h"

#include <dirent.h>

#define FILES_MAX     9999
#define NUMBER_DIGITS 4

struct schema_file {
    const char *name; /* NULL: no file of this number */
    struct str script, checksum;
};

struct migration {
    struct db *db;
    struct arena *arena;
    struct schema_file files[FILES_MAX + 1]; /* by number, from 1 */
    size_t file_count, done_count;
};

static int refuse(struct error *err, const char *code, const char *name, const char *words)
{
    return fail(err, ERROR_UNPROCESSABLE, code, "Schema file %s: %s", name, words);
}

/* NNNN_words.sql; 0: some other file. */
static size_t number_of(const char *name)
{
    long long number = 0;
    size_t len = strlen(name);
    if (len < NUMBER_DIGITS + sizeof "_x.sql" - 1 || name[NUMBER_DIGITS] != '_' ||
        strcmp(name + len - 4, ".sql") != 0 ||
        !str_to_number((struct str){ name, NUMBER_DIGITS }, FILES_MAX, &number))
        return 0;
    return (size_t)number;
}

static int note_file(struct migration *m, const char *name, struct error *err)
{
    size_t number = number_of(name);
    if (!number)
        return 0;
    struct schema_file *file = &m->files[number];
    if (file->name)
        return refuse(err, "schema_gap", name, "its number is there twice.");
    file->name = arena_printf(m->arena, "%s", name);
    if (number > m->file_count)
        m->file_count = number;
    return 0;
}

static int list_files(struct migration *m, const char *dir, struct error *err)
{
    DIR *folder = opendir(dir);
    if (!folder)
        return fail(err, ERROR_UNPROCESSABLE, "schema_unreadable", "%s cannot be read.", dir);
    int rc = 0;
    const struct dirent *entry;
    while (rc == 0 && (entry = readdir(folder)))
        rc = note_file(m, entry->d_name, err);
    closedir(folder);
    return rc;
}

/* The server reckons the checksum: below crypto/ there is no other SHA-256. */
static int read_checksum(struct migration *m, struct schema_file *file, struct error *err)
{
    struct rows rows;
    if (db_run(m->db, "SELECT UNHEX(SHA2(?, 256))", &VALUE_OF_BYTES(file->script), 1, m->arena,
               &rows, NULL, err) != 0)
        return -1;
    file->checksum = rows_at(&rows, 0, 0)->bytes;
    return 0;
}

static int read_files(struct migration *m, const char *dir, struct error *err)
{
    if (list_files(m, dir, err) != 0)
        return -1;
    for (size_t i = 1; i <= m->file_count; i++) {
        struct schema_file *file = &m->files[i];
        if (!file->name)
            return fail(err, ERROR_UNPROCESSABLE, "schema_gap", "Schema file %04zu is missing.", i);
        const char *path = arena_printf(m->arena, "%s/%s", dir, file->name);
        if (script_read(m->arena, path, &file->script, err) != 0 ||
            read_checksum(m, file, err) != 0)
            return -1;
    }
    return 0;
}

static int check_record(struct migration *m, const struct value *record, struct error *err)
{
    const char *name = record[1].bytes.at;
    size_t number = (size_t)record[0].integer;
    if (number != m->done_count + 1)
        return refuse(err, "schema_gap", name, "it was applied before the one in front of it.");
    if (number > m->file_count)
        return refuse(err, "schema_changed", name, "it was applied, but is gone.");
    const struct schema_file *file = &m->files[number];
    if (!str_is(record[1].bytes, file->name) || !str_equal(record[2].bytes, file->checksum))
        return refuse(err, "schema_changed", name, "it was applied, but has been changed since.");
    if (record[3].type == VALUE_NULL)
        return refuse(err, "schema_unfinished", name,
                      "it was begun and broke off; schema/README.md says what to do.");
    m->done_count = number;
    return 0;
}

static int check_records(struct migration *m, struct error *err)
{
    struct rows rows;
    if (db_run(m->db,
               "CREATE TABLE IF NOT EXISTS schema_migration ("
               " number INT NOT NULL,"
               " name VARBINARY(255) NOT NULL COMMENT 'of the file',"
               " checksum BINARY(32) NOT NULL COMMENT 'SHA-256 of the file',"
               " began_ms BIGINT NOT NULL,"
               " finished_ms BIGINT DEFAULT NULL COMMENT 'NULL: broke off',"
               " PRIMARY KEY (number)"
               ") ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
               " COMMENT='Which schema files this database has.'",
               NULL, 0, NULL, NULL, NULL, err) != 0 ||
        db_run(m->db,
               "SELECT number, name, checksum, finished_ms FROM schema_migration"
               " ORDER BY number",
               NULL, 0, m->arena, &rows, NULL, err) != 0)
        return -1;
    for (size_t i = 0; i < rows.count; i++)
        if (check_record(m, rows_at(&rows, i, 0), err) != 0)
            return -1;
    return 0;
}

/* Recorded before and after: MariaDB commits every CREATE by itself, so a file that breaks off is
 * half there, and the next run must know. */
static int apply(struct migration *m, size_t number, struct error *err)
{
    const struct schema_file *file = &m->files[number];
    const struct value begun[] = { VALUE_OF_INTEGER((int64_t)number), value_of_c(file->name),
                                   VALUE_OF_BYTES(file->checksum),
                                   VALUE_OF_INTEGER(clock_unix_ms()) };
    if (db_run(m->db,
               "INSERT INTO schema_migration (number, name, checksum, began_ms)"
               " VALUES (?, ?, ?, ?)",
               begun, 4, NULL, NULL, NULL, err) != 0)
        return -1;
    if (script_run(m->db, file->script, err) != 0)
        return error_note(err, "%s: %s", file->name, err->log);
    const struct value finished[] = { VALUE_OF_INTEGER(clock_unix_ms()),
                                      VALUE_OF_INTEGER((int64_t)number) };
    return db_run(m->db, "UPDATE schema_migration SET finished_ms = ? WHERE number = ?", finished,
                  2, NULL, NULL, NULL, err);
}

/* The lock goes with the connection. */
static int lock(struct migration *m, struct error *err)
{
    struct rows rows;
    if (db_run(m->db, "SELECT GET_LOCK(CONCAT('insula.migrate.', DATABASE()), 60)", NULL, 0,
               m->arena, &rows, NULL, err) != 0)
        return -1;
    const struct value *got = rows_at(&rows, 0, 0);
    if (got->type == VALUE_INTEGER && got->integer == 1)
        return 0;
    return fail(err, ERROR_UNAVAILABLE, "schema_busy", "Another migration is under way.");
}

static int migrate(struct migration *m, const char *dir, int *applied_out, struct error *err)
{
    if (lock(m, err) != 0 || read_files(m, dir, err) != 0 || check_records(m, err) != 0)
        return -1;
    for (size_t i = m->done_count + 1; i <= m->file_count; i++)
        if (apply(m, i, err) != 0)
            return -1;
    *applied_out = (int)(m->file_count - m->done_count);
    return 0;
}

int db_migrate(struct db *db, const char *dir, int *applied_out, struct error *err)
{
    struct arena *arena = arena_new(SIZE_MAX / 2);
    struct migration *m = arena_new_of(arena, struct migration);
    m->db = db_new_patient(db->config);
    m->arena = arena;
    int rc = migrate(m, dir, applied_out, err);
    db_free(&m->db);
    arena_free(&arena);
    return rc;
}
