/* TGI's /generate_stream and /generate, understood. The text that stops an answer is streamed like
 * any other: what may become one is held back until it is clear. */
#include "tgi.h"

#include "answer_write.h"
#include "raw_json.h"
#include "upstream_error.h"

static const char bad_event[] = "upstream sent a malformed event";
static const char bad_body[] = "The provider sent no valid answer";

struct state {
    unsigned char len, stopped;
    char held[TGI_STOP_BYTES_MAX];
};

_Static_assert(sizeof(struct state) <= sizeof((struct decoder *)0)->scratch, "fits its place");

static enum finish finish_of(struct str reason)
{
    return str_is(reason, "length") ? FINISH_LENGTH : FINISH_STOP;
}

static void read_stops(const struct decoder *decoder, struct tgi_stops *out)
{
    static const struct upstream usual;
    const struct completion *completion = decoder->completion;
    struct error ignored;
    if (tgi_stops_read(decoder->upstream ? decoder->upstream : &usual,
                       completion ? completion->parameters : NULL, out, &ignored) != 0)
        out->count = 0;
}

/* Where the first stop text begins; text.len: nowhere. */
static size_t find_stop(struct str text, const struct tgi_stops *stops)
{
    size_t first = text.len;
    for (size_t i = 0; i < stops->count; i++) {
        const char *found = memmem(text.at, text.len, stops->texts[i].at, stops->texts[i].len);
        if (found && (size_t)(found - text.at) < first)
            first = (size_t)(found - text.at);
    }
    return first;
}

/* How many bytes at the end may be the beginning of a stop text. */
static size_t count_held(struct str text, const struct tgi_stops *stops)
{
    size_t most = 0;
    for (size_t i = 0; i < stops->count; i++) {
        size_t n = stops->texts[i].len - 1;
        for (n = n < text.len ? n : text.len; n > most; n--) {
            if (memcmp(text.at + text.len - n, stops->texts[i].at, n) == 0)
                most = n;
        }
    }
    return most;
}

static void take_text(struct state *s, struct str token, bool is_last,
                      const struct tgi_stops *stops, struct chunks *chunks)
{
    struct str text;
    if (s->stopped ||
        !raw_join(chunks->arena, (struct str[]){ { s->held, s->len }, token }, 2, &text)) {
        chunks->failed = chunks->failed || !s->stopped;
        return;
    }
    size_t shown = find_stop(text, stops);
    s->stopped = shown < text.len;
    s->len = 0;
    if (!s->stopped && !is_last) {
        size_t held = count_held(text, stops);
        shown = text.len - held;
        memcpy(s->held, text.at + shown, held);
        s->len = (unsigned char)held;
    }
    chunk_plain_text(chunks, 0, SAID_CONTENT, (struct str){ text.at, shown });
}

static bool is_special(const struct json *token)
{
    const struct json *special = json_member(token, "special");
    return special && special->type == JSON_BOOL && special->boolean;
}

static struct told_usage told_of(const struct json *details)
{
    struct told_usage told = TOLD_NOTHING;
    told.in = told_tokens(details, "input_length");
    told.out = told_tokens(details, "generated_tokens");
    return told;
}

int tgi_decode_event(struct decoder *decoder, struct str event, struct str data,
                     struct arena *arena, struct decoded *out, struct error *err)
{
    struct json *root;
    struct state s;
    struct tgi_stops stops;
    (void)event;
    *out = (struct decoded){ 0 };
    if (answer_root(data, bad_event, arena, out, &root, err) != 0)
        return -1;
    if (upstream_error_object(root))
        return upstream_error_streamed(decoder, root, out, err);
    const struct json *token = json_member(root, "token"), *details = json_member(root, "details");
    bool is_last = json_is_set(details);
    memcpy(&s, decoder->scratch, sizeof s);
    read_stops(decoder, &stops);
    struct chunks chunks = chunks_into(decoder, arena, out);
    struct str text = is_special(token) ? STR("") : json_text(json_member(token, "text"));
    take_text(&s, text, is_last, &stops, &chunks);
    if (is_last) {
        struct told_usage told = told_of(details);
        chunk_finish(&chunks, 0, finish_of(json_text(json_member(details, "finish_reason"))));
        chunk_usage(&chunks, &told, (struct str){ 0 });
        out->end = true;
    }
    memcpy(decoder->scratch, &s, sizeof s);
    return chunks_close(&chunks, err);
}

/* POST / and the hosted service answer with an array of one. */
static int read_root(struct str source, struct arena *arena, struct decoded *out,
                     const struct json **root_out, struct error *err)
{
    static const struct json_limits limits = { .depth = 100, .lenient = true };
    struct json *root;
    struct error ignored;
    if (json_parse(arena, source, &limits, &root, &ignored) != 0)
        return malformed_answer(out, bad_body, err);
    *root_out = root->type == JSON_ARRAY ? json_at(root, 0) : root;
    return 0;
}

int tgi_decode_body(const struct http_head *head, struct str source, struct arena *arena,
                    struct decoded *out, struct error *err)
{
    const struct json *root = NULL;
    struct answer body;
    *out = (struct decoded){ 0 };
    if (read_root(source, arena, out, &root, err) != 0)
        return -1;
    const struct json *text = json_member(root, "generated_text");
    const struct json *details = json_member(root, "details");
    if (upstream_error_object(root))
        return upstream_error_answered(root, out, err);
    if (!json_text(text).at)
        return malformed_answer(out, bad_body, err);
    struct told_usage told = told_of(details);
    if (head && head->tokens_in) {
        told.in = head->tokens_in;
        told.out = head->tokens_out;
    }
    answer_open(&body, arena, source, out);
    answer_text(&body, SAID_CONTENT, json_text(text));
    answer_choice(&body, finish_of(json_text(json_member(details, "finish_reason"))));
    answer_usage(&body, &told, (struct str){ 0 });
    return answer_close(&body, err);
}
