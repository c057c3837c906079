/* A chat's chunks become the events of a response: the items in order, the numbers without a gap,
 * and behind any event exactly what is left of the stream. */
#include "door/responses.h"
#include "tap.h"

#include "base/codec.h"

static struct arena *arena;

#define CHUNK(delta)      "{\"choices\":[{\"index\":0,\"delta\":{" delta "},\"finish_reason\":null}]}"
#define FINISH(reason)    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}"
#define CALL(index, more) CHUNK("\"tool_calls\":[{\"index\":" index "," more "}]")
#define ROLE              CHUNK("\"role\":\"assistant\",\"content\":\"\"")

static const char *const words[] = { ROLE, CHUNK("\"content\":\"Hel\""),
                                     CHUNK("\"content\":\"lo\""), FINISH("stop"), NULL };
static const char *const thoughts[] = { ROLE,
                                        CHUNK("\"reasoning_content\":\"So\""),
                                        CHUNK("\"reasoning\":\".\""),
                                        CHUNK("\"content\":\"Yes\""),
                                        FINISH("stop"),
                                        NULL };
static const char *const calls[] = {
    CALL("0", "\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}"),
    CALL("0", "\"function\":{\"arguments\":\"{\\\"x\\\":\"}"),
    CALL("1", "\"id\":\"b\",\"function\":{\"name\":\"g\"}"),
    CALL("0", "\"function\":{\"arguments\":\"1}\"}"),
    FINISH("tool_calls"),
    NULL
};
static const char *const late_name[] = {
    CALL("0", "\"function\":{\"arguments\":\"{\"}"),
    CALL("0", "\"function\":{\"name\":\"f\",\"arguments\":\"}\"}"), FINISH("tool_calls"), NULL
};
static const char *const refusal[] = { CHUNK("\"content\":\"Well.\""), CHUNK("\"refusal\":\"No.\""),
                                       FINISH("stop"), NULL };
static const char *const cut[] = { CHUNK("\"content\":\"Hal\""), FINISH("length"), NULL };
static const char *const filtered[] = { CHUNK("\"content\":\"Bo\""), FINISH("content_filter"),
                                        NULL };
static const char *const nothing[] = { FINISH("stop"), NULL };
static const char *const strange[] = { "",
                                       "7",
                                       "{}",
                                       "{\"choices\":{}}",
                                       "{\"choices\":[7]}",
                                       "{\"choices\":[{\"delta\":{\"tool_calls\":[7,{\"index\":"
                                       "999}]}}]}",
                                       CHUNK("\"content\":\"ok\""),
                                       NULL };

static const struct problem broken = {
    .status = 502, .type = "upstream_error", .code = "upstream_truncated", .message = "It broke."
};

static struct voice *voice_for(const char *asked)
{
    struct voice *voice =
        voice_new(&responses_door, arena, "turn_01j00000000000000000000000", 1795543969, "small");
    struct json *body = NULL;
    struct error err;
    if (asked && json_parse(arena, str_of(asked), NULL, &body, &err) < 0)
        ok(0, "the test's request is no JSON: %s", err.message);
    voice->asked = body;
    return voice;
}

static void add(struct text *all, struct said said)
{
    for (size_t i = 0; i < said.count; i++)
        text_add(all, said.pieces[i]);
}

/* All that is said; broken_by NULL: it comes to its end. */
static const char *told(const char *const *chunks, const char *asked, int64_t heard,
                        const struct problem *broken_by)
{
    struct text all = text_make(1 << 20);
    struct voice *voice = voice_for(asked);
    voice->heard = heard;
    add(&all, responses_door.open(voice));
    for (uint64_t id = 1; *chunks; chunks++, id++)
        add(&all, responses_door.event(voice, id, str_of(*chunks)));
    voice->reckoning = (struct reckoning){ 7, 2, 5, 1, 0, 0 };
    add(&all, broken_by ? responses_door.broken(voice, broken_by) : responses_door.done(voice));
    const char *copy = arena_copy(arena, text_str(&all)).at;
    text_free(&all);
    return copy;
}

/* The names of the events, one a line, without "response."; their numbers are checked on the way.
 */
static const char *names(const char *events)
{
    char *out = arena_printf(arena, "%s", "");
    long number = 0;
    for (const char *at = events; (at = strstr(at, "event: ")); at++) {
        at += strlen("event: ");
        size_t n = strcspn(at, "\n");
        char *head = arena_printf(arena, "\ndata: {\"type\":\"%.*s\",\"sequence_number\":%ld,",
                                  (int)n, at, number++);
        if (strncmp(at + n, head, strlen(head)) != 0)
            return arena_printf(arena, "event %ld has another name or number", number - 1);
        const char *name = n > 9 && !strncmp(at, "response.", 9) ? at + 9 : at;
        out = arena_printf(arena, "%s%.*s\n", out, (int)(at + n - name), name);
    }
    return out;
}

static bool says(const char *events, const char *part)
{
    return strstr(events, part) != NULL;
}

#define OPENED      "created\nin_progress\n"
#define WORDS_OPEN  "output_item.added\ncontent_part.added\n"
#define WORDS_CLOSE "output_text.done\ncontent_part.done\noutput_item.done\n"

