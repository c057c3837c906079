/* Server-sent events are the same however they are cut and whatever ends their lines. */
#include "tap.h"

#include "gateway/sse.h"

#include <stdlib.h>

/* What came out: "name=data;" per event. */
struct seen {
    char text[4096];
    size_t len;
    int events, stop_at;
};

static int on_event(void *self, const struct sse_event *event, struct error *err)
{
    struct seen *seen = self;
    (void)err;
    seen->len += (size_t)snprintf(seen->text + seen->len, sizeof seen->text - seen->len,
                                  "%.*s=%.*s;", STR_ARGS(event->name), STR_ARGS(event->data));
    return ++seen->events == seen->stop_at ? 7 : 0;
}

/* Fed in pieces of their own memory, so that reading over an end is noticed. */
static int feed(struct sse *sse, const char *at, size_t len, struct seen *seen)
{
    struct error err = { 0 };
    char *piece = malloc(len ? len : 1);
    memcpy(piece, at, len);
    int result = sse_feed(sse, (struct str){ piece, len }, on_event, seen, &err);
    free(piece);
    return result;
}

static void run(const char *input, size_t len, size_t cut, size_t step, struct seen *seen)
{
    struct sse sse = sse_make(4096);
    struct error err = { 0 };
    *seen = (struct seen){ 0 };
    if (!step) {
        feed(&sse, input, cut, seen);
        feed(&sse, input + cut, len - cut, seen);
    }
    for (size_t i = 0; step && i < len; i += step)
        feed(&sse, input + i, len - i < step ? len - i : step, seen);
    sse_end(&sse, on_event, seen, &err);
    sse_free(&sse);
}

/* LF becomes the given line end. */
static size_t with_ends(const char *input, const char *end, char *out)
{
    size_t n = 0;
    for (; *input; input++) {
        if (*input != '\n')
            out[n++] = *input;
        for (const char *e = end; *input == '\n' && *e; e++)
            out[n++] = *e;
    }
    return n;
}

static const struct {
    const char *what, *input, *want;
} cases[] = {
    { "plain events", "data: a\n\ndata: b\n\n", "=a;=b;" },
    { "no blank after the colon", "data:a\n\ndata:{\"b\":1}\n\n", "=a;={\"b\":1};" },
    { "one blank only is dropped", "data:  a\n\n", "= a;" },
    { "comments and blank lines", ": hello\n\n:\n\n\ndata: a\n: between\ndata: b\n\n\n\n",
      "=a\nb;" },
    { "data lines are joined", "data: {\ndata:  \"a\":1\ndata: }\n\n", "={\n \"a\":1\n};" },
    { "an empty line of data counts among others", "data: a\ndata\ndata: b\n\n", "=a\n\nb;" },
    { "event names", "event: ping\ndata: a\n\ndata: b\n\n", "ping=a;=b;" },
    { "the last event name counts", "event: x\nevent: y\ndata: a\n\n", "y=a;" },
    { "unknown fields", "id: 1\nretry: 5\nfoo\nfoo: bar\ndata: a\nDATA: b\ndatas: c\n\n", "=a;" },
    { "events without data are skipped", "event: x\n\ndata:\n\ndata: \n\ndata\n\ndata: a\n\n",
      "=a;" },
    { "a byte order mark",
      "\xef\xbb\xbf"
      "data: a\n\n",
      "=a;" },
    { "only one byte order mark",
      "\xef\xbb\xbf\xef\xbb\xbf"
      "data: a\n\ndata: b\n\n",
      "=b;" },
    { "and only at the start",
      "data: a\n\n\xef\xbb\xbf"
      "data: b\n\n",
      "=a;" },
    { "an unfinished event is dropped", "data: a\n\ndata: b\n", "=a;" },
    { "an unfinished line is dropped", "data: a\n\ndata: b", "=a;" },
    { "an unfinished [DONE] counts", "data: a\n\ndata: [DONE]", "=a;=[DONE];" },
    { "so does one with its line end", "data: a\n\ndata: [DONE]\n", "=a;=[DONE];" },
    { "but not a piece of one", "data: a\n\ndata: [DONE", "=a;" },
    { "[DONE] is an event like others", "data: [DONE]\n\ndata: z\n\n", "=[DONE];=z;" },
    { "characters of several bytes", "data: \xc5\x81\xf0\x9f\x97\xbc\n\n",
      "=\xc5\x81\xf0\x9f\x97\xbc;" },
    { "nothing", "", "" },
};

