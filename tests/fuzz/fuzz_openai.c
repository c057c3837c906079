/* A provider that speaks OpenAI's protocol, or nearly: whatever it sends, clients get well-formed
 * chunks of one line, numbers that add up, and of its words in errors nothing.
 *
 * First byte: 0 a stream, 1 a whole body, 2 an error with the status that follows in a byte. Every
 * '$' stands for a word that must not come out in an error. */
#include "fuzz/fuzz.h"

#include "base/codec.h"
#include "gateway/provider.h"
#include "gateway/sse.h"

#define SECRET "zQ8-upstream-word-Zq8"

static struct arena *arena;

/* The secret is both what a provider says and its key: its words may be told of a refused request
 * only, its key never. */
static void check_error(struct error *err)
{
    static const struct upstream upstream = { .base_url = "https://p.example",
                                              .api_key = { SECRET, sizeof SECRET - 1 } };
    PROMISE(err->kind != ERROR_NONE && err->code && *err->message, "an error says what it is");
    PROMISE(!strstr(err->code, SECRET), "in our words for the log");
    PROMISE(err->has_told_code || !strstr(err->message, SECRET), "and in ours for the client");
    PROMISE(!err->has_told_code || err->kind == ERROR_BAD_REQUEST,
            "unless the request is at fault");
    provider_hide(&upstream, err);
    PROMISE(!strstr(err->message, SECRET) && !strstr(err->told_code, SECRET) &&
                !strstr(err->param, SECRET),
            "no key is told");
    PROMISE(utf8_check(str_of(err->message)) == strlen(err->message), "in UTF-8");
    PROMISE(err->retry_after_ms >= 0, "with a sane time to wait");
}

static void check_usage(const struct usage *usage)
{
    if (!usage->known)
        return;
    PROMISE(usage->tokens_in >= 0 && usage->tokens_out >= 0, "tokens are not negative");
    PROMISE(usage->tokens_in <= 1000000000 && usage->tokens_out <= 1000000000, "nor absurd");
    PROMISE(usage->tokens_cached >= 0 && usage->tokens_cached <= usage->tokens_in,
            "cached: a part");
    PROMISE(usage->tokens_reasoning >= 0 && usage->tokens_reasoning <= usage->tokens_out,
            "reasoning: a part");
}

static void check_object(struct str chunk)
{
    static const struct json_limits limits = { .depth = 1000, .lenient = true };
    struct json *root;
    struct error err;
    PROMISE(utf8_check(chunk) == chunk.len, "what clients get is UTF-8");
    PROMISE(json_parse(arena, chunk, &limits, &root, &err) == 0, "and JSON");
    PROMISE(root->type == JSON_OBJECT, "an object");
    const struct json *choices = json_member(root, "choices");
    PROMISE(choices && choices->type == JSON_ARRAY, "with choices");
}

static void check_decoded(const struct decoded *d)
{
    PROMISE(utf8_check(d->content) == d->content.len, "content is UTF-8");
    PROMISE(utf8_check(d->reasoning) == d->reasoning.len, "reasoning too");
    PROMISE(d->output_bytes >= d->content.len + d->reasoning.len, "all output is counted");
    PROMISE(d->choices_finished >= 0 && d->choices_started >= 0, "choices count upwards");
    check_usage(&d->usage);
    if (!d->chunk.at)
        return;
    check_object(d->chunk);
    PROMISE(!d->failed, "a failure shows nothing");
}

static int on_event(void *self, const struct sse_event *event, struct error *err)
{
    struct decoder *decoder = self;
    struct decoded d;
    arena_reset(arena);
    if (decoder->kind->decode_event(decoder, event->name, event->data, arena, &d, err) != 0) {
        PROMISE(d.failed, "a failure is marked");
        check_error(err);
        return -1;
    }
    check_decoded(&d);
    PROMISE(!d.chunk.at || !memchr(d.chunk.at, '\n', d.chunk.len), "a chunk is one line");
    PROMISE((decoder->choices_done & ~decoder->choices_seen) == 0, "only what began can finish");
    return 0;
}

/* id: what a stream that must be written anew says; NULL: as recovery reads it. */
static void read_stream(struct str input, const char *id)
{
    struct decoder decoder = { .kind = provider_kind_find("openai"), .id = id };
    struct sse sse = sse_make(1 << 20);
    struct error err;
    if (sse_feed(&sse, input, on_event, &decoder, &err) == 0)
        sse_end(&sse, on_event, &decoder, &err);
    sse_free(&sse);
}

static void read_body(struct str input)
{
    struct decoded d;
    struct error err;
    if (provider_kind_find("openai")->decode_body(NULL, input, arena, &d, &err) != 0) {
        check_error(&err);
        return;
    }
    check_decoded(&d);
    PROMISE(d.chunk.at, "a good body is shown");
}

static void read_error(struct str input)
{
    struct http_head head = { .status = 400 + take_byte(&input), .content_type = "" };
    struct error err;
    provider_kind_find("openai")->error_of(&head, input, arena, &err);
    check_error(&err);
}

static struct text with_secret(struct str input)
{
    struct text text = text_make(64 << 20);
    text_add_c(&text, "");
    for (size_t i = 0; i < input.len; i++)
        text_add(&text, input.at[i] == '$' ? STR(SECRET) : (struct str){ input.at + i, 1 });
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size);
    uint8_t mode = take_byte(&input) % 3;
    if (size > 1 << 19)
        return 0;
    struct text text = with_secret(input);
    arena = arena_new(64 << 20);
    if (mode == 0) {
        read_stream(text_str(&text), NULL);
        read_stream(text_str(&text), "turn_1");
    } else if (mode == 1)
        read_body(text_str(&text));
    else
        read_error(text_str(&text));
    arena_free(&arena);
    text_free(&text);
    return 0;
}
