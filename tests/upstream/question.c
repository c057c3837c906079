/* Reads chat requests, for the model server's answers and its own token counts. */
#include "question.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define SCRIPT_MARK "script:"

/* A message's content: a string, or parts of which the texts count. */
static void add_content(yajl_val content, struct buffer *out)
{
    if (YAJL_IS_STRING(content))
        buffer_addf(out, "%s", YAJL_GET_STRING(content));
    yajl_val part;
    for (size_t i = 0; (part = json_item(content, i)); i++) {
        const char *text = json_string(part, "text");
        if (text)
            buffer_addf(out, "%s", text);
    }
}

static void read_messages(yajl_val messages, struct question *out)
{
    struct buffer text = { 0 };
    yajl_val message;
    for (size_t i = 0; (message = json_item(messages, i)); i++) {
        const char *role = json_string(message, "role");
        buffer_clear(&text);
        buffer_add(&text, "", 0);
        add_content(json_member(message, "content"), &text);
        out->prompt_tokens += 1 + (long long)(text.len + 3) / 4;
        if (role && strcmp(role, "user") == 0) {
            free(out->text);
            out->text = copy_text(text.at);
        }
    }
    buffer_free(&text);
}

static void read_script(const char *text, struct script *script)
{
    const char *mark = text ? strstr(text, SCRIPT_MARK "{") : NULL;
    if (!mark)
        return;
    const char *json = mark + strlen(SCRIPT_MARK);
    const char *end = strrchr(json, '}');
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

void question_read(const char *body, struct question *out, struct script *script)
{
    *out = (struct question){ .max_tokens = -1 };
    char problem[128];
    yajl_val tree = yajl_tree_parse(body, problem, sizeof problem);
    out->well_formed = YAJL_IS_OBJECT(tree) && YAJL_IS_ARRAY(json_member(tree, "messages"));
    out->model = copy_text(json_string(tree, "model"));
    out->stream = json_bool(tree, "stream");
    out->include_usage = json_bool(json_member(tree, "stream_options"), "include_usage");
    out->max_tokens =
        json_number(tree, "max_completion_tokens", json_number(tree, "max_tokens", -1));
    read_messages(json_member(tree, "messages"), out);
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
