/* Newline-delimited JSON of providers, as Ollama streams it. */
#include "gateway/ndjson.h"

struct ndjson ndjson_make(size_t line_max_bytes)
{
    return (struct ndjson){ .line = text_make(line_max_bytes) };
}

void ndjson_free(struct ndjson *ndjson)
{
    text_free(&ndjson->line);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct str trim(struct str line)
{
    while (line.len && is_blank(*line.at))
        line = (struct str){ line.at + 1, line.len - 1 };
    while (line.len && is_blank(line.at[line.len - 1]))
        line.len--;
    return line;
}

static int take_line(struct str line,
                     int (*take)(void *self, const struct sse_event *event, struct error *err),
                     void *self, struct error *err)
{
    struct sse_event event = { STR(""), trim(line) };
    return event.data.len ? take(self, &event, err) : 0;
}

int ndjson_feed(struct ndjson *ndjson, struct str bytes,
                int (*take)(void *self, const struct sse_event *event, struct error *err),
                void *self, struct error *err)
{
    while (bytes.len) {
        const char *end = memchr(bytes.at, '\n', bytes.len);
        struct str line = { bytes.at, end ? (size_t)(end - bytes.at) : bytes.len };
        if (!end || ndjson->line.len) {
            text_add(&ndjson->line, line);
            line = text_str(&ndjson->line);
        }
        if (ndjson->line.over || line.len > ndjson->line.max)
            return fail(err, ERROR_UPSTREAM, "upstream_bad_response",
                        "upstream sent an event too large");
        if (!end)
            return 0;
        bytes = (struct str){ end + 1, bytes.len - (size_t)(end - bytes.at) - 1 };
        int stop = take_line(line, take, self, err);
        text_clear(&ndjson->line);
        if (stop)
            return stop;
    }
    return 0;
}

/* A line that broke off is no line; whether a whole one is good JSON is the decoder's to say. */
static bool is_closed(struct str line)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.at[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']') && (depth == 0 || --depth == 0))
            return true;
    }
    return false;
}

int ndjson_end(struct ndjson *ndjson,
               int (*take)(void *self, const struct sse_event *event, struct error *err),
               void *self, struct error *err)
{
    struct str line = text_str(&ndjson->line);
    int stop = is_closed(line) ? take_line(line, take, self, err) : 0;
    text_clear(&ndjson->line);
    return stop;
}
