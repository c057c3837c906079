/* Server-sent events of providers, for every framing that is SSE. */
#include "gateway/sse.h"

struct sse sse_make(size_t event_max_bytes)
{
    return (struct sse){
        .line = text_make(event_max_bytes),
        .data = text_make(event_max_bytes),
        .name = text_make(event_max_bytes),
    };
}

void sse_free(struct sse *sse)
{
    text_free(&sse->line);
    text_free(&sse->data);
    text_free(&sse->name);
}

static void take_field(struct sse *sse, struct str line)
{
    const char *colon = memchr(line.at, ':', line.len);
    size_t name_len = colon ? (size_t)(colon - line.at) : line.len;
    struct str name = { line.at, name_len };
    struct str value = { line.at + name_len, 0 };
    if (colon) {
        value = (struct str){ colon + 1, line.len - name_len - 1 };
        if (value.len && *value.at == ' ')
            value = (struct str){ value.at + 1, value.len - 1 };
    }
    if (str_is(name, "data")) {
        if (sse->has_data)
            text_add_c(&sse->data, "\n");
        text_add(&sse->data, value);
        sse->has_data = true;
    } else if (str_is(name, "event")) {
        text_clear(&sse->name);
        text_add(&sse->name, value);
    }
}

/* Not an event at all: a JSON object that stands between events. */
static void take_bare(struct sse *sse, struct str line)
{
    if (sse->has_data)
        text_add_c(&sse->data, "\n");
    text_add(&sse->data, line);
    sse->has_data = sse->in_bare = true;
}

static int dispatch(struct sse *sse,
                    int (*take)(void *self, const struct sse_event *event, struct error *err),
                    void *self, struct error *err)
{
    struct sse_event event = { text_str(&sse->name), text_str(&sse->data) };
    int stop = sse->data.len ? take(self, &event, err) : 0;
    text_clear(&sse->name);
    text_clear(&sse->data);
    sse->has_data = sse->in_bare = false;
    return stop;
}

static int too_large(struct error *err)
{
    return fail(err, ERROR_UPSTREAM, "upstream_bad_response", "upstream sent an event too large");
}

static int take_line(struct sse *sse, struct str line,
                     int (*take)(void *self, const struct sse_event *event, struct error *err),
                     void *self, struct error *err)
{
    if (!sse->started && str_starts(line, "\xef\xbb\xbf"))
        line = (struct str){ line.at + 3, line.len - 3 };
    sse->started = true;
    if (!line.len)
        return dispatch(sse, take, self, err);
    if (sse->in_bare || (sse->bare_json && !sse->has_data && *line.at == '{'))
        take_bare(sse, line);
    else
        take_field(sse, line);
    return sse->data.over || sse->name.over ? too_large(err) : 0;
}

/* How long the line is that begins here. *next_lf (or the end) is kept from line to line: bytes
 * full of CRs are not looked through for a LF again and again. */
static size_t line_length(struct str bytes, const char **next_lf)
{
    if (!*next_lf || *next_lf < bytes.at) {
        const char *lf = memchr(bytes.at, '\n', bytes.len);
        *next_lf = lf ? lf : bytes.at + bytes.len;
    }
    size_t len = (size_t)(*next_lf - bytes.at);
    const char *cr = memchr(bytes.at, '\r', len);
    return cr ? (size_t)(cr - bytes.at) : len;
}

int sse_feed(struct sse *sse, struct str bytes,
             int (*take)(void *self, const struct sse_event *event, struct error *err), void *self,
             struct error *err)
{
    const char *next_lf = NULL;
    while (bytes.len) {
        if (sse->after_cr && *bytes.at == '\n')
            bytes = (struct str){ bytes.at + 1, bytes.len - 1 };
        sse->after_cr = false;
        size_t len = line_length(bytes, &next_lf);
        struct str line = { bytes.at, len };
        bool whole = len < bytes.len;
        if (!whole || sse->line.len) {
            text_add(&sse->line, line);
            line = text_str(&sse->line);
        }
        if (sse->line.over || line.len > sse->line.max)
            return too_large(err);
        if (!whole)
            return 0;
        sse->after_cr = bytes.at[len] == '\r';
        bytes = (struct str){ bytes.at + len + 1, bytes.len - len - 1 };
        int stop = take_line(sse, line, take, self, err);
        text_clear(&sse->line);
        if (stop)
            return stop;
    }
    return 0;
}

int sse_end(struct sse *sse,
            int (*take)(void *self, const struct sse_event *event, struct error *err), void *self,
            struct error *err)
{
    struct str line = text_str(&sse->line);
    if (line.len && take_line(sse, line, take, self, err) != 0)
        return -1;
    bool counts = sse->in_bare || str_is(text_str(&sse->data), "[DONE]");
    return counts ? dispatch(sse, take, self, err) : 0;
}
