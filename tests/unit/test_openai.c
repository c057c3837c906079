/* OpenAI's answers are read rightly and passed through unchanged, however they arrive. */
#include "chat_stream.h"

/* One event a line. */
/* clang-format off */
static const char plain_chunks[] =
    ONE("{\"role\":\"assistant\",\"content\":\"\"}", "null") "\n"
    ONE("{\"content\":\"The keeper \xc5\x81\xc3\xb3\"}", "null") "\n"
    ONE("{\"content\":\" \\ud83d\\uddfc\\u0000.\"}", "null") "\n"
    ONE("{}", "\"stop\"") "\n"
    CHUNK("\"choices\":[],\"usage\":{\"prompt_tokens\":1240,\"completion_tokens\":219,"
          "\"prompt_tokens_details\":{\"cached_tokens\":1024},"
          "\"completion_tokens_details\":{\"reasoning_tokens\":200}}") "\n";

#define ARGUMENTS(index, value)                                                                    \
    "{\"tool_calls\":[{\"index\":" #index ",\"function\":{\"arguments\":" value "}}]}"
static const char tool_calls[] =
    EVENT(ONE(ARGUMENTS(0, "\"{\\\"a\\\"\""), "null"))
    EVENT(ONE(ARGUMENTS(0, "\":1}\""), "null"))
    EVENT(ONE(ARGUMENTS(1, "{\"b\":2}"), "null"))
    EVENT(ONE("{}", "\"tool_calls\""));

static const char reasoning[] =
    EVENT(ONE("{\"reasoning_content\":\"Dusk \"}", "null"))
    EVENT(ONE("{\"reasoning\":\"comes.\",\"content\":null}", "null"))
    EVENT(ONE("{\"refusal\":\"No.\"}", "\"content_filter\""));

static const char two_choices[] =
    EVENT(CHUNK(CHOICES(CHOICE(0, "{\"content\":\"a\"}", "null") ","
                        CHOICE(1, "{\"content\":\"bb\"}", "null"))))
    EVENT(CHUNK(CHOICES(CHOICE(1, "{}", "\"length\""))))
    EVENT(CHUNK(CHOICES(CHOICE(0, "{}", "\"stop_sequence\""))))
    EVENT(CHUNK(CHOICES(CHOICE(0, "{}", "\"stop\"")) "," USAGE(1, 2)));

static const char running_usage[] =
    EVENT(CHUNK(CHOICES(CHOICE(0, "{}", "null")) "," USAGE(3, 1)))
    EVENT(CHUNK(CHOICES(CHOICE(0, "{}", "\"stop\"")) "," USAGE(3, 9)));

static const char absurd_usage[] =
    EVENT(CHUNK(CHOICES("") "," USAGE(-3, 1)))
    EVENT(CHUNK(CHOICES("") "," USAGE(3, 99999999999)))
    EVENT(CHUNK(CHOICES("") "," USAGE(3, "9")))
    EVENT(CHUNK(CHOICES("") ",\"usage\":{\"prompt_tokens\":3}"));

static const char absurd_details[] =
    EVENT(CHUNK(CHOICES("") ",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4.0,"
                "\"prompt_tokens_details\":{\"cached_tokens\":5},"
                "\"completion_tokens_details\":null}"));

static const char odd_choices[] =
    EVENT(CHUNK(CHOICES(CHOICE(99, "{\"content\":\"a\"}", "\"stop\"") ","
                        CHOICE(-1, "{}", "\"stop\"") ",7,{\"delta\":{\"content\":\"b\"}}")));

static const char several_lines[] =
    "data: {\"choices\":\ndata:  [{\"index\":0,\ndata: \"delta\":{\"content\":\"a\"}}]\ndata: }\n\n";
/* clang-format on */

static void test_plain(void)
{
    static char input[4096];
    size_t n = 0;
    for (const char *c = plain_chunks; *c; c = strchr(c, '\n') + 1)
        n += (size_t)snprintf(input + n, sizeof input - n, "data: %.*s\n\n",
                              (int)(strchr(c, '\n') - c), c);
    snprintf(input + n, sizeof input - n, "data: [DONE]\n\n");
    struct seen s = stream("a plain stream", input);
    is_text(s.chunks, plain_chunks, "chunks pass through verbatim");
    is_text(s.content, "The keeper \xc5\x81\xc3\xb3 \xf0\x9f\x97\xbc",
            "the text, up to its NUL here");
    is_number((long long)s.output_bytes, 22, "all its bytes are counted");
    ok(s.started == 1 && s.finished == 1 && s.finish == FINISH_STOP && s.end,
       "begun, finished, ended");
    ok(s.usage_only == 1 && s.usage.known && s.usage.tokens_in == 1240 &&
           s.usage.tokens_out == 219 && s.usage.tokens_cached == 1024 &&
           s.usage.tokens_reasoning == 200,
       "the usage chunk is known as such, and read");
}

