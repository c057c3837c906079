/* FastCGI records to the byte, on a socket that never blocks: slow readers, leaving ones, aborts.
 */
#include "web/client.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PENDING_MAX (1 << 20)

static struct client client;
static int web; /* the web server's end */

static void begin(int request_id, size_t pending_max)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        abort();
    web = pair[1];
    client_begin(&client, pair[0], request_id, pending_max);
}

static void say(struct str bytes)
{
    client_send(&client, &bytes, 1);
}

static void end(void)
{
    client_close(&client);
    close(web);
}

/* What the web server can read now. */
static struct str arrived(void)
{
    static char buffer[4 << 20];
    size_t n = 0;
    for (ssize_t got; n < sizeof buffer;) {
        got = recv(web, buffer + n, sizeof buffer - n, MSG_DONTWAIT);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return (struct str){ buffer, n };
}

static bool same(struct str got, const char *want, size_t len)
{
    return got.len == len && !memcmp(got.at, want, len);
}

static struct str letters(size_t n)
{
    static char text[3 << 20];
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 26);
    return (struct str){ text, n };
}

/* The payload of STDOUT records; *ended_out: behind them stands the end of the request, once. */
static struct str unframe(struct str bytes, bool *ended_out)
{
    static char text[4 << 20];
    static const char tail[] = "\1\6\0\7\0\0\0\0\1\3\0\7\0\10\0\0\0\0\0\0\0\0\0";
    size_t n = 0, at = 0;
    while (at + 8 <= bytes.len && bytes.at[at + 1] == 6) {
        size_t len = (size_t)(unsigned char)bytes.at[at + 4] << 8 | (unsigned char)bytes.at[at + 5];
        if (len == 0)
            break;
        memcpy(text + n, bytes.at + at + 8, len);
        n += len;
        at += 8 + len + (unsigned char)bytes.at[at + 6];
    }
    *ended_out = same((struct str){ bytes.at + at, bytes.len - at }, tail, 24);
    return (struct str){ text, n };
}

static void records_are_framed(void)
{
    begin(0x0102, PENDING_MAX);
    say(STR("Status: 200\r\n\r\n"));
    ok(same(arrived(), "\1\6\1\2\0\17\0\0Status: 200\r\n\r\n", 8 + 15),
       "version 1, STDOUT, request id, length, no padding, content");
    say(STR(""));
    is_number((long long)arrived().len, 0,
              "nothing to say is no record: an empty one ends the stream");
    client_finish(&client, STR("bye"));
    ok(same(arrived(),
            "\1\6\1\2\0\3\0\0bye"
            "\1\6\1\2\0\0\0\0"
            "\1\3\1\2\0\10\0\0\0\0\0\0\0\0\0\0",
            11 + 8 + 16),
       "the end: content, empty STDOUT, END_REQUEST with status 0, complete");
    ok(client.finished && !client.gone, "finished");
    client_finish(&client, STR("again"));
    is_number((long long)arrived().len, 0, "only once");
    end();
}

static void ends_in_one_write(void)
{
    int pair[2];
    char buffer[4096];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
        abort();
    client_begin(&client, pair[0], 7, PENDING_MAX);
    client_finish(&client, STR("data: [DONE]\n\n"));
    ssize_t n = recv(pair[1], buffer, sizeof buffer, MSG_DONTWAIT);
    is_number(n, 8 + 14 + 8 + 16, "the last bytes and the end of the request leave in one write");
    client_close(&client);
    close(pair[1]);
}

