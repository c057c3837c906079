/* What an answer says besides text comes together from its chunks as the message that OpenAI's
 * clients would have made of them. */
#include "chat/spoken.h"
#include "tap.h"

static struct arena *arena;

#define CHUNK(delta)   "{\"choices\":[{\"index\":0,\"delta\":{" delta "},\"finish_reason\":null}]}"
#define CALLS(calls)   CHUNK("\"tool_calls\":[" calls "]")
#define FINISH(reason) "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}"

/* A stream, or one whole body. */
static struct spoken heard(const char *const *records, bool is_body)
{
    struct decoder decoder = { .kind = provider_kind_find("openai") };
    struct spoken spoken = spoken_make(1 << 20);
    struct arena *scratch = arena_new(16 << 20);
    struct error err;
    for (; *records; records++) {
        struct decoded d = { 0 };
        int status = is_body ? decoder.kind->decode_body(NULL, str_of(*records), scratch, &d, &err)
                             : decoder.kind->decode_event(&decoder, STR(""), str_of(*records),
                                                          scratch, &d, &err);
        if (status == 0)
            spoken_take(&spoken, &d, arena, scratch);
        arena_reset(scratch);
    }
    arena_free(&scratch);
    return spoken;
}

#define HEARD(...) heard((const char *const[]){ __VA_ARGS__, NULL }, false)

static void says(struct spoken spoken, const char *parts, const char *what)
{
    struct str made = spoken_parts(&spoken, arena);
    is_text(made.at ? made.at : "plain", parts, "%s", what);
    spoken_free(&spoken);
}

static void text_is_plain(void)
{
    struct spoken s = HEARD(CHUNK("\"content\":\"a\""), CHUNK("\"content\":\"b\""), FINISH("stop"));
    is_text(text_str(&s.content).at, "ab", "text comes together");
    ok(spoken_cut(&s).len == 0, "and has its end");
    says(s, "plain", "text needs no message object");
}

static void calls_come_together(void)
{
    says(
        HEARD(CHUNK("\"content\":\"so\""),
              CALLS("{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\","
                    "\"arguments\":\"\"}}"),
              CALLS("{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":\"}}"),
              CALLS("{\"index\":1,\"id\":\"c2\",\"function\":{\"name\":\"g\"}}"),
              CALLS("{\"index\":0,\"id\":\"\",\"function\":{\"name\":\"\",\"arguments\":\"1}\"}}"),
              FINISH("tool_calls")),
        "{\"role\":\"assistant\",\"content\":\"so\",\"tool_calls\":[{\"id\":\"c1\",\"type\":"
        "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},{\"id\":"
        "\"c2\","
        "\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]}",
        "calls in pieces, in between each other");
    says(HEARD(CALLS("{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}")),
         "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_0\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}]}",
         "without id and index, arguments as an object");
    says(heard(
             (const char *const[]){
                 "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"c\","
                 "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"stop\"}"
                 "]}",
                 NULL },
             true),
         "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
         "of an answer that was not streamed");
}

static void refusals_are_kept(void)
{
    says(HEARD(CHUNK("\"refusal\":\"I \""), CHUNK("\"refusal\":\"won't\""), FINISH("stop")),
         "{\"role\":\"assistant\",\"content\":null,\"refusal\":\"I won't\"}", "a refusal");
}

static void broken_calls_are_left_out(void)
{
    struct spoken s = HEARD(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
                                  "\"arguments\":\"{}\"}}"),
                            CALLS("{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"f\","
                                  "\"arguments\":\"{\\\"x\\\":\"}}"),
                            FINISH("length"));
    is_text(spoken_cut(&s).at, "length", "an answer that was cut says so");
    says(s,
         "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
         "and keeps the calls that were whole");
    says(HEARD(
             CALLS("{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")),
         "plain", "none at all is plain");
    says(HEARD(CALLS("{\"index\":2000000000,\"id\":\"b\",\"function\":{\"name\":\"f\"}}"),
               CALLS("{\"index\":-1,\"id\":\"b\",\"function\":{\"name\":\"f\"}}"), CALLS("7")),
         "plain", "absurd calls are none");
    s = HEARD(FINISH("content_filter"));
    is_text(spoken_cut(&s).at, "content_filter", "who is cut off is told why");
    spoken_free(&s);
}

static void other_choices_are_not_stored(void)
{
    says(HEARD("{\"choices\":[{\"index\":1,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\","
               "\"function\":{\"name\":\"f\"}}]}}]}"),
         "plain", "the first choice is the one that is kept");
}

int main(void)
{
    arena = arena_new(8 << 20);
    text_is_plain();
    calls_come_together();
    refusals_are_kept();
    broken_calls_are_left_out();
    other_choices_are_not_stored();
    arena_free(&arena);
    return done();
}
