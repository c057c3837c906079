/* A stream's event, of any kind of provider, is understood without malloc: counted by functions of
 * our own in its place. */
#include "provider_talk.h"

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

static long long asked_for;

void *malloc(size_t bytes)
{
    asked_for++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    asked_for++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    asked_for++;
    return __libc_realloc(memory, bytes);
}

#define CHAT                                                                                       \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","      \
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"w %d \\u00e9\"},\"finish_reason\":null}]}" \
    "\n\n"

/* How each says a piece of text; %d is another number each time. */
static const struct {
    const char *kind, *event;
} kinds[] = {
    { "openai", CHAT },
    { "compatible", CHAT },
    { "azure", CHAT },
    { "vllm", CHAT },
    { "llamacpp", CHAT },
    { "ollama-v1", CHAT },
    { "tgi-v1", CHAT },
    { "openai-responses",
      "event: response.output_text.delta\ndata: "
      "{\"type\":\"response.output_text.delta\",\"item_id\":"
      "\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"w %d \\u00e9\"}\n\n" },
    { "anthropic",
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
      "{\"type\":\"text_delta\",\"text\":\"w %d \\u00e9\"}}\n\n" },
    { "ollama", "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":"
                "\"assistant\","
                "\"content\":\"w %d \\u00e9\"},\"done\":false}\n" },
    { "gemini",
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"w %d \\u00e9\"}],\"role\":"
      "\"model\"},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":2}}\r\n\r\n" },
    { "tgi", "data:{\"index\":1,\"token\":{\"id\":1,\"text\":\"w %d "
             "\\u00e9\",\"logprob\":-0.2,\"special\":"
             "false},\"generated_text\":null,\"details\":null}\n\n" },
};

struct heard_bytes {
    struct talk *talk;
    size_t bytes;
};

static int take(void *self, const struct sse_event *event, struct error *err)
{
    struct heard_bytes *heard = self;
    struct decoded decoded = { 0 };
    int status = heard->talk->decoder.kind->decode_event(&heard->talk->decoder, event->name,
                                                         event->data, scratch, &decoded, err);
    heard->bytes += decoded.content.len;
    arena_reset(scratch);
    return status;
}

/* What so many events ask malloc for; text: the bytes of their text. */
static long long malloc_calls(struct records *records, struct heard_bytes *heard, const char *event,
                              int from, int count)
{
    char bytes[512];
    struct error err;
    long long before = asked_for;
    for (int i = from; i < from + count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the above */
        int n = snprintf(bytes, sizeof bytes, event, i);
#pragma GCC diagnostic pop
        if (records_feed(records, (struct str){ bytes, (size_t)n }, take, heard, &err) != 0)
            return -1;
    }
    return asked_for - before;
}

int main(void)
{
    int known = 0;
    talk_begin();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct heard_bytes heard = { begin(kinds[i].kind, HELLO), 0 };
        struct records records = records_make(heard.talk->upstream.kind->framing, 65536);
        malloc_calls(&records, &heard, kinds[i].event, 100, 5);
        heard.bytes = 0;
        is_number(malloc_calls(&records, &heard, kinds[i].event, 200, 100), 0,
                  "%s: a hundred events, no malloc", kinds[i].kind);
        is_number((long long)heard.bytes, 800, "%s: and all of their text", kinds[i].kind);
        records_free(&records);
    }
    while (provider_kinds()[known])
        known++;
    is_number((long long)(sizeof kinds / sizeof *kinds), known, "that are all kinds there are");
    return talk_done();
}
