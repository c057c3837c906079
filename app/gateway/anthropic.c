/* Anthropic's Messages, asked for. */
#include "anthropic.h"

#include "asked.h"
#include "draft.h"
#include "upstream_error.h"

enum { TOKENS_DEFAULT = 4096, BUDGET_MIN = 1024 };

/* From this version on no sampling parameter is taken, and thinking is asked for by effort. */
static const char version_default[] = "2023-06-01", version_new[] = "2026-10-21";

/* seed, penalties, logprobs and logit_bias have no counterpart: PROTOCOLS.md 4 lets them go. */
static const char *const known[] = { "temperature",
                                     "top_p",
                                     "top_k",
                                     "stop",
                                     "seed",
                                     "frequency_penalty",
                                     "presence_penalty",
                                     "logprobs",
                                     "top_logprobs",
                                     "logit_bias",
                                     "tools",
                                     "tool_choice",
                                     "parallel_tool_calls",
                                     "response_format",
                                     "reasoning_effort",
                                     NULL };

static bool is_new(const struct upstream *upstream)
{
    const char *version = upstream->options.api_version;
    return version && strcmp(version, version_new) >= 0;
}

static bool thinks(enum effort effort)
{
    return effort > EFFORT_MINIMAL;
}

static int64_t budget_of(enum effort effort)
{
    static const int64_t budgets[] = { [EFFORT_LOW] = 1024,
                                       [EFFORT_MEDIUM] = 2048,
                                       [EFFORT_HIGH] = 8192,
                                       [EFFORT_XHIGH] = 16384,
                                       [EFFORT_MAX] = 32000 };
    return budgets[effort];
}

/* The budget is part of max_tokens; a client that names no maximum gets room for both. */
static int put_tokens(struct json_writer *w, const struct upstream *upstream,
                      const struct completion *completion, enum effort effort, struct error *err)
{
    bool by_budget = thinks(effort) && !is_new(upstream);
    int64_t budget = by_budget ? budget_of(effort) : 0;
    int64_t usual = upstream->options.default_max_tokens;
    int64_t max_tokens =
        completion->max_tokens ? completion->max_tokens : (usual ? usual : TOKENS_DEFAULT) + budget;
    if (budget >= max_tokens)
        budget = max_tokens - 1;
    if (by_budget && budget < BUDGET_MIN)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "reasoning_effort",
                          "reasoning_effort needs a maximum of more than %d tokens here.",
                          BUDGET_MIN);
    json_integer_member(w, "max_tokens", max_tokens);
    if (!thinks(effort))
        return 0;
    json_key(w, "thinking");
    json_object_open(w);
    json_c_member(w, "type", by_budget ? "enabled" : "adaptive");
    if (by_budget)
        json_integer_member(w, "budget_tokens", budget);
    json_object_close(w);
    return 0;
}

/* Models take one of the two, none beside thinking, and the newest none at all. */
static int put_sampling(struct json_writer *w, const struct upstream *upstream,
                        const struct json *parameters, enum effort effort, struct error *err)
{
    static const struct asked_name heat = { "temperature", "temperature", JSON_NUMBER };
    static const struct asked_name top = { "top_p", "top_p", JSON_NUMBER };
    static const struct asked_name few = { "top_k", "top_k", JSON_NUMBER };
    const struct json *temperature = json_member(parameters, "temperature");
    if (is_new(upstream) || thinks(effort))
        return 0;
    if (asked_put(w, parameters, &few, 1, err) != 0)
        return -1;
    if (!json_is_set(temperature))
        return asked_put(w, parameters, &top, 1, err);
    if (temperature->type == JSON_NUMBER && temperature->real > 1) {
        json_integer_member(w, "temperature", 1);
        return 0;
    }
    return asked_put(w, parameters, &heat, 1, err);
}

static void put_output(struct json_writer *w, const struct upstream *upstream,
                       const struct asked_format *format, enum effort effort)
{
    static const char *const names[] = { [EFFORT_LOW] = "low",
                                         [EFFORT_MEDIUM] = "medium",
                                         [EFFORT_HIGH] = "high",
                                         [EFFORT_XHIGH] = "xhigh",
                                         [EFFORT_MAX] = "max" };
    bool by_effort = is_new(upstream) && thinks(effort);
    if (format->form != FORM_SCHEMA && !by_effort)
        return;
    json_key(w, "output_config");
    json_object_open(w);
    if (by_effort)
        json_c_member(w, "effort", names[effort]);
    if (format->form == FORM_SCHEMA) {
        json_key(w, "format");
        json_object_open(w);
        json_c_member(w, "type", "json_schema");
        json_raw_member(w, "schema", format->schema);
        json_object_close(w);
    }
    json_object_close(w);
}

