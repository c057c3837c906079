/* Reads questions, for the model server's answers and its own token counts. */
#include "question.h"

#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_MARK "script:"

/* The value at a path like "options.num_predict". */
static yajl_val find(yajl_val tree, const char *path)
{
    char name[64];
    while (path) {
        const char *dot = strchr(path, '.');
        snprintf(name, sizeof name, "%.*s", dot ? (int)(dot - path) : (int)strlen(path), path);
        tree = json_member(tree, name);
        path = dot ? dot + 1 : NULL;
    }
    return tree;
}

/* A string, or parts of which the texts count, or an object that holds either. */
static void add_content(yajl_val content, const char *inside, struct buffer *out)
{
    if (YAJL_IS_OBJECT(content) && inside)
        content = json_member(content, inside);
    if (YAJL_IS_STRING(content))
        buffer_addf(out, "%s", YAJL_GET_STRING(content));
    yajl_val part;
    for (size_t i = 0; (part = json_item(content, i)); i++) {
        const char *text = json_string(part, "text");
        if (text)
            buffer_addf(out, "%s", text);
    }
}

/* OpenAI and Ollama have a role for it, Responses a type, Anthropic and Gemini a kind of part. */
static bool is_tool_result(yajl_val message, yajl_val content)
{
    const char *role = json_string(message, "role"), *type = json_string(message, "type");
    if ((role && strcmp(role, "tool") == 0) || (type && strcmp(type, "function_call_output") == 0))
        return true;
    yajl_val part;
    for (size_t i = 0; (part = json_item(content, i)); i++) {
        type = json_string(part, "type");
        if ((type && strcmp(type, "tool_result") == 0) || json_member(part, "functionResponse"))
            return true;
    }
    return false;
}

static void count(const struct buffer *text, struct question *out)
{
    out->prompt_tokens += 1 + (long long)(text->len + 3) / 4;
}

static void read_message(yajl_val message, const char *inside, struct buffer *text,
                         struct question *out)
{
    const char *role = json_string(message, "role");
    yajl_val content = YAJL_IS_STRING(message) ? message : json_member(message, inside);
    buffer_clear(text);
    buffer_add(text, "", 0);
    add_content(content, NULL, text);
    count(text, out);
    out->answers_calls = is_tool_result(message, content);
    if (out->answers_calls || !(YAJL_IS_STRING(message) || (role && strcmp(role, "user") == 0)))
        return;
    free(out->text);
    out->text = copy_text(text->at);
}

static void read_messages(const struct asking *asking, yajl_val tree, struct question *out)
{
    struct buffer text = { 0 };
    yajl_val messages = json_member(tree, asking->messages), message;
    yajl_val system = asking->system ? json_member(tree, asking->system) : NULL;
    if (system) {
        add_content(system, asking->content, &text);
        count(&text, out);
    }
    if (YAJL_IS_STRING(messages))
        read_message(messages, NULL, &text, out);
    for (size_t i = 0; (message = json_item(messages, i)); i++)
        read_message(message, asking->content, &text, out);
    buffer_free(&text);
}

/* The last one: in a whole conversation as one text it is the newest. */
static const char *find_script(const char *text)
{
    const char *found = NULL;
    for (const char *at = text; at && (at = strstr(at, SCRIPT_MARK "{")); at++)
        found = at + strlen(SCRIPT_MARK);
    return found;
}

static void read_script(const char *text, struct script *script)
{
    const char *json = find_script(text);
    const char *end = json ? strrchr(json, '}') : NULL;
    if (!end)
        return;
    char *object = must(strndup(json, (size_t)(end - json) + 1));
    char problem[128];
    yajl_val tree = yajl_tree_parse(object, problem, sizeof problem);
    if (tree)
        script_read(tree, script);
    yajl_tree_free(tree);
    free(object);
}

/* A model in the address: …/models/NAME:…, …/deployments/NAME/… */
static char *model_in(const char *path)
{
    static const char *const marks[] = { "/models/", "/deployments/" };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(path, marks[i]);
        if (at) {
            at += strlen(marks[i]);
            return must(strndup(at, strcspn(at, i ? "/" : ":")));
        }
    }
    return NULL;
}

static void read_limit(const struct asking *asking, yajl_val tree, struct question *out)
{
    for (size_t i = 0; i < sizeof asking->limits / sizeof *asking->limits; i++) {
        yajl_val limit = find(tree, asking->limits[i] ? asking->limits[i] : "");
        if (YAJL_IS_INTEGER(limit) && out->max_tokens < 0)
            out->max_tokens = YAJL_GET_INTEGER(limit);
    }
    if (asking->limit_required && out->max_tokens < 1)
        out->well_formed = false;
}

void question_read(const struct asking *asking, const char *path, const char *body,
                   struct question *out, struct script *script)
{
    *out = (struct question){ .max_tokens = -1 };
    char problem[128];
    yajl_val tree = yajl_tree_parse(body, problem, sizeof problem);
    yajl_val messages = json_member(tree, asking->messages);
    out->well_formed = YAJL_IS_ARRAY(messages) || (YAJL_IS_STRING(messages) && !asking->system);
    out->model = copy_text(json_string(tree, "model"));
    if (!out->model)
        out->model = model_in(path);
    yajl_val stream = json_member(tree, "stream");
    out->stream = stream ? YAJL_IS_TRUE(stream) : asking->streams;
    out->include_usage = json_bool(json_member(tree, "stream_options"), "include_usage");
    read_limit(asking, tree, out);
    read_messages(asking, tree, out);
    read_script(out->model, script);
    read_script(out->text, script);
    yajl_tree_free(tree);
}

void question_free(struct question *question)
{
    free(question->model);
    free(question->text);
    *question = (struct question){ 0 };
}
