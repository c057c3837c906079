/* The parameters of a client's body, for the providers that call them otherwise or know fewer. */
#include "asked.h"

/* Written by each provider itself, or Insula's own, or notes that change nothing about the answer.
 */
static const char *const not_sent[] = {
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "store",
    "conversation_id",
    "max_completion_tokens",
    "max_output_tokens",
    "parent_id",
    "assistant_id",
    "title",
    "tenant_id",
    "tenantId",
    "metadata",
    "service_tier",
    "prompt_cache_key",
    "user",
    "modalities",
    "safety_identifier",
    "prompt_cache_retention",
};

static bool is_among(struct str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count && names[i]; i++) {
        if (str_is(name, names[i]))
            return true;
    }
    return false;
}

/* false, 0, [] and {} say what is so anyway; one answer is what one gets. */
static bool says_nothing(const struct json *member)
{
    switch (member->type) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return !member->boolean;
    case JSON_NUMBER:
        return member->real >= 0 && member->real <= 0;
    case JSON_STRING:
        return !member->text.len;
    default:
        return !member->count;
    }
}

static int refuse(struct str name, struct error *err)
{
    char param[64];
    snprintf(param, sizeof param, "%.*s", (int)(name.len < 60 ? name.len : 60), name.at);
    return fail_param(err, ERROR_BAD_REQUEST, "unsupported_parameter", param,
                      "This model's provider does not support the parameter %s.", param);
}

int asked_check(const struct json *parameters, const char *const *known, struct error *err)
{
    for (const struct json *m = parameters ? parameters->children : NULL; m; m = m->next) {
        if (is_among(m->key, known, SIZE_MAX) ||
            is_among(m->key, not_sent, sizeof not_sent / sizeof *not_sent) || says_nothing(m) ||
            (str_is(m->key, "n") && m->is_integer && m->integer == 1))
            continue;
        return refuse(m->key, err);
    }
    return 0;
}

static int wrong_type(const char *name, const char *wanted, struct error *err)
{
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_type", name, "%s must be %s.", name, wanted);
}

int asked_put(struct json_writer *w, const struct json *parameters, const struct asked_name *names,
              size_t count, struct error *err)
{
    static const char *const types[] = { "null",     "a boolean", "a number",
                                         "a string", "an array",  "an object" };
    for (size_t i = 0; i < count; i++) {
        const struct json *member = json_member(parameters, names[i].from);
        if (!json_is_set(member))
            continue;
        if (member->type != names[i].type)
            return wrong_type(names[i].from, types[names[i].type], err);
        json_raw_member(w, names[i].to, member->raw);
    }
    return 0;
}

int asked_stops(const struct json *parameters, struct asked_stops *out, struct error *err)
{
    const struct json *stop = json_member(parameters, "stop");
    struct asked_stops stops = { .count = 0 };
    if (json_text(stop).len)
        stops.texts[stops.count++] = stop->text;
    else if (json_is_set(stop) && stop->type != JSON_ARRAY && stop->type != JSON_STRING)
        return wrong_type("stop", "a string or an array of strings", err);
    for (const struct json *s = stop ? stop->children : NULL; s; s = s->next) {
        if (s->type != JSON_STRING || stops.count == ASKED_STOPS_MAX)
            return wrong_type("stop", "a string or a short array of strings", err);
        if (s->text.len)
            stops.texts[stops.count++] = s->text;
    }
    *out = stops;
    return 0;
}

void asked_put_stops(struct json_writer *w, const char *name, const struct asked_stops *stops)
{
    if (!stops->count)
        return;
    json_key(w, name);
    json_array_open(w);
    for (size_t i = 0; i < stops->count; i++)
        json_put_text(w, stops->texts[i]);
    json_array_close(w);
}

int asked_format(const struct json *parameters, struct asked_format *out, struct error *err)
{
    const struct json *format = json_member(parameters, "response_format");
    const struct json *schema = json_member(format, "json_schema");
    const struct json *body = json_member(schema, "schema");
    const struct json *strict = json_member(schema, "strict");
    struct str type = json_text(json_member(format, "type"));
    struct asked_format read = { FORM_TEXT, json_text(json_member(schema, "name")), { 0 }, false };
    if (json_is_set(format) && !type.at)
        return wrong_type("response_format", "an object with a type", err);
    if (str_is(type, "json_object"))
        read.form = FORM_JSON;
    else if (str_is(type, "json_schema"))
        read.form = FORM_SCHEMA;
    else if (type.at && !str_is(type, "text"))
        return wrong_type("response_format", "of type text, json_object or json_schema", err);
    if (read.form == FORM_SCHEMA) {
        if (!body || body->type != JSON_OBJECT)
            return wrong_type("response_format", "given a json_schema with a schema", err);
        read.schema = body->raw;
        read.strict = strict && strict->boolean;
    }
    *out = read;
    return 0;
}

int asked_effort(const struct json *parameters, enum effort *out, struct error *err)
{
    static const char *const names[] = { "",       "none", "minimal", "low",
                                         "medium", "high", "xhigh",   "max" };
    const struct json *effort = json_member(parameters, "reasoning_effort");
    *out = EFFORT_UNSAID;
    if (!json_is_set(effort))
        return 0;
    for (int i = EFFORT_NONE; i <= EFFORT_MAX; i++) {
        if (str_is(json_text(effort), names[i]))
            *out = (enum effort)i;
    }
    if (!*out)
        return wrong_type("reasoning_effort", "none, minimal, low, medium, high, xhigh or max",
                          err);
    return 0;
}