static void test_kinds_of_output(void)
{
    struct seen s = stream("tool calls", tool_calls);
    ok(s.tool_records == 3 && s.finish == FINISH_TOOL_CALLS, "tool calls are seen");
    is_number((long long)s.output_bytes, 4 + 3 + 7, "their arguments are counted");
    ok(!s.end && s.finished == s.started, "finished without [DONE]");
    s = stream("reasoning", reasoning);
    is_text(s.reasoning, "Dusk comes.", "reasoning under both names");
    is_number((long long)s.output_bytes, 11 + 3, "it and a refusal are counted");
    ok(s.finish == FINISH_CONTENT_FILTER, "the content filter's finish");
    s = stream("two choices", two_choices);
    ok(s.started == 2 && s.finished == 2 && s.finish == FINISH_STOP && !*s.failed,
       "each counted once, its own finish");
    is_text(s.content, "a", "the text is the first one's");
    is_number((long long)s.output_bytes, 3, "the count is of both");
    s = stream("an empty finish_reason", EVENT(ONE("{\"content\":\"a\"}", "\"\"")));
    ok(s.finish == FINISH_NONE && s.finished == 0 && s.started == 1, "is none");
    s = stream("odd choices", odd_choices);
    ok(s.started == 1 && s.output_bytes == 2, "count in bytes only; without a number, by position");
}

static void test_usage(void)
{
    struct seen s = stream("usage without choices", EVENT("{\"id\":\"c\"," USAGE(3, 4) "}"));
    is_text(s.chunks, "{\"choices\":[],\"id\":\"c\"," USAGE(3, 4) "}\n", "choices are added");
    ok(s.usage_only == 1 && s.usage.tokens_out == 4, "and it is usage only");
    s = stream("usage with choices null", EVENT("{\"choices\": null ," USAGE(3, 4) "}"));
    is_text(s.chunks, "{\"choices\": [] ," USAGE(3, 4) "}\n", "null becomes none");
    s = stream("running usage", running_usage);
    ok(s.usage.tokens_out == 9 && s.usage_only == 0, "the last counts");
    s = stream("absurd usage", absurd_usage);
    ok(s.records == 4 && !*s.failed && !s.usage.known, "is not believed");
    s = stream("absurd details", absurd_details);
    ok(s.usage.known && s.usage.tokens_cached == 0 && s.usage.tokens_out == 4, "are left out");
}

static void test_repaired(void)
{
    struct seen s = stream("several data lines", several_lines);
    is_text(s.chunks, "{\"choices\":  [{\"index\":0, \"delta\":{\"content\":\"a\"}}] }\n",
            "become one line");
    s = stream("a lone surrogate", EVENT(ONE("{\"content\":\"a\\ud83d.\"}", "null")));
    is_text(s.chunks, ONE("{\"content\":\"a\\ufffd.\"}", "null") "\n", "is replaced in the chunk");
    is_text(s.content, "a\xef\xbf\xbd.", "and in the text");
    s = stream("bad UTF-8", EVENT(ONE("{\"content\":\"a\xff.\"}", "null")));
    is_text(s.chunks, ONE("{\"content\":\"a\xef\xbf\xbd.\"}", "null") "\n",
            "is replaced in the chunk");
    s = stream("duplicate keys", EVENT(ONE("{\"content\":\"a\",\"content\":\"b\"}", "null")));
    is_text(s.content, "b", "the last one counts");
    s = stream("keep-alives in data",
               EVENT(": keep-alive") EVENT("   ") EVENT(ONE("{}", "\"stop\"")));
    ok(s.records == 3 && !*s.failed && s.finished == 1, "mean nothing");
}

int main(void)
{
    arena = arena_new(4 << 20);
    test_plain();
    test_kinds_of_output();
    test_usage();
    test_repaired();
    arena_free(&arena);
    return done();
}
