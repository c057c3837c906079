/* Takes OpenAI's messages apart, for the providers whose messages look otherwise. */
#include "asked.h"

#include "raw_json.h"

static int bad(size_t index, const char *words, struct error *err)
{
    char param[32];
    snprintf(param, sizeof param, "messages[%zu]", index);
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", param, "%s %s.", param, words);
}

int asked_refuse_part(const struct asked_message *message, const char *what, struct error *err)
{
    return fail_param(err, ERROR_BAD_REQUEST, "unsupported_content", "messages",
                      "messages[%zu].content holds %s, which this model's provider does not take.",
                      message->index, what);
}

static bool is(const char *role, const char *wanted)
{
    return strcmp(role, wanted) == 0;
}

static int read_part(const struct json *part, struct asked_message *m, struct error *err)
{
    struct str type = json_text(json_member(part, "type"));
    struct asked_part read = { 0 };
    if (str_is(type, "text") || str_is(type, "refusal")) {
        read.text = json_text(json_member(part, str_is(type, "text") ? "text" : "refusal"));
    } else if (str_is(type, "image_url")) {
        const struct json *image = json_member(part, "image_url");
        read.kind = ASKED_IMAGE;
        read.text =
            json_text(image && image->type == JSON_STRING ? image : json_member(image, "url"));
        read.detail = json_text(json_member(image, "detail"));
    } else if (str_is(type, "file")) {
        read.kind = ASKED_FILE;
        read.text = json_text(json_member(json_member(part, "file"), "file_data"));
    } else {
        return asked_refuse_part(m, "a part that is neither text nor image", err);
    }
    if (!read.text.at)
        return bad(m->index, "holds a part that does not say what its type promises", err);
    if (read.text.len || read.kind != ASKED_TEXT)
        m->parts[m->part_count++] = read;
    return 0;
}

static int read_content(const struct json *content, struct arena *arena, struct asked_message *m,
                        struct error *err)
{
    size_t count = content->type == JSON_ARRAY ? content->count : 1;
    m->parts = arena_try(arena, (count + 1) * sizeof *m->parts);
    if (!m->parts)
        return fail(err, ERROR_TOO_LARGE, "request_too_large", "The conversation is too large");
    m->is_text = content->type == JSON_STRING;
    if (m->is_text && content->text.len)
        m->parts[m->part_count++] = (struct asked_part){ .text = content->text };
    if (content->type != JSON_ARRAY)
        return m->is_text ? 0 : bad(m->index, "has a content that is no text", err);
    for (const struct json *part = content->children; part; part = part->next) {
        if (read_part(part, m, err) != 0)
            return -1;
    }
    return 0;
}

/* Where Google's own OpenAI surface puts it, and where clients bring it back. */
static struct str signature_of(const struct json *call)
{
    const struct json *google = json_member(json_member(call, "extra_content"), "google");
    return json_text(json_member(google, "thought_signature"));
}

static int read_calls(const struct json *calls, struct arena *arena, struct asked_message *m,
                      struct error *err)
{
    if (calls->type != JSON_ARRAY)
        return bad(m->index, "has tool_calls that are no array", err);
    m->calls = arena_try(arena, (calls->count + 1) * sizeof *m->calls);
    if (!m->calls)
        return fail(err, ERROR_TOO_LARGE, "request_too_large", "The conversation is too large");
    for (const struct json *call = calls->children; call; call = call->next) {
        const struct json *function = json_member(call, "function");
        const struct json *arguments = json_member(function, "arguments");
        struct asked_call read = { .id = json_text(json_member(call, "id")),
                                   .name = json_text(json_member(function, "name")),
                                   .arguments = json_text(arguments),
                                   .signature = signature_of(call) };
        if (!function) /* of a tool that takes free text, which only OpenAI has */
            read.name = json_text(json_member(json_member(call, "custom"), "name"));
        if (!read.id.len || !read.name.len)
            return bad(m->index, "has a tool call without id or function name", err);
        if (json_is_set(arguments) && arguments->type != JSON_STRING)
            return bad(m->index, "has a tool call whose arguments are no string", err);
        m->calls[m->call_count++] = read;
    }
    return 0;
}

/* The newest call with this id: makers of ids sometimes begin anew with each answer. */
static const struct asked_call *find_call(const struct asked_message *messages, size_t before,
                                          struct str id)
{
    while (id.len && before--) {
        for (size_t i = 0; i < messages[before].call_count; i++) {
            if (str_equal(messages[before].calls[i].id, id))
                return &messages[before].calls[i];
        }
    }
    return NULL;
}

static int read_json(struct str source, bool contents, struct arena *arena,
                     struct asked_message *messages, struct asked_message *m, struct error *err)
{
    struct json *root;
    static const struct json_limits limits = { .depth = 100 };
    if (json_parse(arena, source, &limits, &root, err) != 0)
        return -1;
    const struct json *content = json_member(root, "content");
    const struct json *calls = json_member(root, "tool_calls");
    if (contents && json_is_set(content) && read_content(content, arena, m, err) != 0)
        return -1;
    if (is(m->role, "assistant") && json_is_set(calls) && read_calls(calls, arena, m, err) != 0)
        return -1;
    if (is(m->role, "tool"))
        m->answered = find_call(messages, m->index, json_text(json_member(root, "tool_call_id")));
    return 0;
}

