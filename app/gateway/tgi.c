/* TGI's /generate, asked for: a conversation as one text, by the template that its model knows. */
#include "tgi.h"

#include "asked.h"
#include "draft.h"
#include "upstream_error.h"

static const struct tgi_template templates[] = {
    { "chatml", "<|im_start|>", "\n", "<|im_end|>\n", "<|im_end|>" },
    { "llama3", "<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>", "<|eot_id|>" },
    { "phi3", "<|", "|>\n", "<|end|>\n", "<|end|>" },
};

static const char *const known[] = {
    "temperature",       "top_p",           "top_k", "stop", "seed",
    "frequency_penalty", "response_format", "tools", NULL
};

const struct tgi_template *tgi_template_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof templates / sizeof *templates; i++) {
        if (strcmp(templates[i].name, name) == 0)
            return &templates[i];
    }
    return name ? NULL : &templates[0];
}

/* false: there is no room for it. */
static bool add_stop(struct tgi_stops *stops, struct str text)
{
    for (size_t i = 0; i < stops->count; i++) {
        if (str_equal(stops->texts[i], text))
            return true;
    }
    if (stops->count == TGI_STOPS_MAX || text.len > TGI_STOP_BYTES_MAX)
        return false;
    stops->texts[stops->count++] = text;
    return true;
}

int tgi_stops_read(const struct upstream *upstream, const struct json *parameters,
                   struct tgi_stops *out, struct error *err)
{
    const struct provider_options *options = &upstream->options;
    const struct tgi_template *form = tgi_template_find(options->chat_template);
    struct asked_stops asked;
    struct tgi_stops stops = { .count = 0 };
    bool fit = true;
    if (asked_stops(parameters, &asked, err) != 0)
        return -1;
    for (size_t i = 0; i < asked.count; i++)
        fit = add_stop(&stops, asked.texts[i]) && fit;
    for (size_t i = 0; i < options->stop_extra_count; i++)
        fit = add_stop(&stops, options->stop_extra[i]) && fit;
    if (form)
        fit = add_stop(&stops, str_of(form->stop)) && fit;
    if (!fit)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "stop",
                          "This model's provider takes %d stop texts of %d bytes, its own among "
                          "them.",
                          TGI_STOPS_MAX, TGI_STOP_BYTES_MAX);
    *out = stops;
    return 0;
}

/* The marks of all templates begin alike: no text of a client's may hold one, or it could speak in
 * another's name. */
static void add_harmless(struct text *text, struct str words)
{
    for (size_t i = 0; i < words.len; i++) {
        bool is_mark = words.at[i] == '<' && i + 1 < words.len && words.at[i + 1] == '|';
        text_add(text, is_mark ? STR("< ") : (struct str){ words.at + i, 1 });
    }
}

static int add_messages(const struct completion *completion, const struct tgi_template *form,
                        struct arena *arena, struct text *text, struct error *err)
{
    struct asked_message *messages;
    struct str words;
    if (asked_messages(completion, arena, &messages, err) != 0)
        return -1;
    for (size_t i = 0; i < completion->message_count; i++) {
        const struct asked_message *m = &messages[i];
        if (m->answered || m->call_count)
            return asked_refuse_part(m, "a tool's call or result", err);
        if (asked_text(m, "\n", arena, &words, err) != 0)
            return -1;
        text_add_c(text, form->before);
        text_add_c(text, asked_is_system(m) ? "system" : m->role);
        text_add_c(text, form->between);
        add_harmless(text, words);
        text_add_c(text, form->after);
    }
    text_add_c(text, form->before);
    text_add_c(text, "assistant");
    text_add_c(text, form->between);
    return 0;
}

static int put_inputs(struct draft *draft, const struct completion *completion,
                      const struct tgi_template *form, struct error *err)
{
    struct text text = text_make(draft->text.max);
    int status = add_messages(completion, form, draft->arena, &text, err);
    if (status == 0)
        json_text_member(draft->w, "inputs", text_str(&text));
    draft->text.over = draft->text.over || text.over;
    text_free(&text);
    return status;
}

