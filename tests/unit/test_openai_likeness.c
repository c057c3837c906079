/* A chunk that is read by its likeness to the last says what it says when it is parsed. */
#include "bar.h"

#include "gateway/provider.h"

#include <stdlib.h>

static struct arena *arena;
static unsigned int seed = 20261124;

static unsigned int below(unsigned int n)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 8) % n;
}

/* Texts that are plain, escaped, foreign, broken; the last ones are no text at all. */
static const char *const texts[] = {
    "\"tide\"",
    "\"\"",
    "\" \"",
    "\"a\\\"b\"",
    "\"\\\\\"",
    "\"\\n\\t\\/\\b\\f\\r\"",
    "\"\\u00e9\"",
    "\"\\ud83d\\uddfc\"",
    "\"\\ud83d\"",
    "\"\\u0000\"",
    "\"caf\xc3\xa9\"",
    "\"\xf0\x9f\x97\xbc\"",
    "\"\xc3\"",
    "\"\xed\xa0\x80\"",
    "\"a\tb\"",
    "\"a\nb\"",
    "\"\\x\"",
    "\"\x7f\"",
    "\"open",
    "\"a\"\"b\"",
    "null",
    "7",
    "{\"text\":\"a\"}",
    "\"[DONE]\"",
    "\"\\",
};

/* @: a text. */
static const char *const chunks[] = {
    "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":@},\"finish_reason\":null}]}",
    "{\"choices\":[{\"delta\":{\"content\":@}}],\"obfuscation\":@}",
    "{\"obfuscation\":@,\"choices\":[{\"index\":0,\"delta\":{\"content\":@}}]}",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":@},\"finish_reason\":\"stop\"}]}",
    "{\"choices\":[{\"index\":1,\"delta\":{\"content\":@}}]}",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":@}},{\"index\":1,\"delta\":{}}]}",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\",\"content\":@}}]}",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":@,\"reasoning_content\":\"why\"}}]}",
    "{\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":@}}]}",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":@,\"tool_calls\":[{}]}}]}",
    ("{\"choices\":[{\"index\":0,\"delta\":{\"content\":@}}],\"usage\":{\"prompt_tokens\":3,"
     "\"completion_tokens\":4}}"),
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":@}}],\"error\":null} ",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":@}}],\"error\":{\"message\":\"m\"}}",
    "{\"choices\":\n[{\"index\":0,\"delta\":{\"content\":@}}]}",
};

#define PICK(list) (list)[below(sizeof(list) / sizeof *(list))]

static bool same(struct str a, struct str b)
{
    return str_equal(a, b) || (!a.len && !b.len);
}

static bool same_decoded(const struct decoded *a, const struct decoded *b)
{
    return same(a->chunk, b->chunk) && same(a->content, b->content) &&
           same(a->reasoning, b->reasoning) && a->output_bytes == b->output_bytes &&
           a->finish == b->finish && a->has_tool_calls == b->has_tool_calls &&
           a->choices_started == b->choices_started && a->choices_finished == b->choices_finished &&
           a->usage.known == b->usage.known && a->usage.tokens_in == b->usage.tokens_in &&
           a->usage.tokens_out == b->usage.tokens_out && a->usage_only == b->usage_only &&
           a->failed == b->failed && a->end == b->end;
}

/* By the decoder that remembers, and by one that knows the same choices and has learned nothing. */
static bool says_the_same(struct decoder *decoder, const char *chunk, bool *learned_out)
{
    struct decoder fresh = *decoder, before = *decoder;
    struct decoded quick, parsed;
    struct error err = { 0 }, err_parsed = { 0 };
    struct str data = str_of(chunk);
    arena_reset(arena);
    memset(fresh.scratch, 0, sizeof fresh.scratch);
    int status = decoder->kind->decode_event(decoder, STR(""), data, arena, &quick, &err);
    int status_parsed =
        fresh.kind->decode_event(&fresh, STR(""), data, arena, &parsed, &err_parsed);
    *learned_out = memcmp(before.scratch, decoder->scratch, sizeof before.scratch) != 0;
    return status == status_parsed && same_decoded(&quick, &parsed) &&
           err.kind == err_parsed.kind && !strcmp(err.message, err_parsed.message) &&
           decoder->choices_seen == fresh.choices_seen &&
           decoder->choices_done == fresh.choices_done;
}

/* The shape with the two texts in turn in the places of its @. */
static void write_chunk(char *out, size_t size, const char *shape, const char *const filling[2])
{
    size_t n = 0, filled = 0;
    for (; *shape && n < size - 1; shape++)
        n += (size_t)snprintf(out + n, size - n, "%.*s", *shape == '@' ? 99 : 1,
                              *shape == '@' ? filling[filled++ % 2] : shape);
}

/* A long stream in which shapes, texts and single bytes change. */
static void every_chunk_is_read_as_it_is_parsed(void)
{
    long rounds = bar_rounds(100000, 1000000), same_count = 0;
    struct decoder decoder = { .kind = provider_kind_find("openai") };
    const char *shape = chunks[0];
    bool learned;
    for (long i = 0; i < rounds; i++) {
        char chunk[512];
        if (below(8) == 0)
            shape = PICK(chunks);
        const char *const filling[2] = { PICK(texts), PICK(texts) };
        write_chunk(chunk, sizeof chunk, shape, filling);
        if (below(4) == 0)
            chunk[below((unsigned int)strlen(chunk))] = "\"\\{}[]:,a0\n\x80"[below(12)];
        if (below(8) == 0)
            chunk[below((unsigned int)strlen(chunk))] = '\0';
        if (below(8) == 0)
            snprintf(chunk + strlen(chunk), sizeof chunk - strlen(chunk), "%s", PICK(texts));
        bool good = says_the_same(&decoder, chunk, &learned);
        same_count += good;
        if (!good)
            printf("# differs: %s\n", chunk);
    }
    bar("streams", "a chunk read by its likeness says what parsing says", same_count, rounds);
}

static void texts_of_one_stream_are_read_without_parsing(void)
{
    struct decoder decoder = { .kind = provider_kind_find("openai") };
    const char *const stream[] = {
        "{\"choices\":[{\"delta\":{\"content\":\"The \"}}],\"obfuscation\":\"x9\"}",
        "{\"choices\":[{\"delta\":{\"content\":\"keeper\\n\"}}],\"obfuscation\":\"\"}",
        "{\"choices\":[{\"delta\":{\"content\":\"\xc5\x81\xc3\xb3\"}}],\"obfuscation\":\"pq7z\"}",
    };
    bool learned[3], good[3];
    for (size_t i = 0; i < 3; i++)
        good[i] = says_the_same(&decoder, stream[i], &learned[i]);
    ok(good[0] && good[1] && good[2], "and says the same");
    ok(learned[0] && !learned[1] && !learned[2], "only the first of its kind teaches anything");
}

static void long_chunks_are_parsed_as_ever(void)
{
    struct decoder decoder = { .kind = provider_kind_find("openai") };
    char chunk[2048], padding[1500] = "";
    bool learned;
    memset(padding, 'p', sizeof padding - 1);
    snprintf(chunk, sizeof chunk, "{\"id\":\"%s\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
             padding);
    ok(says_the_same(&decoder, chunk, &learned) && !learned, "what is too long is not learned");
}

int main(void)
{
    arena = arena_new(1 << 20);
    every_chunk_is_read_as_it_is_parsed();
    texts_of_one_stream_are_read_without_parsing();
    long_chunks_are_parsed_as_ever();
    arena_free(&arena);
    return done();
}
