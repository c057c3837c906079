/* Embeddings: whatever a client's body says, it is taken or refused by its place; whatever
 * providers send, clients get a list with a vector for each text, or an error.
 *
 * First byte: the kind. Second: 0 a provider's body for two texts, 1 a client's body. */
#include "fuzz/fuzz.h"

#include "chat/embedding.h"
#include "gateway/provider.h"

static struct arena *arena;

static void read_body(const struct decoder *decoder, struct str input)
{
    struct decoded d;
    struct json *root;
    struct error err;
    if (!decoder->kind->decode_embeddings)
        return;
    if (provider_read_body(decoder, NULL, input, arena, &d, &err) != 0) {
        PROMISE(d.failed && err.kind && *err.message, "a failure is marked and says what it is");
        return;
    }
    PROMISE(d.usage.known && d.usage.tokens_in >= 0 && !d.usage.tokens_out, "the usage is known");
    PROMISE(json_parse(arena, d.chunk, &(struct json_limits){ .values = 4000000 }, &root, &err) ==
                0,
            "clients get JSON");
    const struct json *data = json_member(root, "data");
    PROMISE(data && data->count == 2, "with a vector for each text");
    for (const struct json *item = data->children; item; item = item->next)
        PROMISE(json_member(item, "embedding")->count > 0, "which is not empty");
}

static void ask(struct decoder *decoder, struct str input)
{
    struct embedding embedding;
    struct json *client, *root;
    struct http_request request;
    struct error err = { 0 };
    const struct prompt_limits limits = { 100, 1000 };
    if (json_parse(arena, input, NULL, &client, &err) != 0 || client->type != JSON_OBJECT)
        return;
    if (embedding_read(arena, client, &limits, &embedding, &err) < 0) {
        PROMISE(err.kind && err.code && *err.message && *err.param, "a refusal names its place");
        return;
    }
    PROMISE(embedding.count > 0 && embedding.tokens > 0, "there is something to embed");
    const struct completion completion = { .embedding = &embedding, .parameters = client };
    if (provider_write(decoder->upstream, &completion, arena, &request, &err) != 0)
        PROMISE(err.kind && err.code && *err.message, "a refusal says what it is");
    else
        PROMISE(json_parse(arena, request.body, NULL, &root, &err) == 0, "providers get JSON");
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
    const struct embedding two = { .count = 2, .tokens = 3 };
    const struct completion completion = { .embedding = &two };
    upstream.kind = provider_kind_find(kinds[take_byte(&input) % count]);
    struct decoder decoder = {
        .kind = upstream.kind, .upstream = &upstream, .completion = &completion, .id = "turn_1"
    };
    bool is_client = take_byte(&input) & 1;
    arena = arena_new(64 << 20);
    if (is_client)
        ask(&decoder, input);
    else
        read_body(&decoder, input);
    arena_free(&arena);
    return 0;
}
