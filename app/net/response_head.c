/* Response heads of providers, reduced to what the gateway acts on. */
#include "response_head.h"

#include "base/clock.h"

#include <curl/curl.h>

enum { RETRY_MAX_MS = 24 * 3600 * 1000, TOKENS_MAX = 1000000000 };

static struct str trimmed(struct str s)
{
    while (s.len && strchr(" \t\r\n", s.at[s.len - 1]))
        s.len--;
    while (s.len && strchr(" \t", *s.at))
        s.at++, s.len--;
    return s;
}

/* "HTTP/1.1 200 OK" */
static int status_of(struct str line)
{
    const char *blank = memchr(line.at, ' ', line.len);
    long long status;
    if (!blank || (size_t)(line.at + line.len - blank) < 4)
        return 0;
    return str_to_number((struct str){ blank + 1, 3 }, 999, &status) ? (int)status : 0;
}

static void read_content_type(struct response_head *head, struct str value)
{
    size_t len = 0;
    while (len < value.len && len < sizeof head->content_type - 1 && !strchr("; \t", value.at[len]))
        len++;
    for (size_t i = 0; i < len; i++) {
        char c = value.at[i];
        head->content_type[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    head->content_type[len] = 0;
}

static void read_retry_after(struct response_head *head, struct str value)
{
    long long seconds;
    char date[64];
    if (head->has_ms || value.len >= sizeof date)
        return;
    if (!str_to_number(value, RETRY_MAX_MS / 1000, &seconds)) {
        memcpy(date, value.at, value.len);
        date[value.len] = 0;
        time_t then = curl_getdate(date, NULL);
        seconds = (long long)then - clock_unix_ms() / 1000;
        if (then < 0 || seconds < 0 || seconds > RETRY_MAX_MS / 1000)
            return;
    }
    head->http.retry_after_ms = (int)seconds * 1000;
}

static void read_retry_after_ms(struct response_head *head, struct str value)
{
    const char *point = memchr(value.at, '.', value.len);
    long long ms;
    if (point)
        value.len = (size_t)(point - value.at);
    if (!str_to_number(value, RETRY_MAX_MS, &ms))
        return;
    head->http.retry_after_ms = (int)ms;
    head->has_ms = true;
}

static void read_tokens(int64_t *out, struct str value)
{
    long long tokens;
    if (str_to_number(value, TOKENS_MAX, &tokens))
        *out = tokens;
}

static void read_field(struct response_head *head, struct str line)
{
    const char *colon = memchr(line.at, ':', line.len);
    if (!colon)
        return;
    struct str name = { line.at, (size_t)(colon - line.at) };
    struct str value = trimmed((struct str){ colon + 1, line.len - name.len - 1 });
    if (str_equal_nocase(name, "content-type"))
        read_content_type(head, value);
    else if (str_equal_nocase(name, "retry-after"))
        read_retry_after(head, value);
    else if (str_equal_nocase(name, "retry-after-ms"))
        read_retry_after_ms(head, value);
    else if (str_equal_nocase(name, "x-should-retry"))
        head->http.should_retry_false = str_equal_nocase(value, "false");
    else if (str_equal_nocase(name, "x-prompt-tokens"))
        read_tokens(&head->http.tokens_in, value);
    else if (str_equal_nocase(name, "x-generated-tokens"))
        read_tokens(&head->http.tokens_out, value);
}

bool response_head_line(struct response_head *head, struct str line)
{
    if (head->done)
        return false;
    if (str_starts(line, "HTTP/")) {
        *head = (struct response_head){ .http.status = status_of(line) };
        head->http.content_type = head->content_type;
    } else if (trimmed(line).len) {
        read_field(head, line);
    } else {
        head->done = head->http.status >= 200;
    }
    return head->done;
}