static void large_answers_are_split(void)
{
    bool ended;
    begin(7, 4 << 20);
    int size = 4 << 20;
    setsockopt(client.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    say(letters(65528));
    struct str one = arrived();
    ok(one.len == 65536 && (unsigned char)one.at[4] == 255 && (unsigned char)one.at[5] == 248,
       "65,528 bytes are one record");
    say(letters(65529));
    struct str two = arrived();
    ok(two.len == 65529 + 16 && two.at[65536 + 4] == 0 && two.at[65536 + 5] == 1,
       "one more is a second record");
    end();

    begin(7, 4 << 20);
    struct str much = letters(1000003);
    client_finish(&client, much);
    static char all[2 << 20];
    size_t n = 0;
    for (struct str part; (part = arrived()).len; client_flush(&client)) {
        memcpy(all + n, part.at, part.len);
        n += part.len;
    }
    struct str payload = unframe((struct str){ all, n }, &ended);
    ok(payload.len == much.len && !memcmp(payload.at, much.at, much.len) && ended,
       "a million bytes arrive whole, with their end, however the socket takes them");
    end();
}

static void slow_readers_keep_their_bytes(void)
{
    begin(7, PENDING_MAX);
    int size = 4096;
    setsockopt(client.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct str piece = letters(1000);
    for (int i = 0; i < 500; i++)
        say(piece);
    ok(client_pending(&client) > 100000 && !client.gone, "what the socket does not take, waits");
    client_finish(&client, STR("!"));
    static char all[1 << 20];
    size_t n = 0;
    int64_t before = client.moved_ms;
    usleep(3000);
    while (client_pending(&client)) {
        struct str part = arrived();
        memcpy(all + n, part.at, part.len);
        n += part.len;
        client_flush(&client);
    }
    struct str part = arrived();
    memcpy(all + n, part.at, part.len);
    n += part.len;
    ok(client.moved_ms > before, "progress is noted");
    bool ended;
    struct str payload = unframe((struct str){ all, n }, &ended);
    bool right = payload.len == 500001 && payload.at[500000] == '!' && ended;
    for (size_t i = 0; right && i < 500; i++)
        right = !memcmp(payload.at + 1000 * i, piece.at, 1000);
    ok(right, "and arrives in order, once, when it reads on");
    end();
}

static void nobody_is_waited_for_without_bound(void)
{
    begin(7, 300000);
    for (int i = 0; i < 2000 && !client.gone; i++)
        say(letters(1000));
    ok(client.gone, "over the maximum, a reader counts as gone");
    is_number((long long)client_pending(&client), 0, "and nothing waits for it");
    ok(client.out.size <= 2 * 300000, "nor was more than that ever kept");
    client_finish(&client, STR("x"));
    ok(!client.finished || client_pending(&client) == 0, "an end is no more sent");
    end();

    int missed = 0;
    for (size_t most = 990; most < 1060; most++) {
        begin(7, most);
        say(STR("")); /* the socket takes it all, so only the framing must fit */
        client_finish(&client, letters(1000));
        bool ended;
        unframe(arrived(), &ended);
        missed += !ended && !client.gone;
        end();
    }
    is_number(missed, 0, "an end that does not fit is never lost in silence");
}

static void leaving_is_noticed(void)
{
    begin(7, PENDING_MAX);
    client_listen(&client);
    ok(!client.gone, "a silent web server is there");
    close(web);
    client_listen(&client);
    ok(client.gone, "one that closes is gone");
    say(STR("x"));
    is_number((long long)client_pending(&client), 0, "what is sent then is dropped");
    client_close(&client);
    is_number(client.fd, -1, "closed is closed");
    client_close(&client);

    begin(7, PENDING_MAX);
    shutdown(web, SHUT_WR);
    client_listen(&client);
    ok(client.gone, "so is one that closes its writing side only (lighttpd's tcp-fin-propagate)");
    end();

    begin(7, PENDING_MAX);
    if (write(web, "\1\5\0\7\0\0\0\0", 8) != 8)
        abort();
    client_listen(&client);
    ok(!client.gone, "the end of the request's body is no leaving");
    if (write(web, "\1\2\0\7\0\0\0\0", 8) != 8)
        abort();
    client_listen(&client);
    ok(client.gone, "FCGI_ABORT_REQUEST is");
    end();

    begin(7, PENDING_MAX);
    close(web);
    say(STR("x"));
    say(STR("x"));
    ok(client.gone, "writing to a closed socket notices it too, and no signal ends us");
    client_close(&client);
}

static void draining_ends(void)
{
    begin(7, PENDING_MAX);
    int size = 4096;
    setsockopt(client.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    client_finish(&client, letters(200000));
    client_drain(&client, 50);
    ok(client.gone, "a reader that takes nothing is not waited for longer than the timeout");
    end();

    begin(7, PENDING_MAX);
    client_finish(&client, letters(200000));
    pid_t child = fork();
    if (child == 0) {
        static char buffer[1 << 20];
        close(client.fd);
        size_t n = 0;
        for (ssize_t got; (got = read(web, buffer + n, 7000)) > 0; n += (size_t)got)
            usleep(1000);
        _exit(n == 200000 + 4 * 8 + 8 + 16 ? 0 : 1);
    }
    client_drain(&client, 1000);
    ok(!client.gone && !client_pending(&client), "one that reads slowly gets it all");
    client_close(&client);
    close(web);
    int status;
    waitpid(child, &status, 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "to the last byte");
}

int main(void)
{
    records_are_framed();
    ends_in_one_write();
    large_answers_are_split();
    slow_readers_keep_their_bytes();
    nobody_is_waited_for_without_bound();
    leaving_is_noticed();
    draining_ends();
    return done();
}