static void put_choice(struct json_writer *w, const struct asked_tools *tools)
{
    static const char *const types[] = { [CHOICE_UNSAID] = "auto",
                                         [CHOICE_AUTO] = "auto",
                                         [CHOICE_REQUIRED] = "any",
                                         [CHOICE_NONE] = "none",
                                         [CHOICE_NAMED] = "tool" };
    if (tools->choice == CHOICE_UNSAID && !tools->one_at_a_time)
        return;
    json_key(w, "tool_choice");
    json_object_open(w);
    json_c_member(w, "type", types[tools->choice]);
    if (tools->choice == CHOICE_NAMED)
        json_text_member(w, "name", tools->named);
    if (tools->one_at_a_time && tools->choice != CHOICE_NONE)
        json_bool_member(w, "disable_parallel_tool_use", true);
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
        json_text_member(w, "name", tool->name);
        if (tool->description.len)
            json_text_member(w, "description", tool->description);
        json_raw_member(w, "input_schema",
                        tool->parameters.at ? tool->parameters
                                            : STR("{\"type\":\"object\",\"properties\":{}}"));
        json_object_close(w);
    }
    json_array_close(w);
    put_choice(w, &tools);
    return 0;
}

static bool is_blank(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!strchr(" \t\r\n", text.at[i]))
            return false;
    }
    return true;
}

static int put_stops(struct json_writer *w, const struct json *parameters, struct error *err)
{
    struct asked_stops stops, good = { .count = 0 };
    if (asked_stops(parameters, &stops, err) != 0)
        return -1;
    for (size_t i = 0; i < stops.count; i++) {
        if (!is_blank(stops.texts[i]))
            good.texts[good.count++] = stops.texts[i];
    }
    asked_put_stops(w, "stop_sequences", &good);
    return 0;
}

/* An address is personal: Anthropic asks not to send it. */
static void put_user(struct json_writer *w, const struct json *parameters)
{
    struct str user = json_text(json_member(parameters, "user"));
    if (!user.len || memchr(user.at, '@', user.len))
        return;
    json_key(w, "metadata");
    json_object_open(w);
    json_text_member(w, "user_id", user);
    json_object_close(w);
}

static bool answers_calls(const struct completion *completion)
{
    for (size_t i = completion->message_count; i--;) {
        const char *role = completion->messages[i].role;
        if (strcmp(role, "tool") == 0 || strcmp(role, "assistant") == 0)
            return strcmp(role, "tool") == 0;
    }
    return false;
}

/* A model that thinks by a budget wants to see again what it thought before its calls, with
 * Anthropic's signature; nobody kept that, so it goes on without. */
static int read_effort(const struct upstream *upstream, const struct completion *completion,
                       enum effort *out, struct error *err)
{
    if (asked_effort(completion->parameters, out, err) != 0)
        return -1;
    if (!is_new(upstream) && thinks(*out) && answers_calls(completion))
        *out = EFFORT_NONE;
    return 0;
}

static int write_body(struct draft *draft, const struct upstream *upstream,
                      const struct completion *completion, struct error *err)
{
    const struct json *parameters = completion->parameters;
    struct json_writer *w = draft->w;
    struct asked_format format;
    enum effort effort;
    if (asked_check(parameters, known, err) != 0 || asked_format(parameters, &format, err) != 0 ||
        read_effort(upstream, completion, &effort, err) != 0)
        return -1;
    json_c_member(w, "model", upstream->model);
    if (put_tokens(w, upstream, completion, effort, err) != 0 ||
        anthropic_put_messages(w, completion, format.form == FORM_JSON, draft->arena, err) != 0 ||
        put_sampling(w, upstream, parameters, effort, err) != 0 ||
        put_stops(w, parameters, err) != 0 || put_tools(w, parameters, draft->arena, err) != 0)
        return -1;
    put_output(w, upstream, &format, effort);
    put_user(w, parameters);
    if (completion->stream)
        json_bool_member(w, "stream", true);
    return 0;
}

static int write_request(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err)
{
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_header(
        &draft, "anthropic-version",
        str_of(upstream->options.api_version ? upstream->options.api_version : version_default));
    draft_key(&draft, upstream, "x-api-key");
    int status = write_body(&draft, upstream, completion, err);
    return draft_close(&draft, status, arena_printf(arena, "%s/v1/messages", upstream->base_url),
                       out, err);
}

static const struct provider_kind anthropic = {
    .name = "anthropic",
    .framing = FRAMING_SSE,
    .options = (const char *const[]){ "api_version", "bearer", "default_max_tokens", NULL },
    .write_request = write_request,
    .decode_event = anthropic_decode_event,
    .decode_body = anthropic_decode_body,
    .error_of = upstream_error_of,
};

const struct provider_kind *const anthropic_kind = &anthropic;
