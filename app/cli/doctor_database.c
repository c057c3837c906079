/* Is the database set up to keep its promises, and are the accounts as narrow as they should be? */
#include "db/db.h"
#include "doctor.h"
#include "platform/inspect.h"

#include <dirent.h>

#define SERVER_OLDEST "10.11"

/* One fact; false where it cannot be had. */
static bool ask(struct doctor *doctor, struct db *db, enum inspection what, int64_t *out,
                struct error *err)
{
    return inspect(platform_on(db), what, doctor->cli->arena, out, err) == 0;
}

static void check_setting(struct doctor *doctor, struct db *db, const char *name,
                          enum inspection what, int64_t wanted, const char *why)
{
    int64_t value;
    struct error err = { 0 };
    if (!ask(doctor, db, what, &value, &err))
        doctor_say(doctor, HEALTH_BAD, name, "%s", err.message);
    else if (value == wanted)
        doctor_say(doctor, HEALTH_GOOD, name, "%lld", (long long)wanted);
    else
        doctor_say(doctor, HEALTH_BAD, name, "it must be %lld: %s", (long long)wanted, why);
}

static void check_settings(struct doctor *doctor, struct db *db)
{
    const char *version = db_server_version(db);
    bool is_old = version_compare(version, SERVER_OLDEST) < 0;
    doctor_say(doctor, is_old ? HEALTH_BAD : HEALTH_GOOD, "MariaDB", "%s%s", version,
               is_old ? " is older than " SERVER_OLDEST : "");
    check_setting(doctor, db, "innodb_flush_log_at_trx_commit", INSPECT_FLUSH_LOG, 1,
                  "otherwise a power cut loses charged turns");
    check_setting(doctor, db, "local_infile", INSPECT_LOCAL_INFILE, 0,
                  "otherwise statements can read files of the client");
    check_setting(doctor, db, "default engine is InnoDB", INSPECT_INNODB, 1,
                  "other engines know no transactions");
}

/* The highest number among the schema's files; 0 where they are not here. */
static int64_t newest_file(const char *dir)
{
    long long newest = 0, number;
    DIR *folder = opendir(dir);
    if (!folder)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (strlen(name) > 5 && name[4] == '_' && strstr(name, ".sql") &&
            str_to_number((struct str){ name, 4 }, 9999, &number) && number > newest)
            newest = number;
    }
    closedir(folder);
    return newest;
}

static void check_schema(struct doctor *doctor, struct db *db, const char *dir)
{
    int64_t last, broken;
    struct error err = { 0 };
    long long newest = newest_file(dir);
    if (!ask(doctor, db, INSPECT_SCHEMA_NEWEST, &last, &err) ||
        !ask(doctor, db, INSPECT_SCHEMA_BROKEN, &broken, &err))
        doctor_say(doctor, HEALTH_BAD, "schema",
                   "its record cannot be read; insulactl migrate makes it");
    else if (broken)
        doctor_say(doctor, HEALTH_BAD, "schema", "a migration broke off in the middle");
    else if (newest == 0)
        doctor_say(doctor, HEALTH_UNSURE, "schema", "it is at file %lld; there are none in %s",
                   (long long)last, dir);
    else if (last != newest)
        doctor_say(doctor, HEALTH_BAD, "schema", "it is at file %lld, but %s has %lld",
                   (long long)last, dir, newest);
    else
        doctor_say(doctor, HEALTH_GOOD, "schema", "all %lld files are applied", newest);
}

/* wanted: may this account do it? The statement changes nothing. */
static void check_right(struct doctor *doctor, struct db *db, const char *what, enum inspection how,
                        bool wanted)
{
    int64_t ignored;
    struct error err = { 0 };
    bool may = ask(doctor, db, how, &ignored, &err);
    if (!may && err.kind == ERROR_UNAVAILABLE)
        doctor_say(doctor, HEALTH_UNSURE, what, "%s", err.message);
    else
        doctor_say(doctor, may == wanted ? HEALTH_GOOD : HEALTH_BAD, what, "%s%s",
                   may ? "allowed" : "refused",
                   may == wanted ? "" : "; schema/grants.sql says otherwise");
}

static void check_worker(struct doctor *doctor)
{
    struct db *db = db_new(&doctor->config->database);
    struct error err = { 0 };
    if (db_ready(db, &err)) {
        doctor_say(doctor, HEALTH_UNSURE, "worker's account",
                   "this user cannot sign in with it: %s", err.message);
    } else {
        check_right(doctor, db, "worker reads messages", INSPECT_READ_MESSAGES, true);
        check_right(doctor, db, "worker changes tenants", INSPECT_CHANGE_TENANTS, false);
    }
    db_free(&db);
}

void doctor_database(struct doctor *doctor, const char *schema_dir)
{
    struct platform p;
    struct error err = { 0 };
    if (cli_platform(doctor->cli, &p, &err)) {
        doctor_say(doctor, HEALTH_BAD, "database", "%s%s%s", err.message, *err.log ? " " : "",
                   err.log);
        return;
    }
    check_settings(doctor, p.db);
    check_schema(doctor, p.db, schema_dir);
    check_right(doctor, p.db, "operator reads messages", INSPECT_READ_MESSAGES, false);
    check_right(doctor, p.db, "operator reads people", INSPECT_READ_PEOPLE, false);
    check_right(doctor, p.db, "operator reads sums", INSPECT_READ_SUMS, true);
    check_worker(doctor);
}