static int read_message(const struct prompt_message *message, struct arena *arena,
                        struct asked_message *messages, struct asked_message *m, struct error *err)
{
    struct json text = { .type = JSON_STRING, .text = message->content };
    if (is(m->role, "function"))
        return bad(m->index, "has the role function, which only OpenAI knows; use tool", err);
    if (message->json.at ? read_json(message->json, true, arena, messages, m, err) != 0
                         : read_content(&text, arena, m, err) != 0)
        return -1;
    if (is(m->role, "tool") && !m->answered)
        return bad(m->index, "answers no tool call of an earlier message", err);
    return 0;
}

int asked_messages(const struct completion *completion, struct arena *arena,
                   struct asked_message **out, struct error *err)
{
    size_t count = completion->message_count;
    struct asked_message *messages = arena_try(arena, (count + 1) * sizeof *messages);
    if (!messages)
        return fail(err, ERROR_TOO_LARGE, "request_too_large", "The conversation is too large");
    for (size_t i = 0; i < count; i++) {
        messages[i].role = completion->messages[i].role;
        messages[i].index = i;
        if (read_message(&completion->messages[i], arena, messages, &messages[i], err) != 0)
            return -1;
    }
    *out = messages;
    return 0;
}

/* Only messages that can hold calls or results are parsed: the others may be large. */
static int check_calls(const struct prompt_message *message, struct arena *arena,
                       struct asked_message *messages, struct asked_message *m, struct error *err)
{
    if (!is(m->role, "tool") && !(is(m->role, "assistant") && message->json.at))
        return 0;
    if (message->json.at && read_json(message->json, false, arena, messages, m, err) != 0)
        return -1;
    return is(m->role, "tool") && !m->answered
               ? bad(m->index, "answers no tool call of an earlier message", err)
               : 0;
}

int asked_check_calls(const struct completion *completion, struct arena *arena, struct error *err)
{
    size_t count = completion->message_count;
    struct asked_message *messages = arena_try(arena, (count + 1) * sizeof *messages);
    if (!messages)
        return fail(err, ERROR_TOO_LARGE, "request_too_large", "The conversation is too large");
    for (size_t i = 0; i < count; i++) {
        messages[i] = (struct asked_message){ .role = completion->messages[i].role, .index = i };
        if (check_calls(&completion->messages[i], arena, messages, &messages[i], err) != 0)
            return -1;
    }
    return 0;
}

bool asked_is_system(const struct asked_message *message)
{
    return is(message->role, "system") || is(message->role, "developer");
}

static int add_text(const struct asked_message *message, const char *separator, struct text *text,
                    struct error *err)
{
    for (size_t i = 0; i < message->part_count; i++) {
        if (message->parts[i].kind != ASKED_TEXT)
            return asked_refuse_part(message, "more than text", err);
        if (text->len)
            text_add_c(text, separator);
        text_add(text, message->parts[i].text);
    }
    return 0;
}

static int keep(struct text *text, int status, struct arena *arena, struct str *out,
                struct error *err)
{
    struct str all = text_str(text);
    if (status == 0 && (text->over || !raw_join(arena, &all, 1, out)))
        status = fail(err, ERROR_TOO_LARGE, "request_too_large", "The conversation is too large");
    text_free(text);
    return status;
}

int asked_text(const struct asked_message *message, const char *separator, struct arena *arena,
               struct str *out, struct error *err)
{
    struct text text = text_make((size_t)64 << 20);
    return keep(&text, add_text(message, separator, &text, err), arena, out, err);
}

int asked_system(const struct asked_message *messages, size_t count, struct arena *arena,
                 struct str *out, struct error *err)
{
    struct text text = text_make((size_t)64 << 20);
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        if (asked_is_system(&messages[i]))
            status = add_text(&messages[i], "\n", &text, err);
    }
    if (status == 0 && !text.len)
        *out = (struct str){ 0 };
    else
        status = keep(&text, status, arena, out, err);
    text_free(&text);
    return status;
}

int asked_arguments(const struct asked_message *message, const struct asked_call *call,
                    struct arena *arena, struct str *out, struct error *err)
{
    static const struct json_limits limits = { .depth = 100 };
    struct json *root;
    struct error ignored;
    if (!call->arguments.len) {
        *out = STR("{}");
        return 0;
    }
    if (json_parse(arena, call->arguments, &limits, &root, &ignored) != 0 ||
        root->type != JSON_OBJECT)
        return bad(message->index, "has a tool call whose arguments are no JSON object", err);
    *out = root->raw;
    return 0;
}

bool asked_data_url(struct str url, struct str *media_out, struct str *base64_out)
{
    static const char mark[] = ";base64,";
    if (!str_starts(url, "data:"))
        return false;
    struct str rest = { url.at + 5, url.len - 5 };
    const char *data = memmem(rest.at, rest.len, mark, sizeof mark - 1);
    if (!data)
        return false;
    const char *end = memchr(rest.at, ';', rest.len);
    *media_out = (struct str){ rest.at, (size_t)(end - rest.at) };
    data += sizeof mark - 1;
    *base64_out = (struct str){ data, rest.len - (size_t)(data - rest.at) };
    return media_out->len && base64_out->len;
}