/* Greedy is what one gets without sampling; both limits of top_p mean that there is none. */
static int put_sampling(struct json_writer *w, const struct json *parameters, struct error *err)
{
    static const struct asked_name heat = { "temperature", "temperature", JSON_NUMBER };
    static const struct asked_name top = { "top_p", "top_p", JSON_NUMBER };
    static const struct asked_name others[] = {
        { "seed", "seed", JSON_NUMBER },
        { "frequency_penalty", "frequency_penalty", JSON_NUMBER },
        { "top_k", "top_k", JSON_NUMBER },
    };
    const struct json *temperature = json_member(parameters, "temperature");
    const struct json *top_p = json_member(parameters, "top_p");
    bool is_greedy = temperature && temperature->type == JSON_NUMBER && temperature->real <= 0;
    json_bool_member(w, "do_sample", !is_greedy);
    if (!is_greedy && asked_put(w, parameters, &heat, 1, err) != 0)
        return -1;
    if (!(top_p && top_p->type == JSON_NUMBER && (top_p->real <= 0 || top_p->real >= 1)) &&
        asked_put(w, parameters, &top, 1, err) != 0)
        return -1;
    return asked_put(w, parameters, others, 3, err);
}

static int put_grammar(struct json_writer *w, const struct json *parameters, struct error *err)
{
    struct asked_format format;
    if (asked_format(parameters, &format, err) != 0)
        return -1;
    if (format.form == FORM_TEXT)
        return 0;
    json_key(w, "grammar");
    json_object_open(w);
    json_c_member(w, "type", "json");
    json_raw_member(w, "value",
                    format.form == FORM_SCHEMA ? format.schema : STR("{\"type\":\"object\"}"));
    json_object_close(w);
    return 0;
}

static int put_parameters(struct json_writer *w, const struct upstream *upstream,
                          const struct completion *completion, struct error *err)
{
    struct tgi_stops stops;
    if (tgi_stops_read(upstream, completion->parameters, &stops, err) != 0)
        return -1;
    json_key(w, "parameters");
    json_object_open(w);
    json_bool_member(w, "details", true);
    json_bool_member(w, "return_full_text", false);
    if (put_sampling(w, completion->parameters, err) != 0)
        return -1;
    json_key(w, "stop");
    json_array_open(w);
    for (size_t i = 0; i < stops.count; i++)
        json_put_text(w, stops.texts[i]);
    json_array_close(w);
    if (completion->max_tokens)
        json_integer_member(w, "max_new_tokens", completion->max_tokens);
    if (put_grammar(w, completion->parameters, err) != 0)
        return -1;
    json_object_close(w);
    return 0;
}

static int write_body(struct draft *draft, const struct upstream *upstream,
                      const struct completion *completion, struct error *err)
{
    const struct tgi_template *form = tgi_template_find(upstream->options.chat_template);
    const struct json *tools = json_member(completion->parameters, "tools");
    if (!form)
        return fail(err, ERROR_UPSTREAM, "upstream_error",
                    "The provider's chat template is not known here");
    if (json_is_set(tools) && tools->count)
        return fail(err, ERROR_BAD_REQUEST, "unsupported_parameter",
                    "This model's provider does not support the parameter tools.");
    if (asked_check(completion->parameters, known, err) != 0 ||
        put_inputs(draft, completion, form, err) != 0)
        return -1;
    return put_parameters(draft->w, upstream, completion, err);
}

static int write_request(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err)
{
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, NULL);
    int status = write_body(&draft, upstream, completion, err);
    const char *url = arena_printf(arena, "%s/%s", upstream->base_url,
                                   completion->stream ? "generate_stream" : "generate");
    return draft_close(&draft, status, url, out, err);
}

static const struct provider_kind tgi = {
    .name = "tgi",
    .framing = FRAMING_SSE,
    .options = (const char *const[]){ "chat_template", "stop_extra", NULL },
    .write_request = write_request,
    .decode_event = tgi_decode_event,
    .decode_body = tgi_decode_body,
    .error_of = upstream_error_of,
};

const struct provider_kind *const tgi_kind = &tgi;