static void words_are_a_message(void)
{
    const char *events = told(words, NULL, -1, NULL);
    is_text(names(events),
            OPENED WORDS_OPEN "output_text.delta\noutput_text.delta\n" WORDS_CLOSE "completed\n",
            "words are one message");
    ok(says(events, "\"id\":\"resp_01j00000000000000000000000\",\"object\":\"response\","
                    "\"created_at\":1795543969,\"status\":\"in_progress\"") &&
           says(events, "\"status\":\"completed\"") && says(events, "\"model\":\"small\""),
       "of a response with the turn's own id");
    ok(says(events, "\"content\":[{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],"
                    "\"text\":\"Hello\"}],\"role\":\"assistant\"}],\"usage\":{\"input_tokens\":7,"
                    "\"input_tokens_details\":{\"cached_tokens\":2,\"cache_write_tokens\":0},"
                    "\"output_tokens\":5,\"output_tokens_details\":{\"reasoning_tokens\":1},"
                    "\"total_tokens\":12}"),
       "which ends with the whole and what it cost");
    ok(!says(events, "[DONE]"), "and no [DONE]");
}

static void thoughts_come_before(void)
{
    const char *events = told(thoughts, NULL, -1, NULL);
    is_text(
        names(events),
        OPENED
        "output_item.added\nreasoning_summary_part.added\n"
        "reasoning_summary_text.delta\nreasoning_summary_text.delta\n"
        "reasoning_summary_text.done\nreasoning_summary_part.done\noutput_item.done\n" WORDS_OPEN
        "output_text.delta\n" WORDS_CLOSE "completed\n",
        "thoughts are an item of their own");
    ok(says(events,
            "\"output\":[{\"id\":\"rs_01j00000000000000000000000_0\",\"type\":\"reasoning\","
            "\"summary\":[{\"type\":\"summary_text\",\"text\":\"So.\"}]},{\"id\":\"msg_"),
       "before the message");
}

static void calls_are_items(void)
{
    const char *events = told(calls, NULL, -1, NULL);
    is_text(names(events),
            OPENED "output_item.added\nfunction_call_arguments.delta\noutput_item.added\n"
                   "function_call_arguments.delta\nfunction_call_arguments.done\n"
                   "output_item.done\nfunction_call_arguments.delta\n"
                   "function_call_arguments.done\noutput_item.done\ncompleted\n",
            "calls told at once are items side by side");
    ok(says(events, "\"output\":[{\"id\":\"fc_01j00000000000000000000000_0\",\"type\":"
                    "\"function_call\",\"status\":\"completed\",\"call_id\":\"a\",\"name\":\"f\","
                    "\"arguments\":\"{\\\"x\\\":1}\"},{\"id\":"
                    "\"fc_01j00000000000000000000000_1\",\"type\":\"function_call\",\"status\":"
                    "\"completed\",\"call_id\":\"b\",\"name\":\"g\",\"arguments\":\"{}\"}]"),
       "with whole arguments, never none");
    events = told(late_name, NULL, -1, NULL);
    is_text(names(events),
            OPENED "output_item.added\nfunction_call_arguments.delta\n"
                   "function_call_arguments.done\noutput_item.done\ncompleted\n",
            "a call waits for its name");
    ok(says(events, "\"delta\":\"{}\"") && says(events, "\"call_id\":\"call_0\""),
       "what came before it is not lost, and it has an id");
}

#define TOOLS                                                                                      \
    "{\"tools\":[{\"type\":\"custom\",\"name\":\"f\"},{\"type\":\"namespace\",\"name\":\"n\","     \
    "\"tools\":[{\"type\":\"function\",\"name\":\"g\"}]}]}"

static void tools_have_their_clients_names(void)
{
    static const char *const both[] = {
        CALL("0", "\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"input\\\":\"}"),
        CALL("0", "\"function\":{\"arguments\":\"\\\"a\\\\nb\\\"}\"}"),
        CALL("1", "\"id\":\"b\",\"function\":{\"name\":\"n__g\",\"arguments\":\"{}\"}"),
        FINISH("tool_calls"), NULL
    };
    const char *events = told(both, TOOLS, -1, NULL);
    ok(says(events, "\"output\":[{\"id\":\"ctc_01j00000000000000000000000_0\",\"type\":"
                    "\"custom_tool_call\",\"status\":\"completed\",\"call_id\":\"a\",\"name\":"
                    "\"f\",\"input\":\"a\\nb\"}"),
       "a custom tool gets its text");
    ok(says(events, "custom_tool_call_input.done") &&
           says(events, "\"name\":\"g\",\"namespace\":\"n\",\"arguments\":\"{}\""),
       "and one of a namespace its own name and the namespace");
}

static void short_answers_say_why(void)
{
    const char *events = told(cut, NULL, -1, NULL);
    is_text(names(events), OPENED WORDS_OPEN "output_text.delta\n" WORDS_CLOSE "incomplete\n",
            "an answer that was cut is incomplete");
    ok(says(events, "\"incomplete_details\":{\"reason\":\"max_output_tokens\"}") &&
           says(events, "\"type\":\"message\",\"status\":\"incomplete\""),
       "and so is its last item");
    ok(says(told(filtered, NULL, -1, NULL), "{\"reason\":\"content_filter\"}"),
       "a filter is a reason too");
}

