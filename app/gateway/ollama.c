/* Ollama's /api/chat, asked for. */
#include "ollama.h"

#include "asked.h"
#include "draft.h"
#include "upstream_error.h"

/* tool_choice other than none and parallel_tool_calls have no counterpart: PROTOCOLS.md 5 and 13.1
 * let them go. */
static const char *const known[] = { "temperature",
                                     "top_p",
                                     "top_k",
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
                                     NULL };

static const struct asked_name options[] = {
    { "temperature", "temperature", JSON_NUMBER },
    { "top_p", "top_p", JSON_NUMBER },
    { "top_k", "top_k", JSON_NUMBER },
    { "seed", "seed", JSON_NUMBER },
    { "frequency_penalty", "frequency_penalty", JSON_NUMBER },
    { "presence_penalty", "presence_penalty", JSON_NUMBER },
};

static bool is_role(const struct asked_message *m, const char *role)
{
    return strcmp(m->role, role) == 0;
}

/* The text parts joined, the images beside them: Ollama's content is one string. */
static int put_content(struct json_writer *w, const struct asked_message *m, struct arena *arena,
                       struct error *err)
{
    struct asked_part *texts = arena_try(arena, (m->part_count + 1) * sizeof *texts);
    struct asked_message plain = *m;
    struct str text, media, data;
    size_t images = 0;
    if (!texts)
        return fail(err, ERROR_TOO_LARGE, "request_too_large", "The conversation is too large");
    plain.parts = texts;
    plain.part_count = 0;
    for (size_t i = 0; i < m->part_count; i++) {
        if (m->parts[i].kind == ASKED_TEXT)
            texts[plain.part_count++] = m->parts[i];
        else if (m->parts[i].kind == ASKED_FILE || !asked_data_url(m->parts[i].text, &media, &data))
            return asked_refuse_part(m, "an image that is no data: URL, or a file", err);
        else if (!images++) {
            json_key(w, "images");
            json_array_open(w);
            json_put_text(w, data);
        } else {
            json_put_text(w, data);
        }
    }
    if (images)
        json_array_close(w);
    if (asked_text(&plain, "\n", arena, &text, err) != 0)
        return -1;
    json_text_member(w, "content", text);
    return 0;
}

static int put_calls(struct json_writer *w, const struct asked_message *m, struct arena *arena,
                     struct error *err)
{
    json_key(w, "tool_calls");
    json_array_open(w);
    for (size_t i = 0; i < m->call_count; i++) {
        struct str arguments;
        if (asked_arguments(m, &m->calls[i], arena, &arguments, err) != 0)
            return -1;
        json_object_open(w);
        json_text_member(w, "id", m->calls[i].id);
        json_key(w, "function");
        json_object_open(w);
        json_integer_member(w, "index", (int64_t)i);
        json_text_member(w, "name", m->calls[i].name);
        json_raw_member(w, "arguments", arguments);
        json_object_close(w);
        json_object_close(w);
    }
    json_array_close(w);
    return 0;
}

static int put_messages(struct json_writer *w, const struct completion *completion,
                        struct arena *arena, struct error *err)
{
    struct asked_message *messages;
    if (asked_messages(completion, arena, &messages, err) != 0)
        return -1;
    json_key(w, "messages");
    json_array_open(w);
    for (size_t i = 0; i < completion->message_count; i++) {
        const struct asked_message *m = &messages[i];
        json_object_open(w);
        json_c_member(w, "role", asked_is_system(m) ? "system" : m->role);
        if (is_role(m, "tool")) {
            json_text_member(w, "tool_name", m->answered->name);
            json_text_member(w, "tool_call_id", m->answered->id);
        }
        if (put_content(w, m, arena, err) != 0 ||
            (m->call_count && put_calls(w, m, arena, err) != 0))
            return -1;
        json_object_close(w);
    }
    json_array_close(w);
    return 0;
}

static int put_tools(struct json_writer *w, const struct json *parameters, struct arena *arena,
                     struct error *err)
{
    struct asked_tools tools;
    if (asked_tools(parameters, arena, &tools, err) != 0)
        return -1;
    if (tools.count && tools.choice != CHOICE_NONE)
        json_raw_member(w, "tools", json_member(parameters, "tools")->raw);
    return 0;
}

static int put_format(struct json_writer *w, const struct json *parameters, struct error *err)
{
    struct asked_format format;
    if (asked_format(parameters, &format, err) != 0)
        return -1;
    if (format.form == FORM_JSON)
        json_c_member(w, "format", "json");
    else if (format.form == FORM_SCHEMA)
        json_raw_member(w, "format", format.schema);
    return 0;
}

static int put_think(struct json_writer *w, const struct json *parameters, struct error *err)
{
    static const char *const names[] = {
        [EFFORT_MINIMAL] = "low", [EFFORT_LOW] = "low",   [EFFORT_MEDIUM] = "medium",
        [EFFORT_HIGH] = "high",   [EFFORT_XHIGH] = "max", [EFFORT_MAX] = "max"
    };
    enum effort effort;
    if (asked_effort(parameters, &effort, err) != 0)
        return -1;
    if (effort == EFFORT_NONE)
        json_bool_member(w, "think", false);
    else if (effort != EFFORT_UNSAID)
        json_c_member(w, "think", names[effort]);
    return 0;
}

static int put_options(struct json_writer *w, const struct completion *completion,
                       struct error *err)
{
    const struct json *parameters = completion->parameters;
    struct asked_stops stops;
    bool any = completion->max_tokens || json_is_set(json_member(parameters, "stop"));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        any = any || json_is_set(json_member(parameters, options[i].from));
    if (!any)
        return 0;
    json_key(w, "options");
    json_object_open(w);
    if (completion->max_tokens)
        json_integer_member(w, "num_predict", completion->max_tokens);
    if (asked_put(w, parameters, options, sizeof options / sizeof *options, err) != 0 ||
        asked_stops(parameters, &stops, err) != 0)
        return -1;
    asked_put_stops(w, "stop", &stops);
    json_object_close(w);
    return 0;
}

static int write_body(struct draft *draft, const struct upstream *upstream,
                      const struct completion *completion, struct error *err)
{
    const struct json *parameters = completion->parameters;
    struct json_writer *w = draft->w;
    if (asked_check(parameters, known, err) != 0)
        return -1;
    json_c_member(w, "model", upstream->model);
    json_bool_member(w, "stream", completion->stream); /* streams unless it is told */
    if (put_messages(w, completion, draft->arena, err) != 0 ||
        put_tools(w, parameters, draft->arena, err) != 0 || put_format(w, parameters, err) != 0 ||
        put_think(w, parameters, err) != 0)
        return -1;
    return put_options(w, completion, err);
}

static int write_request(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err)
{
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, NULL);
    int status = write_body(&draft, upstream, completion, err);
    return draft_close(&draft, status, arena_printf(arena, "%s/api/chat", upstream->base_url), out,
                       err);
}

static const struct provider_kind ollama = {
    .name = "ollama",
    .framing = FRAMING_NDJSON,
    .write_request = write_request,
    .decode_event = ollama_decode_event,
    .decode_body = ollama_decode_body,
    .write_embeddings = ollama_write_embeddings,
    .decode_embeddings = ollama_decode_embeddings,
    .error_of = upstream_error_of,
};

const struct provider_kind *const ollama_kind = &ollama;
