/* Lines of JSON (NDJSON): the same lines however the bytes are cut, those that a plain second
 * reader finds, and never one over the maximum.
 *
 * First byte: the maximum (even: ample, odd: a few bytes). Second: how the rest is cut. */
#include "fuzz/fuzz.h"

#include "gateway/ndjson.h"

#define AMPLE (1 << 20)

struct seen {
    struct text text; /* a NUL behind each line */
    size_t max;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static int take(void *self, const struct sse_event *event, struct error *err)
{
    struct seen *seen = self;
    (void)err;
    PROMISE(event->data.len > 0 && event->data.len <= seen->max, "a line within the maximum");
    PROMISE(!memchr(event->data.at, '\n', event->data.len), "is one line");
    PROMISE(!is_blank(event->data.at[event->data.len - 1]), "trimmed");
    PROMISE(!event->name.len, "without a name");
    text_add(&seen->text, event->data);
    text_add(&seen->text, (struct str){ "", 1 });
    return 0;
}

static int read_pieces(struct str input, size_t max, unsigned cut, struct seen *seen)
{
    struct ndjson ndjson = ndjson_make(max);
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
        status = ndjson_feed(&ndjson, (struct str){ alone, n }, take, seen, &err);
        free(alone);
        input = (struct str){ input.at + n, input.len - n };
        cut = cut ? cut * 5 + 3 : 0;
    }
    if (status == 0)
        status = ndjson_end(&ndjson, take, seen, &err);
    PROMISE(status == 0 || err.kind == ERROR_UPSTREAM, "too large is the provider's fault");
    ndjson_free(&ndjson);
    return status;
}

/* Every line with its LF, and nothing of the rest. */
static struct text read_plainly(struct str input)
{
    struct seen seen = { text_make(4 * AMPLE), AMPLE };
    for (const char *end; (end = memchr(input.at, '\n', input.len));) {
        struct str line = { input.at, (size_t)(end - input.at) };
        input = (struct str){ end + 1, input.len - line.len - 1 };
        while (line.len && is_blank(*line.at))
            line = (struct str){ line.at + 1, line.len - 1 };
        while (line.len && is_blank(line.at[line.len - 1]))
            line.len--;
        if (line.len) {
            text_add(&seen.text, line);
            text_add(&seen.text, (struct str){ "", 1 });
        }
    }
    return seen.text;
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
    PROMISE(str_equal(text_str(&whole.text), text_str(&pieces.text)), "the same lines");
    if (max == AMPLE) {
        struct text plain = read_plainly(input);
        PROMISE(first == 0, "nothing is too large here");
        PROMISE(whole.text.len >= plain.len && !memcmp(whole.text.at ? whole.text.at : "",
                                                       plain.at ? plain.at : "", plain.len),
                "every whole line, in order");
        text_free(&plain);
    }
    text_free(&whole.text);
    text_free(&pieces.text);
    return 0;
}
