/* Puts an answer together, for who stores it: the relay while it comes, recovery from the spool. */
#include "chat/spoken.h"

#include "json/write.h"

#define PARTS_MAX_BYTES (15 << 20) /* of a column that takes 16 MiB */
#define NAME_MAX_BYTES  1024

struct spoken spoken_make(size_t max_bytes)
{
    return (struct spoken){ .content = text_make(max_bytes), .refusal = text_make(max_bytes) };
}

void spoken_free(struct spoken *spoken)
{
    text_free(&spoken->content);
    text_free(&spoken->refusal);
    for (size_t i = 0; i < spoken->call_count; i++) {
        text_free(&spoken->calls[i].id);
        text_free(&spoken->calls[i].name);
        text_free(&spoken->calls[i].arguments);
    }
    spoken->call_count = 0;
}

/* The call of an index; those before it may not have been named yet. NULL: beyond the maximum. */
static struct spoken_call *call_at(struct spoken *spoken, int64_t index, struct arena *arena)
{
    if (index < 0 || index >= SPOKEN_CALLS_MAX)
        return NULL;
    if (!spoken->calls)
        spoken->calls = arena_array_of(arena, struct spoken_call, SPOKEN_CALLS_MAX);
    for (; spoken->call_count <= (size_t)index; spoken->call_count++)
        spoken->calls[spoken->call_count] =
            (struct spoken_call){ text_make(NAME_MAX_BYTES), text_make(NAME_MAX_BYTES),
                                  text_make(spoken->content.max) };
    return &spoken->calls[index];
}

/* Servers repeat ids and names, and a few send them empty: the first that says something counts. */
static void keep_first(struct text *text, struct str said)
{
    if (!text->len)
        text_add(text, said);
}

static void take_call(struct spoken *spoken, const struct json *said, int64_t position,
                      struct arena *arena)
{
    const struct json *function = json_member(said, "function");
    const struct json *arguments = json_member(function, "arguments");
    struct spoken_call *call =
        call_at(spoken, json_integer(json_member(said, "index"), position), arena);
    if (!call)
        return;
    keep_first(&call->id, json_text(json_member(said, "id")));
    keep_first(&call->name, json_text(json_member(function, "name")));
    if (json_is_set(arguments)) /* a few send the object itself */
        text_add(&call->arguments,
                 arguments->type == JSON_STRING ? arguments->text : arguments->raw);
}

/* Of a chunk (delta) or a whole answer (message). */
static void take_choice(struct spoken *spoken, const struct json *choice, struct arena *arena)
{
    const struct json *message = json_member(choice, "delta");
    int64_t position = 0;
    if (!message)
        message = json_member(choice, "message");
    text_add(&spoken->refusal, json_text(json_member(message, "refusal")));
    const struct json *calls = json_member(message, "tool_calls");
    bool is_list = calls && calls->type == JSON_ARRAY;
    for (const struct json *call = is_list ? calls->children : NULL; call; call = call->next)
        take_call(spoken, call, position++, arena);
}

static void take_chunk(struct spoken *spoken, struct str chunk, struct arena *arena,
                       struct arena *scratch)
{
    static const struct json_limits limits = { .depth = 1000, .lenient = true };
    struct json *root;
    struct error ignored;
    if (!chunk.at || json_parse(scratch, chunk, &limits, &root, &ignored) < 0)
        return;
    const struct json *choices = json_member(root, "choices");
    bool is_list = choices && choices->type == JSON_ARRAY;
    for (const struct json *choice = is_list ? choices->children : NULL; choice;
         choice = choice->next)
        if (json_integer(json_member(choice, "index"), choice != choices->children) == 0)
            take_choice(spoken, choice, arena);
}

void spoken_take(struct spoken *spoken, const struct decoded *decoded, struct arena *arena,
                 struct arena *scratch)
{
    text_add(&spoken->content, decoded->content);
    if (decoded->finish != FINISH_NONE)
        spoken->finish = decoded->finish;
    if (!decoded->has_tool_calls && !decoded->has_refusal)
        return; /* most say nothing but text */
    take_chunk(spoken, decoded->chunk, arena, scratch);
    for (const struct decoded_chunk *c = decoded->more; c; c = c->next)
        take_chunk(spoken, c->json, arena, scratch);
}

static bool is_whole(const struct spoken_call *call)
{
    static const struct json_limits limits = { .depth = 1000, .lenient = true };
    struct arena *arena = arena_new(64 << 20);
    struct json *root;
    struct error ignored;
    bool is_json = !call->arguments.len ||
                   json_parse(arena, text_str(&call->arguments), &limits, &root, &ignored) == 0;
    arena_free(&arena);
    return is_json && call->name.len;
}

static void put_call(struct json_writer *w, const struct spoken_call *call, size_t index)
{
    char made[32];
    snprintf(made, sizeof made, "call_%zu", index);
    json_object_open(w);
    json_text_member(w, "id", call->id.len ? text_str(&call->id) : str_of(made));
    json_c_member(w, "type", "function");
    json_key(w, "function");
    json_object_open(w);
    json_text_member(w, "name", text_str(&call->name));
    json_text_member(w, "arguments", call->arguments.len ? text_str(&call->arguments) : STR("{}"));
    json_object_close(w);
    json_object_close(w);
}

static bool put_calls(struct json_writer *w, const struct spoken *spoken)
{
    bool any = false;
    for (size_t i = 0; i < spoken->call_count; i++) {
        if (!is_whole(&spoken->calls[i]))
            continue;
        if (!any) {
            json_key(w, "tool_calls");
            json_array_open(w);
        }
        any = true;
        put_call(w, &spoken->calls[i], i);
    }
    if (any)
        json_array_close(w);
    return any;
}

struct str spoken_parts(struct spoken *spoken, struct arena *arena)
{
    if (spoken->parts.at || (!spoken->call_count && !spoken->refusal.len))
        return spoken->parts;
    struct text json = text_make(PARTS_MAX_BYTES);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    json_c_member(w, "role", "assistant");
    json_text_member(w, "content",
                     spoken->content.len ? text_str(&spoken->content) : (struct str){ 0 });
    if (spoken->refusal.len)
        json_text_member(w, "refusal", text_str(&spoken->refusal));
    bool is_more = put_calls(w, spoken) || spoken->refusal.len;
    json_object_close(w);
    if (is_more && !json.over)
        spoken->parts = arena_copy(arena, text_str(&json));
    text_free(&json);
    return spoken->parts;
}

struct str spoken_cut(const struct spoken *spoken)
{
    if (spoken->finish == FINISH_LENGTH)
        return STR("length");
    return spoken->finish == FINISH_CONTENT_FILTER ? STR("content_filter") : STR("");
}
