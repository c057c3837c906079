/* Ollama's requests: the body of a chat completion. Fields and options that are not named here are
 * let go, as Ollama does: they are about the machine it runs on, or about samplers that only it
 * has. */
#include "ollama_door.h"

static int put_options(struct translation *t, const struct json *body, struct error *err)
{
    static const struct renamed names[] = {
        { "temperature", "temperature", JSON_NUMBER },
        { "top_p", "top_p", JSON_NUMBER },
        { "top_k", "top_k", JSON_NUMBER },
        { "seed", "seed", JSON_NUMBER },
        { "frequency_penalty", "frequency_penalty", JSON_NUMBER },
        { "presence_penalty", "presence_penalty", JSON_NUMBER }
    };
    const struct json *options, *most;
    struct place at = place_in(NULL, "options"), place = place_in(&at, "num_predict");
    if (member_of(body, NULL, "options", JSON_OBJECT, &options, err) != 0 ||
        member_of(options, &at, "num_predict", JSON_NUMBER, &most, err) != 0)
        return -1;
    if (most && !most->is_integer)
        return refuse_at(&place, "invalid_value", "must be a whole number", err);
    if (most && most->integer > 0) /* -1 and -2: as long as it takes */
        json_integer_member(t->w, "max_output_tokens", most->integer);
    return put_renamed(t->w, options, &at, names, sizeof names / sizeof *names, err);
}

static int put_stops(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *stop = json_member(json_member(body, "options"), "stop");
    struct place options = place_in(NULL, "options"), at = place_in(&options, "stop");
    if (!json_is_set(stop))
        return 0;
    bool good = stop->type == JSON_STRING || stop->type == JSON_ARRAY;
    for (const struct json *one = stop->children; good && one; one = one->next)
        good = one->type == JSON_STRING;
    if (!good)
        return refuse_type(&at, "a string or an array of strings", err);
    if (stop->type == JSON_STRING || stop->count)
        json_raw_member(t->w, "stop", stop->raw);
    return 0;
}

static int put_format(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *format = json_member(body, "format");
    struct place at = place_in(NULL, "format");
    if (!json_is_set(format) || (format->type == JSON_STRING && !format->text.len))
        return 0;
    if (format->type == JSON_OBJECT)
        put_schema_format(t->w, format);
    else if (str_is(json_text(format), "json"))
        json_raw_member(t->w, "response_format", STR("{\"type\":\"json_object\"}"));
    else
        return refuse_at(&at, "invalid_value", "must be json or a schema", err);
    return 0;
}

/* Models behind Ollama think unless they are told not to, so `false` says something. */
static int put_think(struct translation *t, const struct json *body, struct error *err)
{
    static const char *const efforts[] = { "low", "medium", "high", "max" };
    const struct json *think = json_member(body, "think");
    struct place at = place_in(NULL, "think");
    if (!json_is_set(think))
        return 0;
    if (think->type == JSON_BOOL) {
        json_c_member(t->w, "reasoning_effort", think->boolean ? "medium" : "none");
        return 0;
    }
    for (size_t i = 0; i < sizeof efforts / sizeof *efforts; i++)
        if (str_is(json_text(think), efforts[i])) {
            json_c_member(t->w, "reasoning_effort", efforts[i]);
            return 0;
        }
    return refuse_at(&at, "invalid_value", "must be true, false, low, medium, high or max", err);
}

/* Streamed, unless it is asked not to be. */
static int put_common(struct translation *t, const struct json *body, struct error *err)
{
    static const struct renamed names[] = { { "model", "model", JSON_STRING } };
    const struct json *stream, *logprobs;
    struct place at = place_in(NULL, "logprobs");
    if (member_of(body, NULL, "stream", JSON_BOOL, &stream, err) != 0 ||
        member_of(body, NULL, "logprobs", JSON_BOOL, &logprobs, err) != 0)
        return -1;
    if (logprobs && logprobs->boolean)
        return refuse_at(&at, "unsupported_parameter", "are not to be had here", err);
    json_bool_member(t->w, "stream", !stream || stream->boolean);
    if (put_renamed(t->w, body, NULL, names, 1, err) != 0 || put_options(t, body, err) != 0 ||
        put_stops(t, body, err) != 0 || put_format(t, body, err) != 0)
        return -1;
    return put_think(t, body, err);
}

/* They are OpenAI's. */
static int put_tools(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *tools;
    size_t i = 0;
    if (member_of(body, NULL, "tools", JSON_ARRAY, &tools, err) != 0)
        return -1;
    for (const struct json *tool = tools ? tools->children : NULL; tool; tool = tool->next) {
        struct place at = place_of("tools[%zu]", i++), inner = place_in(&at, "function");
        const struct json *function, *name;
        if (member_needed(tool, &at, "function", JSON_OBJECT, &function, err) != 0 ||
            member_needed(function, &inner, "name", JSON_STRING, &name, err) != 0)
            return -1;
    }
    if (tools && tools->count)
        json_raw_member(t->w, "tools", tools->raw);
    return 0;
}

static int put_chat(struct translation *t, const struct json *body, struct error *err)
{
    if (put_common(t, body, err) != 0 || put_tools(t, body, err) != 0)
        return -1;
    return ollama_put_messages(t, body, err);
}

int ollama_to_chat(struct arena *arena, const struct json *body, struct str *out, struct error *err)
{
    struct translation t;
    translation_open(&t, arena, body);
    return translation_close(&t, put_chat(&t, body, err), out, err);
}

/* What only a model on the same machine could do. */
static int check_generate(const struct json *body, struct error *err)
{
    static const char *const names[] = { "suffix", "template", "context", "raw" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct json *member = json_member(body, names[i]);
        struct place at = place_in(NULL, names[i]);
        if (json_is_set(member) && (member->text.len || member->count || member->boolean))
            return refuse_at(&at, "unsupported_parameter", "is not supported here", err);
    }
    return 0;
}

static int put_generate(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *rules, *prompt, *images;
    struct place at = place_in(NULL, "images");
    if (check_generate(body, err) != 0 || put_common(t, body, err) != 0 ||
        member_of(body, NULL, "system", JSON_STRING, &rules, err) != 0 ||
        member_needed(body, NULL, "prompt", JSON_STRING, &prompt, err) != 0 ||
        member_of(body, NULL, "images", JSON_ARRAY, &images, err) != 0)
        return -1;
    json_key(t->w, "messages");
    json_array_open(t->w);
    if (rules && rules->text.len &&
        ollama_put_message(t, "system", rules->text, NULL, &at, err) != 0)
        return -1;
    if (ollama_put_message(t, "user", prompt->text, images, &at, err) != 0)
        return -1;
    json_array_close(t->w);
    return 0;
}

int generate_to_chat(struct arena *arena, const struct json *body, struct str *out,
                     struct error *err)
{
    struct translation t;
    translation_open(&t, arena, body);
    return translation_close(&t, put_generate(&t, body, err), out, err);
}
