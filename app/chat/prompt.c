/* Reads and measures the messages that a client sent. */
#include "chat/prompt.h"

#define FRAME_TOKENS 8    /* role, separators */
#define IMAGE_TOKENS 2000 /* more than any provider charges for one image */

static const char *const roles[] = {
    "system", "developer", "user", "assistant", "tool", "function"
};

static const char *role_known(struct str role)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (str_is(role, roles[i]))
            return roles[i];
    return NULL;
}

__attribute__((format(printf, 4, 5))) static int bad(struct error *err, size_t index,
                                                     const char *member, const char *format, ...)
{
    char param[96], words[200];
    snprintf(param, sizeof param, "messages[%zu]%s", index, member);
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", param, "%s %s.", param, words);
}

int64_t prompt_tokens_of(struct str text)
{
    return (int64_t)text.len + FRAME_TOKENS;
}

int64_t prompt_tokens_beside(const struct json *body_or_null)
{
    const struct json *messages = json_member(body_or_null, "messages");
    if (!body_or_null)
        return 0;
    return (int64_t)body_or_null->raw.len - (messages ? (int64_t)messages->raw.len : 0);
}

/* An image counts as an image, not as the bytes of its base64. */
static int64_t part_tokens(const struct json *part)
{
    struct str type = json_text(json_member(part, "type"));
    if (str_is(type, "image_url"))
        return IMAGE_TOKENS;
    return (int64_t)part->raw.len;
}

static int part_read(const struct json *part, size_t index, struct text *joined, struct error *err)
{
    if (part->type != JSON_OBJECT || !json_text(json_member(part, "type")).at)
        return bad(err, index, ".content", "holds a part that is no object with a type");
    const struct json *words = json_member(part, "text");
    if (!json_is_set(words))
        return 0;
    if (words->type != JSON_STRING)
        return bad(err, index, ".content", "holds a text part whose text is no string");
    if (joined->len)
        text_add_c(joined, "\n");
    text_add(joined, words->text);
    return 0;
}

/* Joins the text parts, for people who read the conversation later. */
static int parts_read(struct arena *arena, const struct json *content, size_t index,
                      struct str *text_out, int64_t *tokens_out, struct error *err)
{
    struct text joined = text_make(2 * content->raw.len + 1); /* parts are never longer */
    int64_t tokens = 0;
    int status = 0;
    for (const struct json *part = content->children; part && status == 0; part = part->next) {
        status = part_read(part, index, &joined, err);
        tokens += part_tokens(part);
    }
    *text_out = arena_copy(arena, text_str(&joined));
    *tokens_out = tokens;
    text_free(&joined);
    return status;
}

static int content_read(struct arena *arena, const struct json *message, size_t index,
                        struct prompt_message *out, int64_t *tokens_out, struct error *err)
{
    const struct json *content = json_member(message, "content");
    int64_t other = (int64_t)message->raw.len - (content ? (int64_t)content->raw.len : 0);
    out->content = STR("");
    *tokens_out = other + FRAME_TOKENS;
    if (!json_is_set(content)) {
        if (str_is(str_of(out->role), "assistant"))
            return 0;
        return bad(err, index, ".content", "is missing");
    }
    if (content->type == JSON_STRING) {
        out->content = content->text;
        *tokens_out += (int64_t)content->raw.len;
        return 0;
    }
    if (content->type != JSON_ARRAY)
        return bad(err, index, ".content", "must be a string or an array of parts");
    int64_t tokens = 0;
    if (parts_read(arena, content, index, &out->content, &tokens, err) < 0)
        return -1;
    *tokens_out += tokens;
    return 0;
}

/* Plain text needs nothing kept but itself. */
static bool is_plain(const struct json *message)
{
    for (const struct json *member = message->children; member; member = member->next)
        if (!(str_is(member->key, "role") ||
              (str_is(member->key, "content") && member->type == JSON_STRING)))
            return false;
    return true;
}

static int message_read(struct arena *arena, const struct json *message, size_t index,
                        const struct prompt_limits *limits, struct prompt_message *out,
                        int64_t *tokens_out, struct error *err)
{
    if (message->type != JSON_OBJECT)
        return bad(err, index, "", "must be an object");
    struct str role = json_text(json_member(message, "role"));
    if (!role.at)
        return bad(err, index, ".role", "must be a string");
    if (!(out->role = role_known(role)))
        return bad(err, index, ".role", "is no role that is known here");
    if (content_read(arena, message, index, out, tokens_out, err) < 0)
        return -1;
    if (out->content.len > (size_t)limits->message_bytes) {
        bad(err, index, ".content", "is longer than %d bytes", limits->message_bytes);
        err->kind = ERROR_TOO_LARGE;
        return -1;
    }
    if (!is_plain(message))
        out->json = message->raw;
    return 0;
}

static int check_array(const struct json *messages, const struct prompt_limits *limits,
                       struct error *err)
{
    if (!json_is_set(messages))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", "messages",
                          "messages is missing.");
    if (messages->type != JSON_ARRAY || messages->count == 0)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", "messages",
                          "messages must be an array with at least one message.");
    if (messages->count > (size_t)limits->messages)
        return fail_param(err, ERROR_TOO_LARGE, "too_many_messages", "messages",
                          "messages holds %zu messages; at most %d are taken.", messages->count,
                          limits->messages);
    return 0;
}

int prompt_read(struct arena *arena, const struct json *messages,
                const struct prompt_limits *limits, struct prompt *out, struct error *err)
{
    if (check_array(messages, limits, err) < 0)
        return -1;
    struct prompt prompt = {
        .messages = arena_array_of(arena, struct prompt_message, messages->count),
        .tokens = arena_array_of(arena, int64_t, messages->count),
    };
    for (const struct json *message = messages->children; message; message = message->next) {
        size_t i = prompt.count++;
        if (message_read(arena, message, i, limits, &prompt.messages[i], &prompt.tokens[i], err) <
            0)
            return -1;
    }
    *out = prompt;
    return 0;
}

int prompt_of_text(struct arena *arena, const char *role, struct str text,
                   const struct prompt_limits *limits, struct prompt *out, struct error *err)
{
    if (text.len == 0)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", "content",
                          "content must be a string that is not empty.");
    if (text.len > (size_t)limits->message_bytes)
        return fail_param(err, ERROR_TOO_LARGE, "invalid_messages", "content",
                          "content is longer than %d bytes.", limits->message_bytes);
    *out = (struct prompt){ .messages = arena_new_of(arena, struct prompt_message),
                            .tokens = arena_new_of(arena, int64_t),
                            .count = 1 };
    out->messages[0] = (struct prompt_message){ .role = role, .content = text };
    out->tokens[0] = prompt_tokens_of(text);
    return 0;
}
