/* TGI's /v1, asked for: OpenAI's members, fewer of them, and some of another shape. */
#include "tgi_v1.h"

#include "alike.h"
#include "asked.h"
#include "draft.h"
#include "openai.h"
#include "upstream_error.h"

/* presence_penalty would become a repetition penalty of 2 and more, logit_bias is read by nobody,
 * and one call at a time is all there is: PROTOCOLS.md 8 lets them go. */
static const char *const known[] = { "temperature",
                                     "top_p",
                                     "stop",
                                     "seed",
                                     "frequency_penalty",
                                     "presence_penalty",
                                     "logit_bias",
                                     "logprobs",
                                     "top_logprobs",
                                     "tools",
                                     "tool_choice",
                                     "parallel_tool_calls",
                                     "response_format",
                                     NULL };

static const struct asked_name same[] = {
    { "temperature", "temperature", JSON_NUMBER },
    { "top_p", "top_p", JSON_NUMBER },
    { "seed", "seed", JSON_NUMBER },
    { "frequency_penalty", "frequency_penalty", JSON_NUMBER },
    { "logprobs", "logprobs", JSON_BOOL },
    { "top_logprobs", "top_logprobs", JSON_NUMBER },
    { "tools", "tools", JSON_ARRAY },
};

/* A message with both content and calls would lose its calls. */
static void put_members(struct json_writer *w, const struct json *message)
{
    bool has_calls = json_is_set(json_member(message, "tool_calls"));
    for (const struct json *m = message->children; m; m = m->next) {
        char name[32];
        if (str_is(m->key, "role") || m->key.len >= sizeof name ||
            (has_calls && str_is(m->key, "content")))
            continue;
        snprintf(name, sizeof name, "%.*s", STR_ARGS(m->key));
        json_raw_member(w, name, m->raw);
    }
}

static int put_messages(struct json_writer *w, const struct completion *completion,
                        struct arena *arena, struct error *err)
{
    static const struct json_limits limits = { .depth = 100 };
    json_key(w, "messages");
    json_array_open(w);
    for (size_t i = 0; i < completion->message_count; i++) {
        const struct prompt_message *message = &completion->messages[i];
        bool is_developer = strcmp(message->role, "developer") == 0;
        struct json *root;
        json_object_open(w);
        json_c_member(w, "role", is_developer ? "system" : message->role);
        if (!message->json.at)
            json_text_member(w, "content", message->content);
        else if (json_parse(arena, message->json, &limits, &root, err) == 0)
            put_members(w, root);
        else
            return -1;
        json_object_close(w);
    }
    json_array_close(w);
    return 0;
}

static int put_format(struct json_writer *w, const struct json *parameters, struct error *err)
{
    const struct json *tools = json_member(parameters, "tools");
    struct asked_format format;
    if (asked_format(parameters, &format, err) != 0)
        return -1;
    if (format.form == FORM_TEXT)
        return 0;
    if (json_is_set(tools) && tools->count)
        return fail_param(err, ERROR_BAD_REQUEST, "unsupported_parameter", "response_format",
                          "This model's provider takes response_format or tools, not both.");
    json_key(w, "response_format");
    json_object_open(w);
    json_c_member(w, "type", format.form == FORM_JSON ? "json_object" : "json_schema");
    json_key(w, "value");
    json_object_open(w);
    if (format.form == FORM_JSON) {
        json_c_member(w, "type", "object");
    } else {
        json_text_member(w, "name", format.name);
        json_raw_member(w, "schema", format.schema);
    }
    json_object_close(w);
    json_object_close(w);
    return 0;
}

static void put_stream(struct json_writer *w)
{
    json_bool_member(w, "stream", true);
    json_key(w, "stream_options");
    json_object_open(w);
    json_bool_member(w, "include_usage", true);
    json_object_close(w);
}

static int write_body(struct draft *draft, const struct upstream *upstream,
                      const struct completion *completion, struct error *err)
{
    const struct json *parameters = completion->parameters;
    const struct json *choice = json_member(parameters, "tool_choice");
    struct json_writer *w = draft->w;
    struct asked_stops stops;
    if (asked_check(parameters, known, err) != 0 || asked_stops(parameters, &stops, err) != 0 ||
        asked_check_calls(completion, draft->arena, err) != 0)
        return -1;
    json_c_member(w, "model", upstream->model);
    if (put_messages(w, completion, draft->arena, err) != 0 ||
        asked_put(w, parameters, same, sizeof same / sizeof *same, err) != 0 ||
        put_format(w, parameters, err) != 0)
        return -1;
    asked_put_stops(w, "stop", &stops);
    if (json_is_set(choice))
        json_raw_member(w, "tool_choice", choice->raw);
    if (completion->max_tokens)
        json_integer_member(w, "max_tokens", completion->max_tokens);
    if (completion->stream)
        put_stream(w);
    return 0;
}

static int write_request(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err)
{
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, NULL);
    int status = write_body(&draft, upstream, completion, err);
    return draft_close(&draft, status, openai_url(upstream, "/chat/completions", arena), out, err);
}

static const struct provider_kind tgi_v1 = {
    .name = "tgi-v1",
    .framing = FRAMING_SSE,
    .write_request = write_request,
    .decode_event = alike_tgi_decode_event,
    .decode_body = alike_tgi_decode_body,
    .error_of = upstream_error_of,
};

const struct provider_kind *const tgi_v1_kind = &tgi_v1;
