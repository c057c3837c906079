/* Anthropic's Messages, asked: the body of a chat completion. Its parts are in messages_content.c
 * and messages_tools.c. */
#include "messages.h"

/* What changes nothing about the answer, or only what it costs, is let go: README.md lists it.
 * Anything else is refused, as Anthropic does. */
static const char *const mapped[] = { "model",         "messages",       "system",
                                      "max_tokens",    "stop_sequences", "stream",
                                      "temperature",   "top_p",          "top_k",
                                      "tools",         "tool_choice",    "thinking",
                                      "output_config", "output_format",  "metadata" };
static const char *const let_go[] = {
    "cache_control",      "service_tier", "inference_geo",  "speed",
    "context_management", "diagnostics",  "billing_policy", "user_profile_id",
    "workspace_id",       "betas",        "compaction",     "fallback_credit_token",
    "fallbacks",          "tenant_id",    "tenantId"
};

static bool is_among(struct str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

static int check_names(const struct json *body, struct error *err)
{
    for (const struct json *m = body->children; m; m = m->next) {
        if (is_among(m->key, mapped, sizeof mapped / sizeof *mapped) ||
            is_among(m->key, let_go, sizeof let_go / sizeof *let_go) || !json_is_set(m) ||
            ((m->type == JSON_ARRAY || m->type == JSON_OBJECT) && !m->count))
            continue;
        struct str name = m->key.len ? m->key : STR("\"\"");
        struct place place = place_of("%.*s", (int)(name.len < 60 ? name.len : 60), name.at);
        return refuse_at(&place, "unsupported_parameter", "is not supported here", err);
    }
    return 0;
}

static int number_within(const struct json *body, const char *key, double most, struct error *err)
{
    const struct json *number;
    struct place place = place_in(NULL, key);
    if (member_of(body, NULL, key, JSON_NUMBER, &number, err) != 0)
        return -1;
    if (!number || (number->real >= 0 && number->real <= most))
        return 0;
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", place.text,
                      "%s must be from 0 to %g.", place.text, most);
}

static int put_sampling(struct translation *t, const struct json *body, struct error *err)
{
    static const struct renamed names[] = { { "model", "model", JSON_STRING },
                                            { "stream", "stream", JSON_BOOL },
                                            { "temperature", "temperature", JSON_NUMBER },
                                            { "top_p", "top_p", JSON_NUMBER },
                                            { "top_k", "top_k", JSON_NUMBER } };
    if (number_within(body, "temperature", 1, err) != 0 ||
        number_within(body, "top_p", 1, err) != 0)
        return -1;
    return put_renamed(t->w, body, NULL, names, sizeof names / sizeof *names, err);
}

static int put_stops(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *stops;
    size_t i = 0;
    if (member_of(body, NULL, "stop_sequences", JSON_ARRAY, &stops, err) != 0)
        return -1;
    for (const struct json *stop = stops ? stops->children : NULL; stop; stop = stop->next, i++) {
        struct place place = place_of("stop_sequences[%zu]", i);
        if (stop->type != JSON_STRING)
            return refuse_type(&place, "a string", err);
    }
    if (stops && stops->count)
        json_raw_member(t->w, "stop", stops->raw);
    return 0;
}

static int put_maximum(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *most;
    struct place place = place_in(NULL, "max_tokens");
    if (member_needed(body, NULL, "max_tokens", JSON_NUMBER, &most, err) != 0)
        return -1;
    if (!most->is_integer || most->integer < 1)
        return refuse_at(&place, "invalid_value", "must be a whole number of at least 1", err);
    json_integer_member(t->w, "max_output_tokens", most->integer);
    return 0;
}

/* Models that are no Anthropic's know efforts, not budgets. */
static int budget_effort(const struct json *thinking, const char **out, struct error *err)
{
    const struct json *budget;
    struct place at = place_in(NULL, "thinking"), place = place_in(&at, "budget_tokens");
    if (member_needed(thinking, &at, "budget_tokens", JSON_NUMBER, &budget, err) != 0)
        return -1;
    if (!budget->is_integer || budget->integer < 1024)
        return refuse_at(&place, "invalid_value", "must be a whole number of at least 1024", err);
    *out = budget->integer < 4096 ? "low" : budget->integer < 16384 ? "medium" : "high";
    return 0;
}

/* NULL: nothing is asked. Anthropic's models do not think unless they are told to, so `disabled`
 * says nothing; many that cannot think refuse to be told so. */