static void test_cut(const char *what, const char *end_name, const char *input, size_t len,
                     const char *want)
{
    struct seen seen;
    int same = 0, runs = 0;
    for (size_t cut = 0; cut <= len; cut++, runs++) {
        run(input, len, cut, 0, &seen);
        same += strcmp(seen.text, want) == 0;
    }
    for (size_t step = 1; step <= 7; step++, runs++) {
        run(input, len, 0, step, &seen);
        same += strcmp(seen.text, want) == 0;
    }
    is_number(same, runs, "%s, %s, cut everywhere", what, end_name);
}

static void test_cases(void)
{
    static const char *const ends[][2] = { { "LF", "\n" }, { "CRLF", "\r\n" }, { "CR", "\r" } };
    static char input[8192];
    struct seen seen;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run(cases[i].input, strlen(cases[i].input), 0, 0, &seen);
        is_text(seen.text, cases[i].want, "%s", cases[i].what);
        for (size_t e = 0; e < 3; e++) {
            size_t len = with_ends(cases[i].input, ends[e][1], input);
            test_cut(cases[i].what, ends[e][0], input, len, cases[i].want);
        }
    }
    static const char mixed[] = "data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\n";
    test_cut("mixed line ends", "all three", mixed, sizeof mixed - 1, "=a\nb\nc;=d;");
    static const char nul[] = "data: a\0b\n\ndata: c\n\n";
    struct sse sse = sse_make(64);
    seen = (struct seen){ 0 };
    feed(&sse, nul, sizeof nul - 1, &seen);
    is_number(seen.events, 2, "a NUL is a byte like others");
    sse_free(&sse);
}

static void test_maximum(void)
{
    struct sse sse = sse_make(64);
    struct seen seen = { 0 };
    struct error err = { 0 };
    char line[80];
    memset(line, 'x', sizeof line);
    memcpy(line, "data: ", 6);
    ok(feed(&sse, line, 64, &seen) == 0 && feed(&sse, "\n\n", 2, &seen) == 0 && seen.events == 1,
       "a line of the maximum is taken");
    ok(sse_feed(&sse, (struct str){ line, 65 }, on_event, &seen, &err) == -1 &&
           err.kind == ERROR_UPSTREAM && !strcmp(err.code, "upstream_bad_response"),
       "a longer one is an error before it ends");
    sse_free(&sse);
    sse = sse_make(64);
    line[65] = '\n';
    ok(feed(&sse, line, 66, &seen) == -1, "so is a whole longer one");
    sse_free(&sse);
    sse = sse_make(64);
    line[60] = '\n';
    ok(feed(&sse, line, 61, &seen) == 0 && feed(&sse, line, 61, &seen) == -1,
       "so are lines that make a longer event");
    sse_free(&sse);
}

static void test_stop(void)
{
    struct sse sse = sse_make(64);
    struct seen seen = { .stop_at = 2 };
    is_number(feed(&sse, "data: a\n\ndata: b\n\ndata: c\n\n", 27, &seen), 7,
              "what the receiver returns comes back");
    is_number(seen.events, 2, "and nothing is given after it");
    sse_free(&sse);
    sse = sse_make(64);
    struct error err;
    seen = (struct seen){ .stop_at = 1 };
    feed(&sse, "data: [DONE]", 12, &seen);
    is_number(sse_end(&sse, on_event, &seen, &err), 7, "at the end, too");
    sse_free(&sse);
}

int main(void)
{
    test_cases();
    test_maximum();
    test_stop();
    return done();
}
