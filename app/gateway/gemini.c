/* Google's Gemini, asked for. */
#include "gemini.h"

#include "asked.h"
#include "draft.h"
#include "upstream_error.h"

static const char *const known[] = { "temperature",
                                     "top_p",
                                     "top_k",
                                     "n",
                                     "stop",
                                     "seed",
                                     "frequency_penalty",
                                     "presence_penalty",
                                     "tools",
                                     "tool_choice",
                                     "parallel_tool_calls",
                                     "response_format",
                                     "reasoning_effort",
                                     NULL };

static const struct asked_name renamed[] = {
    { "temperature", "temperature", JSON_NUMBER },
    { "top_p", "topP", JSON_NUMBER },
    { "top_k", "topK", JSON_NUMBER },
    { "seed", "seed", JSON_NUMBER },
    { "frequency_penalty", "frequencyPenalty", JSON_NUMBER },
    { "presence_penalty", "presencePenalty", JSON_NUMBER },
};

/* Before Gemini 3, thinking was a number of tokens, and calls were not signed. */
static bool is_old(const struct upstream *upstream)
{
    return !strncmp(upstream->model, "gemini-1", 8) || !strncmp(upstream->model, "gemini-2", 8);
}

static void put_thinking(struct json_writer *w, const struct upstream *upstream, enum effort effort)
{
    static const int64_t budgets[] = {
        [EFFORT_NONE] = 0,     [EFFORT_MINIMAL] = 1024, [EFFORT_LOW] = 1024, [EFFORT_MEDIUM] = 8192,
        [EFFORT_HIGH] = 24576, [EFFORT_XHIGH] = 24576,  [EFFORT_MAX] = 24576
    };
    if (effort == EFFORT_UNSAID)
        return;
    json_key(w, "thinkingConfig");
    json_object_open(w);
    json_bool_member(w, "includeThoughts", effort != EFFORT_NONE);
    if (is_old(upstream))
        json_integer_member(w, "thinkingBudget", budgets[effort]);
    else
        json_c_member(w, "thinkingLevel",
                      effort < EFFORT_MEDIUM    ? "low"
                      : effort == EFFORT_MEDIUM ? "medium"
                                                : "high");
    json_object_close(w);
}

static void put_format(struct json_writer *w, const struct asked_format *format)
{
    if (format->form == FORM_TEXT)
        return;
    json_c_member(w, "responseMimeType", "application/json");
    if (format->form == FORM_SCHEMA)
        json_raw_member(w, "responseJsonSchema", format->schema);
}

static int put_count(struct json_writer *w, const struct json *parameters, struct error *err)
{
    const struct json *n = json_member(parameters, "n");
    int64_t count = json_integer(n, 1);
    if (json_is_set(n) && (n->type != JSON_NUMBER || count < 1 || count > 8))
        return fail_param(err, ERROR_BAD_REQUEST, "unsupported_parameter", "n",
                          "This model's provider gives 1 to 8 answers.");
    if (count > 1)
        json_integer_member(w, "candidateCount", count);
    return 0;
}

static int put_generation(struct json_writer *w, const struct upstream *upstream,
                          const struct completion *completion, struct error *err)
{
    const struct json *parameters = completion->parameters;
    struct asked_stops stops;
    struct asked_format format;
    enum effort effort;
    if (asked_stops(parameters, &stops, err) != 0 || asked_format(parameters, &format, err) != 0 ||
        asked_effort(parameters, &effort, err) != 0)
        return -1;
    bool any = completion->max_tokens || stops.count || format.form != FORM_TEXT || effort ||
               json_is_set(json_member(parameters, "n"));
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        any = any || json_is_set(json_member(parameters, renamed[i].from));
    if (!any)
        return 0;
    json_key(w, "generationConfig");
    json_object_open(w);
    if (completion->max_tokens)
        json_integer_member(w, "maxOutputTokens", completion->max_tokens);
    if (asked_put(w, parameters, renamed, sizeof renamed / sizeof *renamed, err) != 0 ||
        put_count(w, parameters, err) != 0)
        return -1;
    asked_put_stops(w, "stopSequences", &stops);
    put_format(w, &format);
    put_thinking(w, upstream, effort);
    json_object_close(w);
    return 0;
}

static void put_choice(struct json_writer *w, const struct asked_tools *tools)
{
    static const char *const modes[] = { [CHOICE_AUTO] = "AUTO",
                                         [CHOICE_REQUIRED] = "ANY",
                                         [CHOICE_NONE] = "NONE",
                                         [CHOICE_NAMED] = "ANY" };
    if (tools->choice == CHOICE_UNSAID)
        return;
    json_key(w, "toolConfig");
    json_object_open(w);
    json_key(w, "functionCallingConfig");
    json_object_open(w);
    json_c_member(w, "mode", modes[tools->choice]);
    if (tools->choice == CHOICE_NAMED) {
        json_key(w, "allowedFunctionNames");
        json_array_open(w);
        json_put_text(w, tools->named);
        json_array_close(w);
    }
    json_object_close(w);
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
    json_object_open(w);
    json_key(w, "functionDeclarations");
    json_array_open(w);
    for (size_t i = 0; i < tools.count; i++) {
        const struct asked_tool *tool = &tools.tools[i];
        json_object_open(w);
        json_text_member(w, "name", tool->name);
        if (tool->description.len)
            json_text_member(w, "description", tool->description);
        if (tool->parameters.at)
            json_raw_member(w, "parametersJsonSchema", tool->parameters);
        json_object_close(w);
    }
    json_array_close(w);
    json_object_close(w);
    json_array_close(w);
    put_choice(w, &tools);
    return 0;
}

static int write_body(struct draft *draft, const struct upstream *upstream,
                      const struct completion *completion, struct error *err)
{
    const struct json *parameters = completion->parameters;
    if (asked_check(parameters, known, err) != 0 ||
        gemini_put_contents(draft->w, completion, !is_old(upstream), draft->arena, err) != 0 ||
        put_tools(draft->w, parameters, draft->arena, err) != 0)
        return -1;
    return put_generation(draft->w, upstream, completion, err);
}

const char *gemini_url(const struct upstream *upstream, const char *action, struct arena *arena)
{
    return arena_printf(arena, "%s/%s/models/%s:%s", upstream->base_url,
                        upstream->options.api_version ? upstream->options.api_version : "v1beta",
                        draft_segment(arena, upstream->model), action);
}

static int write_request(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err)
{
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, "x-goog-api-key");
    int status = write_body(&draft, upstream, completion, err);
    const char *action = completion->stream ? "streamGenerateContent?alt=sse" : "generateContent";
    return draft_close(&draft, status, gemini_url(upstream, action, arena), out, err);
}

static const struct provider_kind gemini = {
    .name = "gemini",
    .framing = FRAMING_SSE_OR_JSON,
    .options = (const char *const[]){ "api_version", "bearer", NULL },
    .write_request = write_request,
    .decode_event = gemini_decode_event,
    .decode_body = gemini_decode_body,
    .write_embeddings = gemini_write_embeddings,
    .decode_embeddings = gemini_decode_embeddings,
    .error_of = upstream_error_of,
};

const struct provider_kind *const gemini_kind = &gemini;