static void refusals_are_parts(void)
{
    const char *events = told(refusal, NULL, -1, NULL);
    is_text(names(events),
            OPENED WORDS_OPEN "output_text.delta\ncontent_part.added\nrefusal.delta\n"
                              "output_text.done\ncontent_part.done\nrefusal.done\n"
                              "content_part.done\noutput_item.done\ncompleted\n",
            "a refusal is a part of the message");
    ok(says(events, "{\"type\":\"refusal\",\"refusal\":\"No.\"}],\"role\""), "and stays in it");
}

static void breaks_end_it(void)
{
    const char *events = told(words, NULL, -1, &broken);
    is_text(names(events), OPENED WORDS_OPEN "output_text.delta\noutput_text.delta\nfailed\n",
            "what breaks off fails, and nothing is closed");
    ok(says(events, "\"status\":\"failed\",\"background\":false,\"error\":{\"code\":"
                    "\"upstream_truncated\",\"message\":\"It broke.\"}") &&
           says(events, "\"status\":\"incomplete\",\"content\":[{\"type\":\"output_text\","
                        "\"annotations\":[],\"logprobs\":[],\"text\":\"Hello\"}]"),
       "with the reason, and what there is of it");
    struct problem cancelled = broken;
    cancelled.code = "cancelled";
    ok(says(told(words, NULL, -1, &cancelled), "\"status\":\"cancelled\""),
       "who cancelled it reads that");
}

static void little_is_enough(void)
{
    is_text(names(told(nothing, NULL, -1, NULL)), OPENED "completed\n", "no words, no items");
    ok(says(told(strange, NULL, -1, NULL), "\"text\":\"ok\""), "nonsense is passed over");
}

/* Whoever comes back with the number of the last event gets the rest of the bytes. */
static void any_event_can_be_resumed(void)
{
    const char *const *streams[] = { words, thoughts, calls, late_name, refusal, cut, nothing };
    size_t differ = 0;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        for (int ended = 0; ended < 2; ended++) {
            const struct problem *why = ended ? NULL : &broken;
            const char *rest = told(streams[i], TOOLS, -1, why);
            for (int64_t heard = 0; (rest = strstr(rest, "\n\n")); heard++) {
                rest += 2;
                differ += strcmp(told(streams[i], TOOLS, heard, why), rest) != 0;
            }
        }
    is_number((long long)differ, 0, "behind every event of every stream comes its rest");
}

static void bodies_are_objects(void)
{
    struct voice *voice = voice_for("{\"metadata\":\n{\"a\":\"b\"},\"temperature\":0.5}");
    voice->reckoning = (struct reckoning){ 1, 0, 2, 0, 0, 0 };
    struct said said = responses_door.body(
        voice, STR("{\"choices\":[{\"message\":{\"content\":\"Hi\",\"tool_calls\":[{\"id\":\"a\","
                   "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                   "\"logprobs\":{\"content\":[{\"token\":\"Hi\"}]},\"finish_reason\":"
                   "\"tool_calls\"}]}"));
    const char *body = arena_copy(arena, said.pieces[0]).at;
    ok(!strncmp(body, "{\"id\":\"resp_", 12) && !says(body, "event:") &&
           says(body, "\"text\":\"Hi\"") && says(body, "\"logprobs\":[{\"token\":\"Hi\"}]") &&
           says(body, "\"call_id\":\"a\"") && says(body, "\"status\":\"completed\""),
       "an answer that is not streamed is the object alone");
    ok(says(body, "\"metadata\": {\"a\":\"b\"}") || says(body, "\"metadata\":{\"a\":\"b\"}"),
       "with the request's settings");
    ok(says(body, "\"temperature\":0.5,") && says(body, "\"top_p\":null") &&
           says(body, "\"truncation\":\"disabled\""),
       "and what holds without them");
}

static void settings_come_back(void)
{
    static const char body[] =
        "{\"input\":\"secret\",\"stream\":true,\"instructions\":\"Be kind\",\n"
        " \"tools\":[{\"type\":\"function\",\"name\":\"f\"}]}";
    struct json *asked;
    struct error err;
    if (json_parse(arena, str_of(body), NULL, &asked, &err) < 0)
        ok(0, "no JSON");
    struct str kept = responses_settings(arena, asked);
    ok(!strstr(kept.at, "secret") && strstr(kept.at, "Be kind"), "the input is not a setting");
    is_text(told(words, kept.at, -1, NULL), told(words, body, -1, NULL),
            "a response looks the same by them as by the request");
}

int main(void)
{
    arena = arena_new(64 << 20);
    words_are_a_message();
    thoughts_come_before();
    calls_are_items();
    tools_have_their_clients_names();
    short_answers_say_why();
    refusals_are_parts();
    breaks_end_it();
    little_is_enough();
    any_event_can_be_resumed();
    bodies_are_objects();
    settings_come_back();
    arena_free(&arena);
    return done();
}
