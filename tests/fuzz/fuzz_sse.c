/* Server-sent events: the same events however the bytes are cut, those that a plain second reader
 * of the standard finds, and never one over the maximum.
 *
 * First byte: the maximum (even: ample, odd: a few bytes). Second: how the rest is cut. */
#include "fuzz/fuzz.h"

#include "gateway/sse.h"

#define AMPLE (1 << 20)

/* All events as text, with bytes that no event can hold in between. */
struct seen {
    struct text text;
    size_t max;
};

static int take(void *self, const struct sse_event *event, struct error *err)
{
    struct seen *seen = self;
    (void)err;
    PROMISE(event->data.len > 0, "an event has data");
    PROMISE(event->data.len <= seen->max && event->name.len <= seen->max, "within the maximum");
    PROMISE(!memchr(event->data.at, '\r', event->data.len), "no CR in data");
    PROMISE(!memchr(event->name.at, '\n', event->name.len), "a name is one line");
    text_add(&seen->text, event->name);
    text_add_c(&seen->text, "\r");
    text_add(&seen->text, event->data);
    text_add_c(&seen->text, "\r\r");
    return 0;
}

static int read_pieces(struct str input, size_t max, unsigned cut, struct seen *seen)
{
    struct sse sse = sse_make(max);
    struct error err;
    int status = 0;
    *seen = (struct seen){ text_make(4 * AMPLE), max };
    while (status == 0 && input.len) {
        size_t n = cut ? 1 + cut % 7 : input.len;
        n = n < input.len ? n : input.len;
        char *alone = malloc(n); /* a read beyond the piece is seen */
        if (!alone)
            abort();
        memcpy(alone, input.at, n);
        status = sse_feed(&sse, (struct str){ alone, n }, take, seen, &err);
        free(alone);
        input = (struct str){ input.at + n, input.len - n };
        cut = cut ? cut * 5 + 3 : 0;
    }
    if (status == 0)
        status = sse_end(&sse, take, seen, &err);
    PROMISE(status == 0 || err.kind == ERROR_UPSTREAM, "too large is the provider's fault");
    sse_free(&sse);
    return status;
}

/* ---- a second reader, slow and plain ---- */

struct plain {
    struct text data, name, out;
    bool has_data;
};

static void plain_dispatch(struct plain *p)
{
    struct seen seen = { p->out, AMPLE };
    if (p->data.len)
        take(&seen, &(struct sse_event){ text_str(&p->name), text_str(&p->data) }, NULL);
    p->out = seen.text;
    text_clear(&p->data);
    text_clear(&p->name);
    p->has_data = false;
}

static void plain_line(struct plain *p, struct str line)
{
    if (!line.len)
        plain_dispatch(p);
    bool is_data = str_starts(line, "data:") || str_is(line, "data");
    bool is_name = str_starts(line, "event:") || str_is(line, "event");
    size_t skip = is_data ? 5 : 6;
    struct str value = STR("");
    if (line.len > skip)
        value = (struct str){ line.at + skip, line.len - skip };
    if (str_starts(value, " "))
        value = (struct str){ value.at + 1, value.len - 1 };
    if (is_name)
        text_clear(&p->name);
    if (is_data && p->has_data)
        text_add_c(&p->data, "\n");
    if (is_data || is_name)
        text_add(is_data ? &p->data : &p->name, value);
    p->has_data |= is_data;
}

static struct text read_plainly(struct str input)
{
    struct plain p = { text_make(AMPLE), text_make(AMPLE), text_make(4 * AMPLE), false };
    size_t at = str_starts(input, "\xef\xbb\xbf") ? 3 : 0;
    while (at < input.len) {
        size_t end = at;
        while (end < input.len && input.at[end] != '\n' && input.at[end] != '\r')
            end++;
        if (end == input.len && end == at)
            break;
        plain_line(&p, (struct str){ input.at + at, end - at });
        at = end + 1;
        if (at < input.len && input.at[end] == '\r' && input.at[at] == '\n')
            at++;
    }
    if (str_is(text_str(&p.data), "[DONE]"))
        plain_dispatch(&p);
    text_free(&p.data);
    text_free(&p.name);
    return p.out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size);
    uint8_t limit = take_byte(&input), cut = take_byte(&input);
    size_t max = limit & 1 ? limit : AMPLE;
    struct seen whole, pieces;
    if (input.len >= AMPLE / 2)
        return 0;
    int first = read_pieces(input, max, 0, &whole);
    int second = read_pieces(input, max, 1 + cut, &pieces);
    PROMISE(first == second, "the same end however it is cut");
    PROMISE(str_equal(text_str(&whole.text), text_str(&pieces.text)), "the same events");
    if (max == AMPLE) {
        struct text plain = read_plainly(input);
        PROMISE(first == 0, "nothing is too large here");
        PROMISE(str_equal(text_str(&whole.text), text_str(&plain)), "the standard's events");
        text_free(&plain);
    }
    text_free(&whole.text);
    text_free(&pieces.text);
    return 0;
}
