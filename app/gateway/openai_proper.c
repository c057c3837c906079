/* Whether a chunk is as the official clients want it (CLIENTS.md 2): those who are compatible often
 * are not quite. */
#include "openai.h"

enum { CHOICES_MAX = sizeof((struct decoder *)0)->calls };

static bool is_text(const struct json *value)
{
    return json_text(value).len > 0;
}

/* A call's first fragment says whose and which it is; arguments are text. */
static bool is_proper_call(const struct json *call, int64_t calls)
{
    const struct json *index = json_member(call, "index");
    const struct json *function = json_member(call, "function");
    const struct json *arguments = json_member(function, "arguments");
    if (!index || !index->is_integer || index->integer < 0 ||
        (json_is_set(arguments) && arguments->type != JSON_STRING))
        return false;
    return index->integer < calls ||
           (is_text(json_member(call, "id")) && is_text(json_member(call, "type")) &&
            is_text(json_member(function, "name")));
}

static bool are_proper_calls(const struct json *delta, int64_t calls)
{
    const struct json *list = json_member(delta, "tool_calls");
    for (const struct json *call = list ? list->children : NULL; call; call = call->next) {
        if (!is_proper_call(call, calls))
            return false;
        int64_t index = json_member(call, "index")->integer;
        calls = index >= calls ? index + 1 : calls;
    }
    return true;
}

/* The first chunk of a choice has its role; one that ends with calls says so. */
static bool is_proper_choice(const struct decoder *decoder, const struct json *choice)
{
    const struct json *delta = json_member(choice, "delta");
    const struct json *index = json_member(choice, "index");
    if (choice->type != JSON_OBJECT || !index || !index->is_integer)
        return false;
    if (index->integer < 0 || index->integer >= CHOICES_MAX)
        return true; /* nothing could be made of it */
    int64_t calls = decoder->calls[index->integer];
    bool is_first = !(decoder->choices_seen & UINT32_C(1) << index->integer);
    if (is_first && !is_text(json_member(delta, "role")))
        return false;
    if (calls && str_is(json_text(json_member(choice, "finish_reason")), "stop"))
        return false;
    return are_proper_calls(delta, calls);
}

bool openai_is_proper(const struct decoder *decoder, const struct json *chunk)
{
    const struct json *created = json_member(chunk, "created");
    const struct json *choices = json_member(chunk, "choices");
    const struct json *usage = json_member(chunk, "usage");
    bool is_chunk =
        (choices && choices->type == JSON_ARRAY) || (usage && usage->type == JSON_OBJECT);
    if (!is_chunk)
        return true; /* nor anything else that could be mended */
    if (!is_text(json_member(chunk, "id")) || (json_is_set(created) && !created->is_integer))
        return false;
    for (const struct json *c = choices ? choices->children : NULL; c; c = c->next)
        if (!is_proper_choice(decoder, c))
            return false;
    return true;
}
