/* Reads what is to be embedded. */
#include "chat/embedding.h"

#include "usage/price.h"

static int bad_input(struct error *err, size_t index, const char *words)
{
    char param[32];
    snprintf(param, sizeof param, "input[%zu]", index);
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", param, "%s %s.", param, words);
}

static int text_read(const struct json *text, size_t index, const struct prompt_limits *limits,
                     struct str *out, struct error *err)
{
    if (text->type != JSON_STRING || !text->text.len)
        return bad_input(err, index, "must be a string that is not empty, as the others");
    if (text->text.len > (size_t)limits->message_bytes)
        return fail_param(err, ERROR_TOO_LARGE, "string_too_long", "input",
                          "A text of input is longer than %d bytes.", limits->message_bytes);
    *out = text->text;
    return 0;
}

/* first: the first of the texts. */
static int texts_read(struct arena *arena, const struct json *first, size_t count,
                      const struct prompt_limits *limits, struct embedding *out, struct error *err)
{
    struct str *texts = arena_array_of(arena, struct str, count);
    const struct json *text = first;
    for (size_t i = 0; i < count; i++, text = text->next) {
        if (text_read(text, i, limits, &texts[i], err) < 0)
            return -1;
        out->tokens += tokens_counted((int64_t)texts[i].len);
    }
    out->texts = texts;
    out->count = count;
    return 0;
}

static bool are_tokens(const struct json *list)
{
    bool good = list->type == JSON_ARRAY && list->count > 0;
    for (const struct json *one = good ? list->children : NULL; one && good; one = one->next)
        good = one->is_integer && one->integer >= 0;
    return good;
}

static int lists_read(const struct json *input, struct embedding *out, struct error *err)
{
    size_t index = 0;
    for (const struct json *list = input->children; list; list = list->next, index++) {
        if (!are_tokens(list))
            return bad_input(err, index, "must be a list of tokens that is not empty");
        out->tokens += (int64_t)list->count;
    }
    out->count = input->count;
    return 0;
}

static int input_read(struct arena *arena, const struct json *input,
                      const struct prompt_limits *limits, struct embedding *out, struct error *err)
{
    if (!json_is_set(input))
        return fail_param(err, ERROR_BAD_REQUEST, "missing_field", "input", "input is missing.");
    out->input = input;
    if (input->type == JSON_STRING)
        return texts_read(arena, input, 1, limits, out, err);
    if (input->type != JSON_ARRAY || !input->count)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_type", "input",
                          "input must be a text, or an array of texts or tokens.");
    if (are_tokens(input)) {
        out->count = 1;
        out->tokens = (int64_t)input->count;
        return 0;
    }
    if (input->count > EMBEDDING_INPUTS_MOST)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "input",
                          "input holds %zu texts; at most %d are taken.", input->count,
                          EMBEDDING_INPUTS_MOST);
    if (input->children->type == JSON_ARRAY)
        return lists_read(input, out, err);
    return texts_read(arena, input->children, input->count, limits, out, err);
}

static int format_read(const struct json *body, struct embedding *out, struct error *err)
{
    const struct json *format = json_member(body, "encoding_format");
    out->base64 = str_is(json_text(format), "base64");
    if (!json_is_set(format) || out->base64 || str_is(json_text(format), "float"))
        return 0;
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "encoding_format",
                      "encoding_format must be float or base64.");
}

static int dimensions_read(const struct json *body, struct embedding *out, struct error *err)
{
    const struct json *dimensions = json_member(body, "dimensions");
    if (!json_is_set(dimensions))
        return 0;
    out->dimensions = dimensions->is_integer ? dimensions->integer : 0;
    if (out->dimensions >= 1 && out->dimensions <= EMBEDDING_DIMENSIONS_MOST)
        return 0;
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "dimensions",
                      "dimensions must be an integer from 1 to %d.", EMBEDDING_DIMENSIONS_MOST);
}

int embedding_read(struct arena *arena, const struct json *body, const struct prompt_limits *limits,
                   struct embedding *out, struct error *err)
{
    struct embedding embedding = { 0 };
    if (input_read(arena, json_member(body, "input"), limits, &embedding, err) < 0 ||
        format_read(body, &embedding, err) < 0 || dimensions_read(body, &embedding, err) < 0)
        return -1;
    *out = embedding;
    return 0;
}
