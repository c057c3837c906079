/* Providers that do not speak OpenAI: whatever they send, clients get well-formed chunks of one
 * line, and one role before anything else of a choice; whatever clients ask, providers get JSON.
 *
 * First byte: the kind. Second: 0 a stream, 1 a whole body, 2 a client's body. */
#include "fuzz/fuzz.h"

#include "base/codec.h"
#include "gateway/records.h"

static struct arena *arena;

static struct json *read_object(struct str text, bool lenient)
{
    const struct json_limits limits = { .depth = 1000, .lenient = lenient };
    struct json *root;
    struct error err;
    return json_parse(arena, text, &limits, &root, &err) == 0 && root->type == JSON_OBJECT ? root
                                                                                           : NULL;
}

static void check_object(struct str json, uint32_t *begun)
{
    PROMISE(utf8_check(json) == json.len, "what clients get is UTF-8");
    const struct json *root = read_object(json, true);
    PROMISE(root && json_member(root, "id"), "an object with an id");
    const struct json *choices = json_member(root, "choices");
    PROMISE(choices && choices->type == JSON_ARRAY, "with choices");
    for (const struct json *c = choices->children; begun && c; c = c->next) {
        int64_t index = json_integer(json_member(c, "index"), -1);
        PROMISE(index >= 0 && index < 32, "that are few");
        bool begins = json_member(json_member(c, "delta"), "role");
        PROMISE(begins == !(*begun & UINT32_C(1) << index), "one role, and first");
        *begun |= UINT32_C(1) << index;
    }
}

static void check_decoded(const struct decoded *d)
{
    PROMISE(!d->usage.known || (d->usage.tokens_cached <= d->usage.tokens_in &&
                                d->usage.tokens_reasoning <= d->usage.tokens_out),
            "parts are no more than the whole");
    PROMISE(d->output_bytes >= d->content.len + d->reasoning.len, "all output is counted");
}

struct stream {
    struct decoder decoder;
    uint32_t begun;
};

static int on_record(void *self, const struct sse_event *event, struct error *err)
{
    struct stream *s = self;
    struct decoded d;
    arena_reset(arena);
    if (s->decoder.kind->decode_event(&s->decoder, event->name, event->data, arena, &d, err) != 0) {
        PROMISE(d.failed && err->kind && *err->message, "a failure is marked and says what it is");
        return -1;
    }
    check_decoded(&d);
    struct decoded_chunk first = { d.chunk, d.usage_only, d.more };
    for (const struct decoded_chunk *c = d.chunk.at ? &first : NULL; c; c = c->next) {
        PROMISE(!memchr(c->json.at, '\n', c->json.len), "a chunk is one line");
        check_object(c->json, c->usage_only ? NULL : &s->begun);
    }
    PROMISE((s->decoder.choices_done & ~s->decoder.choices_seen) == 0, "what began can finish");
    return 0;
}

static void read_stream(const struct decoder *decoder, struct str input)
{
    struct stream s = { .decoder = *decoder };
    struct records records = records_make(decoder->kind->framing, 1 << 20);
    struct error err;
    size_t half = input.len / 2;
    if (records_feed(&records, (struct str){ input.at, half }, on_record, &s, &err) == 0 &&
        records_feed(&records, (struct str){ input.at + half, input.len - half }, on_record, &s,
                     &err) == 0)
        records_end(&records, on_record, &s, &err);
    records_free(&records);
}

static void read_body(const struct decoder *decoder, struct str input)
{
    struct decoded d;
    struct error err;
    if (decoder->kind->decode_body(NULL, input, arena, &d, &err) != 0 ||
        provider_name_body(decoder, arena, &d, &err) != 0) {
        PROMISE(d.failed && err.kind && *err.message, "a failure is marked and says what it is");
        return;
    }
    check_decoded(&d);
    if (!decoder->kind->speaks_openai)
        check_object(d.chunk, NULL);
}

static size_t read_messages(const struct json *list, struct prompt_message *out, size_t max)
{
    static const char *const roles[] = { "system", "user", "assistant", "tool", "developer" };
    size_t count = 0;
    for (const struct json *m = list ? list->children : NULL; m && count < max; m = m->next) {
        struct str role = json_text(json_member(m, "role"));
        for (size_t i = 0; m->type == JSON_OBJECT && i < sizeof roles / sizeof *roles; i++) {
            if (str_is(role, roles[i]))
                out[count++] = (struct prompt_message){ roles[i], STR(""), m->raw };
        }
    }
    return count;
}

static void ask(const struct decoder *decoder, struct str input)
{
    struct prompt_message messages[16];
    const struct json *client = read_object(input, false);
    struct completion completion = { .messages = messages, .parameters = client };
    struct http_request request;
    struct error err = { 0 };
    if (!client)
        return;
    completion.message_count = read_messages(json_member(client, "messages"), messages, 16);
    completion.max_tokens = json_integer(json_member(client, "max_tokens"), 0);
    completion.stream = json_member(client, "stream") != NULL;
    if (decoder->kind->write_request(decoder->upstream, &completion, arena, &request, &err) != 0)
        PROMISE(err.kind && err.code && *err.message, "a refusal says what it is");
    else
        PROMISE(read_object(request.body, true), "providers get an object");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size);
    const char *const *kinds = provider_kinds();
    size_t count = 0;
    while (kinds[count])
        count++;
    struct upstream upstream = { .base_url = "https://p.example",
                                 .model = "m",
                                 .public_name = "a\"b" };
    struct completion nothing = { .messages = NULL };
    upstream.kind = provider_kind_find(kinds[take_byte(&input) % count]);
    struct decoder decoder = {
        .kind = upstream.kind, .upstream = &upstream, .completion = &nothing, .id = "turn_1"
    };
    arena = arena_new(64 << 20);
    switch (take_byte(&input) % 3) {
    case 0:
        if (!decoder.kind->speaks_openai)
            read_stream(&decoder, input);
        break;
    case 1:
        read_body(&decoder, input);
        break;
    default:
        ask(&decoder, input);
    }
    arena_free(&arena);
    return 0;
}
