/* A provider's stream, decoded whole and cut at every byte: for the tests of decoders. */
#ifndef INSULA_TESTS_CHAT_STREAM_H
#define INSULA_TESTS_CHAT_STREAM_H

#include "tap.h"

#include "gateway/provider.h"
#include "gateway/sse.h"

#include <stdlib.h>

static struct arena *arena;

/* What a stream comes to. */
struct seen {
    struct decoder decoder;
    char chunks[8192], content[1024], reasoning[256], failed[640];
    size_t output_bytes;
    int records, started, finished, usage_only, tool_records;
    enum finish finish;
    struct usage usage;
    bool end;
};

static void append(char *to, size_t size, struct str bytes)
{
    size_t len = strlen(to);
    snprintf(to + len, size - len, "%.*s", STR_ARGS(bytes));
}

static int on_event(void *self, const struct sse_event *event, struct error *err)
{
    struct seen *seen = self;
    struct decoded d;
    arena_reset(arena);
    seen->records++;
    if (seen->decoder.kind->decode_event(&seen->decoder, event->name, event->data, arena, &d,
                                         err)) {
        snprintf(seen->failed, sizeof seen->failed, "%s %s: %s%s", err->type, err->code,
                 err->message, d.failed ? "" : " (not marked)");
        return -1;
    }
    append(seen->chunks, sizeof seen->chunks, d.chunk);
    append(seen->chunks, sizeof seen->chunks, d.chunk.at ? STR("\n") : STR(""));
    append(seen->content, sizeof seen->content, d.content);
    append(seen->reasoning, sizeof seen->reasoning, d.reasoning);
    seen->output_bytes += d.output_bytes;
    seen->started += d.choices_started;
    seen->finished += d.choices_finished;
    seen->usage_only += d.usage_only;
    seen->tool_records += d.has_tool_calls;
    seen->finish = d.finish ? d.finish : seen->finish;
    seen->usage = d.usage.known ? d.usage : seen->usage;
    seen->end = seen->end || d.end;
    return 0;
}

static void run(const char *input, size_t len, size_t cut, struct seen *seen)
{
    struct sse sse = sse_make(65536);
    struct error err = { 0 };
    *seen = (struct seen){ .decoder = { .kind = provider_kind_find("openai") } };
    if (sse_feed(&sse, (struct str){ input, cut }, on_event, seen, &err) == 0 &&
        sse_feed(&sse, (struct str){ input + cut, len - cut }, on_event, seen, &err) == 0)
        sse_end(&sse, on_event, seen, &err);
    sse_free(&sse);
}

static bool same_seen(const struct seen *a, const struct seen *b)
{
    return !strcmp(a->chunks, b->chunks) && !strcmp(a->content, b->content) &&
           !strcmp(a->reasoning, b->reasoning) && !strcmp(a->failed, b->failed) &&
           a->output_bytes == b->output_bytes && a->records == b->records &&
           a->started == b->started && a->finished == b->finished &&
           a->usage_only == b->usage_only && a->tool_records == b->tool_records &&
           a->finish == b->finish && a->end == b->end && a->usage.known == b->usage.known &&
           a->usage.tokens_in == b->usage.tokens_in && a->usage.tokens_out == b->usage.tokens_out;
}

/* The whole, then with LF and with CRLF cut at every byte: always the same. */
static struct seen stream(const char *what, const char *input)
{
    static char crlf[16384];
    static struct seen whole, part;
    size_t len = strlen(input), n = 0, differ = 0;
    for (const char *c = input; *c; c++) {
        if (*c == '\n')
            crlf[n++] = '\r';
        crlf[n++] = *c;
    }
    run(input, len, 0, &whole);
    for (size_t cut = 1; cut <= n; cut++) {
        run(input, len, cut < len ? cut : len, &part);
        differ += !same_seen(&whole, &part);
        run(crlf, n, cut, &part);
        differ += !same_seen(&whole, &part);
    }
    is_number((long long)differ, 0, "%s: the same cut at every byte, LF and CRLF", what);
    return whole;
}

/* Pieces of a stream: one event; a chunk; its choices; a chunk of one choice; usage. */
#define EVENT(data)     "data: " data "\n\n"
#define CHUNK(members)  "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\"," members "}"
#define CHOICES(inside) "\"choices\":[" inside "]"
#define CHOICE(index, delta, finish)                                                               \
    "{\"index\":" #index ",\"delta\":" delta ",\"finish_reason\":" finish "}"
#define ONE(delta, finish) CHUNK(CHOICES(CHOICE(0, delta, finish)) ",\"usage\":null")
#define USAGE(in, out)     "\"usage\":{\"prompt_tokens\":" #in ",\"completion_tokens\":" #out "}"

#endif
