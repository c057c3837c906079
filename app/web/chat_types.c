/* The types of what a chat completion's body may say: a wrong one is refused here, by its name,
 * whichever provider would be asked. Of members that are not known here nothing is wanted. */
#include "turn_start.h"

#define IS(type) (1u << JSON_##type)

static const struct {
    const char *name, *wanted;
    unsigned types;
} members[] = {
    { "tools", "an array", IS(ARRAY) },
    { "tool_choice", "a string or an object", IS(STRING) | IS(OBJECT) },
    { "parallel_tool_calls", "true or false", IS(BOOL) },
    { "functions", "an array", IS(ARRAY) },
    { "function_call", "a string or an object", IS(STRING) | IS(OBJECT) },
    { "response_format", "an object", IS(OBJECT) },
    { "logprobs", "true or false", IS(BOOL) },
    { "top_logprobs", "an integer", IS(NUMBER) },
    { "logit_bias", "an object", IS(OBJECT) },
    { "metadata", "an object", IS(OBJECT) },
    { "modalities", "an array", IS(ARRAY) },
    { "reasoning_effort", "a string", IS(STRING) },
    { "verbosity", "a string", IS(STRING) },
    { "service_tier", "a string", IS(STRING) },
    { "user", "a string", IS(STRING) },
};

static int wrong(const char *name, const char *wanted, struct error *err)
{
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_type", name, "%s must be %s.", name, wanted);
}

/* Each tool is an object with a type; a function has a name. */
static int check_tools(const struct json *tools, struct error *err)
{
    char place[64];
    size_t index = 0;
    for (const struct json *tool = tools ? tools->children : NULL; tool; tool = tool->next) {
        const struct json *function = json_member(tool, "function");
        struct str type = json_text(json_member(tool, "type"));
        snprintf(place, sizeof place, "tools[%zu]", index++);
        if (tool->type != JSON_OBJECT || !type.len)
            return wrong(place, "an object with a type", err);
        if (str_is(type, "function") && !json_text(json_member(function, "name")).len)
            return wrong(place, "a function with a name", err);
    }
    return 0;
}

int chat_types_check(const struct json *body, struct error *err)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct json *member = json_member(body, members[i].name);
        if (json_is_set(member) && !(members[i].types & 1u << member->type))
            return wrong(members[i].name, members[i].wanted, err);
    }
    return check_tools(json_member(body, "tools"), err);
}
