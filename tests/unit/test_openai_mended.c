/* What a compatible server does not say as OpenAI would is said so to clients; what it does say so
 * passes as it is. */
#include "provider_talk.h"

#define CHUNK(id, choices)                                                                         \
    "data: {" id                                                                                   \
    "\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"x\",\"choices\":[" choices     \
    "]}\n\n"
#define ID                 "\"id\":\"c\","
#define ONE(delta, finish) "{\"index\":0,\"delta\":{" delta "},\"finish_reason\":" finish "}"
#define SAYS(delta)        CHUNK(ID, ONE(delta, "null"))
#define ENDS(finish)       CHUNK(ID, ONE("", finish))
#define ROLE               "\"role\":\"assistant\","
#define DONE               "data: [DONE]\n\n"
#define CALL(members)      "\"tool_calls\":[{" members "}]"
#define F(more)            "\"function\":{\"name\":\"f\"" more "}"
#define ARGUMENTS(text)    "\"function\":{\"arguments\":" text "}"

static void mended(void)
{
    struct talk *talk = begin("compatible", HELLO);
    hears("no role", talk, SAYS("\"content\":\"a\"") ENDS("\"stop\"") DONE, "[role]a|stop| END");
    hears("an empty id", talk,
          CHUNK("\"id\":\"\",", ONE(ROLE "\"content\":\"a\"", "null")) ENDS("\"stop\"") DONE,
          "[role]a|stop| END");
    hears("no id", talk, CHUNK("", ONE(ROLE "\"content\":\"a\"", "\"stop\"")) DONE,
          "[role]a|stop| END");
    hears("a null for an id", talk,
          CHUNK("\"id\":null,", ONE(ROLE "\"content\":\"a\"", "\"stop\"")) DONE,
          "[role]a|stop| END");
    hears(
        "Azure's first chunk", talk,
        "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\"}\n\n" SAYS(
            ROLE "\"content\":\"a\"") ENDS("\"stop\"") DONE,
        "[role]a|stop| END");
    hears("a time that is no integer", talk,
          "data: {\"id\":\"c\",\"created\":1.5,\"choices\":[" ONE(ROLE "\"content\":\"a\"",
                                                                  "\"stop\"") "]}\n\n" DONE,
          "[role]a|stop| END");
    hears("choices without an index", talk,
          "data: {\"id\":\"c\",\"choices\":[{\"delta\":{" ROLE
          "\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n" DONE,
          "[role]a|stop| END");
    hears("calls without index, type, or text for arguments", talk,
          SAYS(CALL("\"id\":\"c1\"," F(""))) SAYS(CALL(ARGUMENTS("{\"x\": 1}"))) ENDS("\"stop\"")
              DONE,
          "[role]<c1 f>{\"x\":1}|tool_calls| END");
    hears("no reason to finish, but an end", talk, SAYS("\"content\":\"a\"") DONE,
          "[role]a|stop| END");
    hears("the same after calls", talk,
          SAYS(CALL("\"id\":\"c1\"," F(",\"arguments\":\"{}\""))) DONE,
          "[role]<c1 f>{}|tool_calls| END");
    hears("no end is no end", talk, SAYS("\"content\":\"a\""), "[role]a CUT");
    hears("an error", talk,
          SAYS("\"content\":\"a\"") "data: {\"error\":{\"message\":\"x\",\"code\":500}}\n\n",
          "[role]a upstream_error 502");
}

/* What a stream's records become, in order. */
static const char *passed(const char *const *records)
{
    struct talk *talk = begin("openai", HELLO);
    struct text all = text_make(65536);
    struct error err;
    for (; *records; records++) {
        struct decoded d = { 0 };
        if (talk->decoder.kind->decode_event(&talk->decoder, STR(""), str_of(*records), arena, &d,
                                             &err) != 0)
            text_add_c(&all, err.code);
        text_add(&all, d.chunk);
        for (const struct decoded_chunk *c = d.more; c; c = c->next)
            text_add(&all, c->json);
        text_add_c(&all, "\n");
    }
    const char *out = arena_printf(arena, "%.*s", STR_ARGS(text_str(&all)));
    text_free(&all);
    return out;
}

#define PLAIN(choices) "{\"id\":\"c\",\"choices\":[" choices "]}"
#define WRITTEN(choices)                                                                           \
    "{\"id\":\"turn_1\",\"object\":\"chat.completion.chunk\",\"created\":42,\"model\":\"our "      \
    "\\\"m\\\"\",\"choices\":[" choices "]}"

static void mended_late(void)
{
    static const char first[] =
        PLAIN(ONE(ROLE CALL("\"index\":0,\"id\":\"c1\",\"type\":\"function\"," F("")), "null"));
    static const char second[] = PLAIN(ONE(CALL("\"index\":0," ARGUMENTS("\"{}\"")), "null"));
    is_text(passed((const char *const[]){ first, second, PLAIN(ONE("", "\"tool_calls\"")), "[DONE]",
                                          NULL }),
            arena_printf(arena, "%s\n%s\n%s\n\n", first, second, PLAIN(ONE("", "\"tool_calls\""))),
            "a proper stream passes as it is");
    is_text(
        passed((const char *const[]){ first, second, PLAIN(ONE("", "\"stop\"")), "[DONE]", NULL }),
        arena_printf(arena, "%s\n%s\n%s\n\n", first, second, WRITTEN(ONE("", "\"tool_calls\""))),
        "calls end as calls");
    is_text(passed((const char *const[]){ first, second, "[DONE]", NULL }),
            arena_printf(arena, "%s\n%s\n%s\n", first, second, WRITTEN(ONE("", "\"tool_calls\""))),
            "an end without a reason gets one");
    is_text(
        passed((const char *const[]){
            first, PLAIN(ONE(CALL("\"id\":\"c2\"," F(",\"arguments\":\"{}\"")), "null")), NULL }),
        arena_printf(arena, "%s\n%s%s\n", first,
                     WRITTEN(ONE("\"tool_calls\":[{\"index\":1,\"id\":\"c2\",\"type\":\"function\","
                                 "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]",
                                 "null")),
                     WRITTEN(ONE("\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":"
                                 "\"{}\"}}]",
                                 "null"))),
        "calls go on counting");
}

int main(void)
{
    talk_begin();
    mended();
    mended_late();
    return talk_done();
}
