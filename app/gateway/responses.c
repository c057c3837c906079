/* OpenAI's Responses, asked for. */
#include "responses.h"

#include "asked.h"
#include "draft.h"
#include "embeddings.h"
#include "upstream_error.h"

enum { TOKENS_MIN = 16 };

/* stop, seed, penalties and logit_bias have no counterpart: PROTOCOLS.md 2 lets them go. */
static const char *const known[] = { "temperature",
                                     "top_p",
                                     "stop",
                                     "seed",
                                     "frequency_penalty",
                                     "presence_penalty",
                                     "logit_bias",
                                     "tools",
                                     "tool_choice",
                                     "parallel_tool_calls",
                                     "response_format",
                                     "reasoning_effort",
                                     "verbosity",
                                     NULL };

static const struct asked_name same[] = {
    { "temperature", "temperature", JSON_NUMBER },
    { "top_p", "top_p", JSON_NUMBER },
    { "user", "user", JSON_STRING },
    { "safety_identifier", "safety_identifier", JSON_STRING },
    { "prompt_cache_key", "prompt_cache_key", JSON_STRING },
    { "service_tier", "service_tier", JSON_STRING },
    { "parallel_tool_calls", "parallel_tool_calls", JSON_BOOL },
};

static int put_text(struct json_writer *w, const struct json *parameters, struct error *err)
{
    static const struct asked_name verbosity = { "verbosity", "verbosity", JSON_STRING };
    struct asked_format format;
    if (asked_format(parameters, &format, err) != 0)
        return -1;
    if (format.form == FORM_TEXT && !json_is_set(json_member(parameters, "verbosity")))
        return 0;
    json_key(w, "text");
    json_object_open(w);
    if (asked_put(w, parameters, &verbosity, 1, err) != 0)
        return -1;
    if (format.form != FORM_TEXT) {
        json_key(w, "format");
        json_object_open(w);
        json_c_member(w, "type", format.form == FORM_JSON ? "json_object" : "json_schema");
        if (format.form == FORM_SCHEMA) {
            json_text_member(w, "name", format.name.len ? format.name : STR("answer"));
            json_bool_member(w, "strict", format.strict);
            json_raw_member(w, "schema", format.schema);
        }
        json_object_close(w);
    }
    json_object_close(w);
    return 0;
}

static void put_choice(struct json_writer *w, const struct asked_tools *tools)
{
    static const char *const words[] = {
        [CHOICE_AUTO] = "auto", [CHOICE_REQUIRED] = "required", [CHOICE_NONE] = "none"
    };
    if (tools->choice == CHOICE_UNSAID)
        return;
    if (tools->choice != CHOICE_NAMED) {
        json_c_member(w, "tool_choice", words[tools->choice]);
        return;
    }
    json_key(w, "tool_choice");
    json_object_open(w);
    json_c_member(w, "type", "function");
    json_text_member(w, "name", tools->named);
    json_object_close(w);
}

static int put_tools(struct json_writer *w, const struct json *parameters, struct arena *arena,
                     struct error *err)
{
    struct asked_tools tools;
    if (asked_tools(parameters, arena, &tools, err) != 0)
        return -1;
    if (!tools.count)
        return 0;
    json_key(w, "tools");
    json_array_open(w);
    for (size_t i = 0; i < tools.count; i++) {
        const struct asked_tool *tool = &tools.tools[i];
        json_object_open(w);
        json_c_member(w, "type", "function");
        json_text_member(w, "name", tool->name);
        if (tool->description.len)
            json_text_member(w, "description", tool->description);
        json_raw_member(w, "parameters",
                        tool->parameters.at ? tool->parameters
                                            : STR("{\"type\":\"object\",\"properties\":{}}"));
        json_bool_member(w, "strict", tool->strict);
        json_object_close(w);
    }
    json_array_close(w);
    put_choice(w, &tools);
    return 0;
}

static int put_reasoning(struct json_writer *w, const struct json *parameters, struct error *err)
{
    enum effort effort;
    if (asked_effort(parameters, &effort, err) != 0)
        return -1;
    if (effort == EFFORT_UNSAID)
        return 0;
    json_key(w, "reasoning");
    json_object_open(w);
    json_raw_member(w, "effort", json_member(parameters, "reasoning_effort")->raw);
    json_object_close(w);
    return 0;
}

static int write_body(struct draft *draft, const struct upstream *upstream,
                      const struct completion *completion, struct error *err)
{
    const struct json *parameters = completion->parameters;
    struct json_writer *w = draft->w;
    int64_t max_tokens = completion->max_tokens;
    if (asked_check(parameters, known, err) != 0)
        return -1;
    json_c_member(w, "model", upstream->model);
    json_bool_member(w, "store", false);
    if (responses_put_input(w, completion, draft->arena, err) != 0 ||
        asked_put(w, parameters, same, sizeof same / sizeof *same, err) != 0 ||
        put_tools(w, parameters, draft->arena, err) != 0 ||
        put_reasoning(w, parameters, err) != 0 || put_text(w, parameters, err) != 0)
        return -1;
    if (max_tokens)
        json_integer_member(w, "max_output_tokens",
                            max_tokens < TOKENS_MIN ? TOKENS_MIN : max_tokens);
    if (completion->stream)
        json_bool_member(w, "stream", true);
    return 0;
}

static int write_request(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err)
{
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, NULL);
    int status = write_body(&draft, upstream, completion, err);
    return draft_close(&draft, status, arena_printf(arena, "%s/responses", upstream->base_url), out,
                       err);
}

static const struct provider_kind responses = {
    .name = "openai-responses",
    .framing = FRAMING_SSE,
    .options = (const char *const[]){ "organization", "project", NULL },
    .write_request = write_request,
    .decode_event = responses_decode_event,
    .decode_body = responses_decode_body,
    .write_embeddings = openai_write_embeddings,
    .decode_embeddings = openai_decode_embeddings,
    .error_of = upstream_error_of,
};

const struct provider_kind *const responses_kind = &responses;