static int thinking_effort(const struct json *body, const char **out, bool *disabled,
                           struct error *err)
{
    const struct json *thinking, *type;
    struct place at = place_in(NULL, "thinking"), place = place_in(&at, "type");
    *out = NULL;
    *disabled = false;
    if (member_of(body, NULL, "thinking", JSON_OBJECT, &thinking, err) != 0)
        return -1;
    if (!thinking)
        return 0;
    if (member_needed(thinking, &at, "type", JSON_STRING, &type, err) != 0)
        return -1;
    if (str_is(type->text, "enabled"))
        return budget_effort(thinking, out, err);
    *disabled = str_is(type->text, "disabled");
    if (*disabled)
        return 0;
    if (!str_is(type->text, "adaptive") && !str_is(type->text, "between_tools"))
        return refuse_at(&place, "invalid_value", "must be enabled, adaptive or disabled", err);
    *out = "medium";
    return 0;
}

static int put_effort(struct translation *t, const struct json *body, const struct json *config,
                      struct error *err)
{
    static const char *const efforts[] = { "low", "medium", "high", "xhigh", "max" };
    const struct json *named;
    const char *effort;
    bool disabled;
    struct place at = place_in(NULL, "output_config"), place = place_in(&at, "effort");
    if (thinking_effort(body, &effort, &disabled, err) != 0 ||
        member_of(config, &at, "effort", JSON_STRING, &named, err) != 0)
        return -1;
    if (named && !is_among(named->text, efforts, sizeof efforts / sizeof *efforts))
        return refuse_at(&place, "invalid_value", "must be low, medium, high, xhigh or max", err);
    if (named && !disabled)
        json_text_member(t->w, "reasoning_effort", named->text);
    else if (effort)
        json_c_member(t->w, "reasoning_effort", effort);
    return 0;
}

static int put_format(struct translation *t, const struct json *format, const struct place *at,
                      struct error *err)
{
    const struct json *type, *schema;
    struct place place = place_in(at, "type");
    if (!format)
        return 0;
    if (member_needed(format, at, "type", JSON_STRING, &type, err) != 0)
        return -1;
    if (!str_is(type->text, "json_schema"))
        return refuse_at(&place, "invalid_value", "must be json_schema", err);
    if (member_needed(format, at, "schema", JSON_OBJECT, &schema, err) != 0)
        return -1;
    put_schema_format(t->w, schema);
    return 0;
}

/* output_format is the older name of output_config.format. */
static int put_output(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *config, *format, *older;
    struct place in_config = place_in(NULL, "output_config");
    struct place at = place_in(&in_config, "format"), older_at = place_in(NULL, "output_format");
    if (member_of(body, NULL, "output_config", JSON_OBJECT, &config, err) != 0 ||
        member_of(config, &in_config, "format", JSON_OBJECT, &format, err) != 0 ||
        member_of(body, NULL, "output_format", JSON_OBJECT, &older, err) != 0 ||
        put_effort(t, body, config, err) != 0)
        return -1;
    return format ? put_format(t, format, &at, err) : put_format(t, older, &older_at, err);
}

static int put_user(struct translation *t, const struct json *body, struct error *err)
{
    static const struct renamed names[] = { { "user_id", "user", JSON_STRING } };
    const struct json *metadata;
    struct place at = place_in(NULL, "metadata");
    if (member_of(body, NULL, "metadata", JSON_OBJECT, &metadata, err) != 0)
        return -1;
    return put_renamed(t->w, metadata, &at, names, 1, err);
}

static int put_all(struct translation *t, const struct json *body, bool counts, struct error *err)
{
    if (check_names(body, err) != 0 || put_sampling(t, body, err) != 0 ||
        (!counts && put_maximum(t, body, err) != 0) || put_stops(t, body, err) != 0 ||
        put_output(t, body, err) != 0 || put_user(t, body, err) != 0 ||
        messages_put_tools(t, body, err) != 0)
        return -1;
    return messages_put(t, body, err);
}

int messages_to_chat(struct arena *arena, const struct json *body, struct str *out,
                     struct error *err)
{
    struct translation t;
    translation_open(&t, arena, body);
    return translation_close(&t, put_all(&t, body, false, err), out, err);
}

int count_tokens_to_chat(struct arena *arena, const struct json *body, struct str *out,
                         struct error *err)
{
    struct translation t;
    translation_open(&t, arena, body);
    return translation_close(&t, put_all(&t, body, true, err), out, err);
}
