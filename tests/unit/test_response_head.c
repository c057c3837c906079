/* Heads of responses come down to status, type and when to try again. */
#include "tap.h"

#include "base/clock.h"
#include "response_head.h"

/* Feeds lines separated by "|"; returns how often the head was whole. */
static int feed(struct response_head *head, const char *lines)
{
    int whole = 0;
    *head = (struct response_head){ 0 };
    for (;;) {
        char line[256];
        size_t len = strcspn(lines, "|");
        int n = snprintf(line, sizeof line, "%.*s\r\n", (int)len, lines);
        whole += response_head_line(head, (struct str){ line, (size_t)n });
        if (!lines[len])
            return whole;
        lines += len + 1;
    }
}

static int retry_after(const char *fields)
{
    struct response_head head;
    char lines[256];
    snprintf(lines, sizeof lines, "HTTP/1.1 503 Busy|%s|", fields);
    feed(&head, lines);
    return head.http.retry_after_ms;
}

static void test_heads(void)
{
    struct response_head head;
    is_number(feed(&head, "HTTP/1.1 200 OK|"), 1, "an empty line ends the head");
    ok(head.http.status == 200 && !*head.http.content_type, "a head without fields");
    feed(&head, "HTTP/1.1 200|CONTENT-TYPE:  Text/Event-Stream ; charset=UTF-8|");
    is_text(head.http.content_type, "text/event-stream", "the type alone, in lower case");
    is_number(feed(&head, "HTTP/1.1 103 Early|Content-Type: a/b||HTTP/1.1 404 No|"), 1,
              "an interim head is none");
    ok(head.http.status == 404 && !*head.http.content_type, "and leaves nothing behind");
    is_number(feed(&head, "HTTP/1.1 200 OK||X-Trailer: 1|Content-Type: x/y|"), 1,
              "trailers are no second head");
    ok(!*head.http.content_type, "and change nothing");
    feed(&head, "HTTP/1.1 xyz|no colon|:|");
    is_number(head.http.status, 0, "nonsense is survived");
    feed(&head, "HTTP/1.1 500 No|x-should-retry: FALSE|");
    ok(head.http.should_retry_false, "x-should-retry: false");
    feed(&head, "HTTP/1.1 500 No|x-should-retry: true|");
    ok(!head.http.should_retry_false, "x-should-retry: true");
    feed(&head, "HTTP/1.1 200 OK|x-prompt-tokens: 24|X-Generated-Tokens: 19|");
    ok(head.http.tokens_in == 24 && head.http.tokens_out == 19, "TGI's counts of tokens");
    feed(&head, "HTTP/1.1 200 OK|x-prompt-tokens: -4|x-generated-tokens: 1e9|");
    ok(!head.http.tokens_in && !head.http.tokens_out, "which are numbers");
}

static void test_retry_after(void)
{
    clock_set_unix_ms(1767225600000); /* 2026-01-01T00:00:00Z */
    is_number(retry_after("Retry-After: 2"), 2000, "seconds");
    is_number(retry_after("Retry-After: Thu, 01 Jan 2026 00:00:30 GMT"), 30000, "a date");
    is_number(retry_after("Retry-After: Thu, 01 Jan 1970 00:00:30 GMT"), 0, "a date long past");
    is_number(retry_after("Retry-After: Fri, 01 Jan 2038 00:00:30 GMT"), 0, "a date far away");
    is_number(retry_after("Retry-After: soon"), 0, "neither");
    is_number(retry_after("Retry-After: -5"), 0, "negative");
    is_number(retry_after("Retry-After: 99999999999999999999"), 0, "absurd");
    is_number(retry_after("retry-after-ms: 1500|Retry-After: 2"), 1500, "milliseconds first");
    is_number(retry_after("Retry-After: 2|retry-after-ms: 1500.7"), 1500, "milliseconds last");
    is_number(retry_after("Retry-After: 2|retry-after-ms: x"), 2000, "milliseconds that are none");
    is_number(retry_after("X-Other: 1"), 0, "nothing");
    clock_set_unix_ms(0);
}

int main(void)
{
    test_heads();
    test_retry_after();
    return done();
}
