/* A request for a response as the body of a chat completion. What changes nothing about the answer
 * is left out (include, truncation, metadata, notes of agents); what cannot be done is refused. */
#include "responses_door.h"

#include "door/responses.h"

#define CHAT_MAX_BYTES (64 << 20)

static int bad(struct error *err, const char *param, const char *code, const char *words)
{
    return fail_param(err, ERROR_BAD_REQUEST, code, param, "%s %s", param, words);
}

static int wrong_type(struct error *err, const char *param, const char *wanted)
{
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_type", param, "%s must be %s.", param,
                      wanted);
}

/* ---- what cannot be done ---- */

static int check_metadata(const struct json *metadata, struct error *err)
{
    if (!json_is_set(metadata))
        return 0;
    if (metadata->type != JSON_OBJECT || metadata->count > 16)
        return bad(err, "metadata", "invalid_value", "must be an object of at most 16 texts.");
    for (const struct json *m = metadata->children; m; m = m->next)
        if (m->type != JSON_STRING || m->key.len > 64 || m->text.len > 512)
            return bad(err, "metadata", "invalid_value",
                       "must hold texts of at most 512 bytes under keys of at most 64.");
    return 0;
}

/* What is asked to be included comes from tools that are not here, but for these. */
static int check_include(const struct json *include, struct error *err)
{
    if (!json_is_set(include))
        return 0;
    if (include->type != JSON_ARRAY)
        return wrong_type(err, "include", "a list");
    for (const struct json *one = include->children; one; one = one->next)
        if (!str_is(json_text(one), "reasoning.encrypted_content") &&
            !str_is(json_text(one), "message.output_text.logprobs"))
            return bad(err, "include", "unsupported_value",
                       "can name reasoning.encrypted_content and message.output_text.logprobs.");
    return 0;
}

static int check_unsupported(const struct json *body, struct error *err)
{
    static const char *const names[] = { "conversation", "prompt" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_is_set(json_member(body, names[i])))
            return bad(err, names[i], "unsupported_parameter",
                       "is not supported here; previous_response_id goes on with a response.");
    const struct json *background = json_member(body, "background");
    if (background && background->boolean)
        return bad(err, "background", "unsupported_parameter",
                   "is not supported here; a stream can be resumed and polled.");
    const struct json *truncation = json_member(body, "truncation");
    if (json_is_set(truncation) && !str_is(json_text(truncation), "auto") &&
        !str_is(json_text(truncation), "disabled"))
        return bad(err, "truncation", "invalid_value", "must be auto or disabled.");
    return 0;
}

static int check_types(const struct json *body, struct error *err)
{
    static const struct {
        const char *name;
        enum json_type type;
        const char *words;
    } known[] = { { "reasoning", JSON_OBJECT, "an object" },
                  { "text", JSON_OBJECT, "an object" },
                  { "stream_options", JSON_OBJECT, "an object" },
                  { "parallel_tool_calls", JSON_BOOL, "true or false" },
                  { "top_logprobs", JSON_NUMBER, "a number" },
                  { "previous_response_id", JSON_STRING, "a string" } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct json *member = json_member(body, known[i].name);
        if (json_is_set(member) && member->type != known[i].type)
            return wrong_type(err, known[i].name, known[i].words);
    }
    return 0;
}

/* ---- what is told under another name ---- */

static void put_same(struct json_writer *w, const struct json *body)
{
    static const char *const names[][2] = { { "model", "model" },
                                            { "stream", "stream" },
                                            { "store", "store" },
                                            { "max_output_tokens", "max_completion_tokens" },
                                            { "temperature", "temperature" },
                                            { "top_p", "top_p" },
                                            { "user", "user" },
                                            { "safety_identifier", "safety_identifier" },
                                            { "prompt_cache_key", "prompt_cache_key" },
                                            { "prompt_cache_retention", "prompt_cache_retention" },
                                            { "service_tier", "service_tier" },
                                            { "tenant_id", "tenant_id" },
                                            { "tenantId", "tenantId" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct json *member = json_member(body, names[i][0]);
        if (json_is_set(member))
            json_raw_member(w, names[i][1], member->raw);
    }
}

static bool includes_logprobs(const struct json *body)
{
    const struct json *include = json_member(body, "include");
    for (const struct json *one = include ? include->children : NULL; one; one = one->next)
        if (str_is(json_text(one), "message.output_text.logprobs"))
            return true;
    return false;
}

static void put_logprobs(struct json_writer *w, const struct json *body)
{
    const struct json *top = json_member(body, "top_logprobs");
    bool has_top = json_is_set(top) && json_integer(top, 1) != 0;
    if (!has_top && !includes_logprobs(body))
        return;
    json_bool_member(w, "logprobs", true);
    if (has_top)
        json_raw_member(w, "top_logprobs", top->raw);
}

static void put_schema(struct json_writer *w, const struct json *format)
{
    static const char *const names[] = { "name", "description", "schema", "strict" };
    json_key(w, "json_schema");
    json_object_open(w);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct json *member = json_member(format, names[i]);
        if (json_is_set(member))
            json_raw_member(w, names[i], member->raw);
    }
    json_object_close(w);
}

static int put_format(struct json_writer *w, const struct json *text, struct error *err)
{
    const struct json *format = json_member(text, "format");
    const struct json *verbosity = json_member(text, "verbosity");
    struct str type = json_text(json_member(format, "type"));
    bool is_schema = str_is(type, "json_schema");
    if (json_is_set(verbosity))
        json_raw_member(w, "verbosity", verbosity->raw);
    if (!json_is_set(format) || str_is(type, "text"))
        return 0;
    if (!is_schema && !str_is(type, "json_object"))
        return bad(err, "text.format.type", "invalid_value",
                   "must be text, json_object or json_schema.");
    if (is_schema && !json_text(json_member(format, "name")).len)
        return bad(err, "text.format.name", "missing_field", "is missing.");
    if (is_schema && !json_member(format, "schema"))
        return bad(err, "text.format.schema", "missing_field", "is missing.");
    json_key(w, "response_format");
    json_object_open(w);
    json_text_member(w, "type", type);
    if (is_schema)
        put_schema(w, format);
    json_object_close(w);
    return 0;
}

static int put_all(struct json_writer *w, const struct json *body, struct arena *arena,
                   struct error *err)
{
    const struct json *effort = json_member(json_member(body, "reasoning"), "effort");
    if (check_types(body, err) < 0 || check_unsupported(body, err) < 0 ||
        check_metadata(json_member(body, "metadata"), err) < 0 ||
        check_include(json_member(body, "include"), err) < 0 ||
        responses_put_messages(w, body, err) < 0 || responses_put_tools(w, body, arena, err) < 0 ||
        put_format(w, json_member(body, "text"), err) < 0)
        return -1;
    put_same(w, body);
    put_logprobs(w, body);
    if (json_is_set(effort))
        json_raw_member(w, "reasoning_effort", effort->raw);
    return 0;
}

int responses_to_chat(struct arena *arena, const struct json *body, struct str *out,
                      struct error *err)
{
    struct text json = text_make(CHAT_MAX_BYTES);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    int status = put_all(w, body, arena, err);
    json_object_close(w);
    if (status == 0 && json.over)
        status = fail(err, ERROR_TOO_LARGE, "request_too_large", "The body is too large.");
    if (status == 0)
        *out = arena_copy(arena, text_str(&json));
    text_free(&json);
    return status;
}
