/* crypto/keys.h, key_file_add: the file is whole at every moment, and no key is ever lost. */
#include "crypto/keys.h"

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char folder[] = "/tmp/insula-test-XXXXXX";
static char path[64], new_path[64];

static void write_file(const char *name, const char *text, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0)
        perror(name);
    close(fd);
}

static const char *read_file(void)
{
    static char bytes[40000];
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, bytes, sizeof bytes - 1);
    close(fd);
    bytes[n > 0 ? n : 0] = '\0';
    return bytes;
}

static mode_t mode_of(void)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_mode & ALLPERMS : 0;
}

/* The new id, or 0. */
static uint32_t add(void)
{
    uint32_t id = 0;
    struct error err;
    if (key_file_add(path, &id, &err) < 0)
        printf("# %s (%s)\n", err.message, err.log);
    return id;
}

static size_t count_keys(uint32_t *newest)
{
    struct key_ring *ring = NULL;
    struct error err;
    if (key_ring_read(path, &ring, &err) < 0)
        return 0;
    size_t count = key_ring_count(ring);
    *newest = key_ring_newest(ring);
    key_ring_free(&ring);
    return count;
}

static void a_file_is_begun(void)
{
    uint32_t newest = 0;
    is_number(add(), 1, "the first key of a new file is 1");
    is_number(mode_of(), 0400, "a new file's mode is 0400");
    is_number(add(), 2, "the next is 2");
    is_number(count_keys(&newest), 2, "both are there");
    is_number(newest, 2, "and the second is the newest");
    const char *text = read_file();
    ok(strlen(text) == 2 * 67 && strncmp(text + 2, text + 69, 64) != 0, "two different keys");
    is_number(access(new_path, F_OK), -1, "no other file is left behind");
}

static void what_is_there_stays(void)
{
    static const char text[] = "# comment\n9 " HEX "\n4 " HEX "\n";
    uint32_t newest = 0;
    unlink(path);
    write_file(path, text, 0600);
    is_number(add(), 10, "the next id is above all others");
    ok(strncmp(read_file(), text, strlen(text)) == 0, "comments and keys stay as they were");
    is_number(mode_of(), 0600, "the file keeps its mode");
    is_number(count_keys(&newest), 3, "three keys now");
    is_number(newest, 10, "the new one is the newest");

    write_file(path, "1 " HEX, 0600);
    is_number(add(), 2, "a last line without newline is closed first");
    is_number(count_keys(&newest), 2, "… and still a key");
}

static void a_bad_file_is_left_alone(void)
{
    write_file(path, "1 " HEX "\nbroken\n", 0600);
    is_number(add(), 0, "a broken file is not added to");
    is_text(read_file(), "1 " HEX "\nbroken\n", "… nor changed");
    write_file(path, "4294967295 " HEX "\n", 0600);
    is_number(add(), 0, "behind the largest id there is none");
    write_file(path, "1 " HEX "\n", 0644);
    is_number(add(), 0, "a file that others may read is not added to");
    unlink(path);
    struct error err;
    uint32_t id = 7;
    ok(key_file_add("/nonexistent/keys", &id, &err) == -1 && id == 7 &&
           err.kind == ERROR_INTERNAL && !strcmp(err.code, "keys_unreadable"),
       "no folder, no file");
}

static void a_full_file_is_left_alone(void)
{
    struct text text = text_make(1 << 20);
    for (int i = 1; i <= 256; i++)
        text_addf(&text, "%d %s\n", i, HEX);
    write_file(path, text.at, 0600);
    is_number(add(), 0, "a full file takes no more keys");
    text_clear(&text);
    text_add_c(&text, "1 " HEX "\n");
    while (text.len < 32 * 1024 - 30)
        text_add_c(&text, "# x\n");
    write_file(path, text.at, 0600);
    is_number(add(), 0, "a file full of comments takes no key either");
    is_text(read_file(), text.at, "… and is not changed");
    text_free(&text);
    unlink(path);
}

static void a_killed_addition_leaves_no_trace(void)
{
    uint32_t newest;
    write_file(new_path, "half a key", 0400);
    is_number(add(), 1, "a leftover does not stop the next addition");
    is_number(count_keys(&newest), 1, "… nor get into the file");
    is_number(access(new_path, F_OK), -1, "… and is gone");
}

static void owners_are_kept(void)
{
    struct stat st = { 0 };
    if (geteuid() != 0 || chown(path, 0, 12345) < 0) {
        ok(1, "the file's group is kept # SKIP needs root");
        return;
    }
    add();
    ok(stat(path, &st) == 0 && st.st_gid == 12345, "the file's group is kept");
}

static void additions_do_not_collide(void)
{
    uint32_t newest = 0;
    unlink(path);
    for (int i = 0; i < 8; i++) {
        if (fork() == 0) {
            for (int j = 0; j < 5; j++)
                add();
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
    is_number(count_keys(&newest), 40, "eight processes add forty keys");
    is_number(newest, 40, "… with forty ids");
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/keys", folder);
    snprintf(new_path, sizeof new_path, "%s/keys.new", folder);
    a_file_is_begun();
    what_is_there_stays();
    a_bad_file_is_left_alone();
    a_full_file_is_left_alone();
    a_killed_addition_leaves_no_trace();
    owners_are_kept();
    additions_do_not_collide();
    unlink(path);
    rmdir(folder);
    return done();
}
