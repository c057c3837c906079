/* crypto/keys.h: which key files are taken. */
#include "crypto/digest.h"
#include "crypto/keys.h"

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX2 "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static char folder[] = "/tmp/insula-test-XXXXXX";
static char path[64];

static void write_file(const char *text, size_t len, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || write(fd, text, len) != (ssize_t)len || fchmod(fd, mode) < 0)
        perror(path);
    close(fd);
}

/* Its words when the file is refused; NULL when it is taken. */
static const char *refusal(void)
{
    static struct error err;
    struct key_ring *ring = NULL;
    if (key_ring_read(path, &ring, &err) == 0) {
        key_ring_free(&ring);
        return NULL;
    }
    if (ring || err.kind != ERROR_INTERNAL || strcmp(err.code, "keys_unreadable"))
        return "a refusal of another kind";
    return strstr(err.message, "00010203") || strstr(err.log, "00010203") ? "a key is shown"
                                                                          : err.message;
}

static void refuses(const char *text, size_t len, const char *word)
{
    write_file(text, len, 0600);
    const char *words = refusal();
    if (!ok(words && strstr(words, word), "refuses a file where %s", word))
        printf("#   %s\n", words ? words : "taken");
}
#define REFUSES(text, word) refuses(text, sizeof(text) - 1, word)

static void good_files_are_taken(void)
{
    static const char text[] = "# keys\n\n7 " HEX1 "\n# newer\n3 " HEX2 "\n";
    struct key_ring *ring = NULL;
    struct error err;
    write_file(text, sizeof text - 1, 0400);
    if (!ok(key_ring_read(path, &ring, &err) == 0, "a key file is read"))
        return;
    is_number(key_ring_count(ring), 2, "its keys are counted");
    is_number(key_ring_newest(ring), 3, "the last line is the newest, whatever its id");
    unsigned char got[DATA_KEY_BYTES], want[DATA_KEY_BYTES], other[DATA_KEY_BYTES];
    char oldest[DATA_KEY_BYTES];
    for (int i = 0; i < DATA_KEY_BYTES; i++)
        oldest[i] = (char)i;
    digest_keyed((struct str){ oldest, sizeof oldest }, STR("scope"), want);
    key_ring_derive(ring, "scope", got);
    key_ring_derive(ring, "log", other);
    ok(memcmp(got, want, sizeof got) == 0, "a derived key is the HMAC under the oldest key");
    ok(memcmp(got, other, sizeof got) != 0, "another purpose, another key");
    key_ring_free(&ring);
    ok(!ring, "a freed ring is NULL");
    key_ring_free(&ring);

    write_file("1 " HEX1, strlen("1 " HEX1), 0600);
    ok(!refusal(), "mode 0600 and a last line without newline are taken");
    write_file("4294967295 " HEX1 "\n", strlen("4294967295 " HEX1 "\n"), 0600);
    ok(!refusal(), "the largest id is taken");
}

static void bad_texts_are_refused(void)
{
    REFUSES("", "no key");
    REFUSES("# nothing\n", "no key");
    REFUSES("0 " HEX1 "\n", "line 1 does not begin");
    REFUSES("-1 " HEX1 "\n", "line 1 does not begin");
    REFUSES("4294967296 " HEX1 "\n", "line 1 does not begin");
    REFUSES("x " HEX1 "\n", "line 1 does not begin");
    REFUSES(" 1 " HEX1 "\n", "line 1 does not begin");
    REFUSES(HEX1 "\n", "line 1 does not begin");
    REFUSES("1\n", "line 1 does not begin");
    REFUSES("1  " HEX1 "\n", "line 1 does not end");
    REFUSES("1 " HEX1 " \n", "line 1 does not end");
    REFUSES("1 " HEX1 "\r\n", "line 1 does not end");
    REFUSES("1 " HEX1 "00\n", "line 1 does not end");
    REFUSES("1 000102030405060708090a0b0c0d0e0f\n", "line 1 does not end");
    REFUSES("1 g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", "does not end");
    REFUSES("1 " HEX1 "\n# x\n1 " HEX2 "\n", "line 3 has the id of another");
    REFUSES("1 " HEX1 "\n\0\n", "line 2");
    struct text many = text_make(1 << 20);
    for (int i = 1; i <= 257; i++)
        text_addf(&many, "%d %s\n", i, HEX1);
    refuses(many.at, many.len, "line 257 is one key too many");
    text_clear(&many);
    while (many.len < 40000)
        text_add_c(&many, "# a long comment\n");
    refuses(many.at, many.len, "too large");
    text_free(&many);
}

static void open_files_are_refused(void)
{
    static const mode_t bad[] = { 0440, 0404, 0640, 0644,  0660,  0666, 0700,
                                  0500, 0200, 0000, 04400, 02400, 01600 };
    static const char good[] = "1 " HEX1 "\n";
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file(good, sizeof good - 1, bad[i]);
        ok(refusal(), "mode %04o is refused", (unsigned)bad[i]);
    }
    write_file(good, sizeof good - 1, 0400);
    if (geteuid() == 0 && chown(path, 12345, 0) == 0)
        ok(refusal() && strstr(refusal(), "another user"), "another user's file is refused");
    else
        ok(1, "another user's file is refused # SKIP needs root");
    unlink(path);
    ok(refusal(), "no file is refused");
    ok(mkdir(path, 0400) == 0 && refusal(), "a directory is refused");
    rmdir(path);
    ok(mkfifo(path, 0400) == 0 && refusal(), "a pipe is refused, and not waited for");
    unlink(path);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/keys", folder);
    good_files_are_taken();
    bad_texts_are_refused();
    open_files_are_refused();
    unlink(path);
    rmdir(folder);
    return done();
}
