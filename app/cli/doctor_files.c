/* May only those who must read the keys, the spool and the passwords, and speak to the workers? */
#include "doctor.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define NFS_MAGIC  0x6969
#define SMB2_MAGIC 0xfe534d42
#define FUSE_MAGIC 0x65735546

static bool look(struct doctor *doctor, const char *what, const char *path, struct stat *status)
{
    if (stat(path, status) == 0)
        return true;
    doctor_say(doctor, errno == ENOENT ? HEALTH_UNSURE : HEALTH_BAD, what, "%s: %s", path,
               errno == ENOENT ? "not there yet" : strerror(errno));
    return false;
}

static void say_mode(struct doctor *doctor, const char *what, const char *path,
                     const struct stat *status, bool is_good, const char *wanted)
{
    doctor_say(doctor, is_good ? HEALTH_GOOD : HEALTH_BAD, what, "%s: mode %04o of user %u%s%s",
               path, (unsigned)status->st_mode & 07777, (unsigned)status->st_uid,
               is_good ? "" : "; it must be ", is_good ? "" : wanted);
}

/* 0400 or 0600, of root or of whoever runs this: as key_ring_read has it. */
static void check_secret_file(struct doctor *doctor, const char *what, const char *path)
{
    struct stat status;
    if (!path || !look(doctor, what, path, &status))
        return;
    bool is_good = S_ISREG(status.st_mode) && (status.st_mode & 0177) == 0 &&
                   (status.st_uid == 0 || status.st_uid == geteuid() || geteuid() == 0);
    say_mode(doctor, what, path, &status, is_good, "0400 or 0600");
}

static void check_key_ring(struct doctor *doctor)
{
    const struct key_ring *ring;
    struct error err = { 0 };
    if (access(doctor->config->keys.file, F_OK))
        return; /* told already */
    if (cli_ring(doctor->cli, &ring, &err))
        doctor_say(doctor, HEALTH_BAD, "keys", "%s", err.message);
    else
        doctor_say(doctor, HEALTH_GOOD, "keys", "%zu in the file, %u the newest",
                   key_ring_count(ring), key_ring_newest(ring));
}

static void check_folder(struct doctor *doctor, const char *what, const char *path)
{
    struct stat status;
    if (!path || !look(doctor, what, path, &status))
        return;
    bool is_good = S_ISDIR(status.st_mode) && (status.st_mode & 0077) == 0;
    say_mode(doctor, what, path, &status, is_good, "0700");
}

/* The web server's group comes in there, so the folder may let it through. */
static void check_run_dir(struct doctor *doctor)
{
    struct stat status;
    const char *path = doctor->config->worker.run_dir;
    if (!path || !look(doctor, "run_dir", path, &status))
        return;
    bool is_good = S_ISDIR(status.st_mode) && (status.st_mode & 0027) == 0;
    say_mode(doctor, "run_dir", path, &status, is_good, "0700 or 0750");
}

static void check_socket(struct doctor *doctor, const char *path)
{
    struct stat status;
    if (!look(doctor, "FastCGI socket", path, &status))
        return;
    bool is_good = S_ISSOCK(status.st_mode) && (status.st_mode & 0007) == 0;
    say_mode(doctor, "FastCGI socket", path, &status, is_good,
             "a socket that only its owner and group may use: who writes to it is believed");
}

/* The spool's locks and its survival of a crash rest on the local page cache. */
static void check_file_system(struct doctor *doctor, const char *path)
{
    struct statfs fs;
    if (!path || statfs(path, &fs))
        return;
    unsigned long type = (unsigned long)fs.f_type & 0xffffffff;
    bool is_remote = type == NFS_MAGIC || type == SMB2_MAGIC || type == FUSE_MAGIC;
    doctor_say(doctor, is_remote ? HEALTH_BAD : HEALTH_GOOD, "spool's file system", "%s",
               is_remote ? "the spool must lie on a local file system" : "local");
}

void doctor_files(struct doctor *doctor, const char *socket_or_null)
{
    const struct config *config = doctor->config;
    check_secret_file(doctor, "key file", config->keys.file);
    check_key_ring(doctor);
    check_secret_file(doctor, "worker's password", config->database.password_file);
    check_secret_file(doctor, "operator's password", config->operator_database.password_file);
    check_folder(doctor, "spool", config->spool.dir);
    check_file_system(doctor, config->spool.dir);
    check_run_dir(doctor);
    check_socket(doctor, socket_or_null ? socket_or_null
                                        : arena_printf(doctor->cli->arena, "%s/insula.sock",
                                                       config->worker.run_dir));
}
