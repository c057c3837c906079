/* Lines of JSON in any pieces, and the records of a stream whatever frames them. */
#include "tap.h"

#include "gateway/records.h"

struct seen {
    char lines[512];
    int stop_at, count;
};

static int take(void *self, const struct sse_event *event, struct error *err)
{
    struct seen *seen = self;
    size_t len = strlen(seen->lines);
    (void)err;
    snprintf(seen->lines + len, sizeof seen->lines - len, "%.*s;", STR_ARGS(event->data));
    return ++seen->count == seen->stop_at ? 7 : 0;
}

static const char *lines_of(enum framing framing, const char *input, size_t cut)
{
    static struct seen seen;
    struct records records = records_make(framing, 64);
    struct error err = { 0 };
    size_t len = strlen(input);
    seen = (struct seen){ .count = 0 };
    if (records_feed(&records, (struct str){ input, cut }, take, &seen, &err) != 0 ||
        records_feed(&records, (struct str){ input + cut, len - cut }, take, &seen, &err) != 0 ||
        records_end(&records, take, &seen, &err) != 0)
        snprintf(seen.lines, sizeof seen.lines, "%s", err.code);
    records_free(&records);
    return seen.lines;
}

static void same(enum framing framing, const char *input, const char *want, const char *what)
{
    int differ = 0;
    for (size_t cut = 0; cut <= strlen(input); cut++)
        differ += strcmp(lines_of(framing, input, cut), want) != 0;
    is_text(lines_of(framing, input, 0), want, "%s", what);
    is_number(differ, 0, "%s: cut anywhere", what);
}

static void test_lines(void)
{
    same(FRAMING_NDJSON, "{\"a\":1}\n\n \r\n{\"b\":2}\r\n", "{\"a\":1};{\"b\":2};",
         "LF, CRLF and blank lines");
    same(FRAMING_NDJSON, "{\"a\":1}\n{\"b\":\"}\\\"\"}", "{\"a\":1};{\"b\":\"}\\\"\"};",
         "a whole last line without its end");
    same(FRAMING_NDJSON, "{\"a\":1}\n{\"b\":\"}", "{\"a\":1};", "a last line that broke off");
    same(FRAMING_NDJSON, "{\"a\":[1,{\"x\":2}]\n{\"b\":[1", "{\"a\":[1,{\"x\":2}];",
         "a line is a line, whatever is in it");
    same(FRAMING_NDJSON,
         "{\"a\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}\n",
         "upstream_bad_response", "a line that is too long");
}

static void test_bare(void)
{
    static const char input[] = "data: {\"a\":1}\n\n{\n  \"error\": 1\n}\n";
    same(FRAMING_SSE_OR_JSON, input, "{\"a\":1};{\n  \"error\": 1\n};",
         "an object between events, at the end of a body");
    same(FRAMING_SSE_OR_JSON, "{\n\"data\": 1\n}\n\ndata: 2\n\n", "{\n\"data\": 1\n};2;",
         "an object before events");
    same(FRAMING_SSE_OR_JSON, "data: {\n{x: 1\n\n", "{;", "not within an event");
    same(FRAMING_SSE, input, "{\"a\":1};", "others know no such thing");
}

static void test_stop(void)
{
    struct ndjson ndjson = ndjson_make(64);
    struct seen seen = { .stop_at = 1 };
    struct error err;
    is_number(ndjson_feed(&ndjson, STR("{}\n{}\n"), take, &seen, &err), 7,
              "who takes lines can stop");
    is_text(seen.lines, "{};", "and gets no more");
    ndjson_free(&ndjson);
}

static void test_types(void)
{
    ok(records_are(FRAMING_NDJSON, "application/x-ndjson"), "NDJSON is named so");
    ok(!records_are(FRAMING_NDJSON, "application/json"), "a JSON document is no stream");
    ok(records_are(FRAMING_SSE_OR_JSON, "text/event-stream"), "events are events");
    ok(!records_are(FRAMING_SSE_OR_JSON, "application/json"), "and a document is none");
}

int main(void)
{
    test_lines();
    test_bare();
    test_stop();
    test_types();
    return done();
}
