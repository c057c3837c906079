/* OpenAI's older text completions: a prompt instead of messages, a text instead of a message. */
#include "translate.h"
#include "voice.h"

#define SCRATCH_MAX_BYTES ((size_t)256 << 20)

/* ---- questions ---- */

/* What a conversation cannot do; what says the usual is let pass. */
static int check_members(const struct json *body, struct error *err)
{
    static const char *const lacking[] = { "suffix", "echo", "logprobs", "best_of" };
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        const struct json *member = json_member(body, lacking[i]);
        struct place place = place_in(NULL, lacking[i]);
        bool is_usual = !json_is_set(member) ||
                        (member->type == JSON_STRING && !member->text.len) ||
                        (member->type == JSON_BOOL && !member->boolean) ||
                        (str_is(member->key, "best_of") && json_integer(member, 0) == 1);
        if (!is_usual)
            return refuse_at(&place, "unsupported_parameter", "is not supported", err);
    }
    return 0;
}

static int prompt_of(const struct json *body, struct str *raw_out, struct error *err)
{
    const struct json *prompt = json_member(body, "prompt");
    struct place place = place_in(NULL, "prompt");
    if (!json_is_set(prompt))
        return refuse_at(&place, "missing_field", "is missing", err);
    if (prompt->type == JSON_ARRAY && prompt->count > 1 && prompt->children->type == JSON_STRING)
        return refuse_at(&place, "unsupported_value", "holds several texts; one is answered", err);
    if (prompt->type == JSON_ARRAY && prompt->count == 1)
        prompt = prompt->children;
    if (prompt->type != JSON_STRING)
        return refuse_type(&place, "a text, or an array with one", err);
    if (!prompt->text.len)
        return refuse_at(&place, "invalid_value", "must not be empty", err);
    *raw_out = prompt->raw;
    return 0;
}

static int text_to_chat(struct arena *arena, const struct json *body, struct str *out,
                        struct error *err)
{
    static const char *const own[] = { "prompt",   "messages", "suffix", "echo",
                                       "logprobs", "best_of",  NULL };
    struct translation t;
    struct str prompt;
    if (check_members(body, err) != 0 || prompt_of(body, &prompt, err) != 0)
        return -1;
    translation_open(&t, arena, body);
    json_key(t.w, "messages");
    json_array_open(t.w);
    json_object_open(t.w);
    json_c_member(t.w, "role", "user");
    json_raw_member(t.w, "content", prompt);
    json_object_close(t.w);
    json_array_close(t.w);
    json_put_members(t.w, body, own);
    return translation_close(&t, 0, out, err);
}

/* ---- answers ---- */

static void scratch_end(void *thing)
{
    struct arena *scratch = thing;
    arena_free(&scratch);
}

/* Memory for one chunk at a time. */
static struct arena *scratch_of(struct voice *voice)
{
    if (!voice->state) {
        voice->state = arena_new(SCRATCH_MAX_BYTES);
        arena_defer(voice->arena, scratch_end, voice->state);
    }
    arena_reset(voice->state);
    return voice->state;
}

static const struct json *choices_of(const struct json *root)
{
    const struct json *choices = json_member(root, "choices");
    return choices && choices->type == JSON_ARRAY ? choices->children : NULL;
}

static struct str text_of(const struct json *choice)
{
    const struct json *delta = json_member(choice, "delta");
    const struct json *message = delta ? delta : json_member(choice, "message");
    struct str content = json_text(json_member(message, "content"));
    return content.len ? content : json_text(json_member(message, "refusal"));
}

/* Of a chunk: not the role alone, and not thoughts. */
static bool says_anything(const struct json *root)
{
    const struct json *usage = json_member(root, "usage");
    for (const struct json *choice = choices_of(root); choice; choice = choice->next)
        if (text_of(choice).len || json_is_set(json_member(choice, "finish_reason")))
            return true;
    return usage && usage->type == JSON_OBJECT;
}

static void write_choice(struct json_writer *w, const struct json *choice, int64_t position)
{
    struct str text = text_of(choice);
    json_object_open(w);
    json_text_member(w, "text", text.at ? text : STR(""));
    json_integer_member(w, "index", json_integer(json_member(choice, "index"), position));
    json_c_member(w, "logprobs", NULL);
    json_text_member(w, "finish_reason", json_text(json_member(choice, "finish_reason")));
    json_object_close(w);
}

static void write_completion(struct voice *voice, struct json_writer *w, const struct json *root)
{
    const struct json *usage = json_member(root, "usage");
    struct str model = json_text(json_member(root, "model"));
    int64_t position = 0;
    json_object_open(w);
    json_c_member(w, "id", voice->turn);
    json_c_member(w, "object", "text_completion");
    json_integer_member(w, "created", voice->created);
    json_text_member(w, "model", model.len ? model : str_of(voice->model ? voice->model : ""));
    json_key(w, "choices");
    json_array_open(w);
    for (const struct json *choice = choices_of(root); choice; choice = choice->next)
        write_choice(w, choice, position++);
    json_array_close(w);
    if (usage && usage->type == JSON_OBJECT)
        json_raw_member(w, "usage", usage->raw);
    json_object_close(w);
}

/* before, after: what stands around it. False: it could not be read, or says nothing. */
static bool retell(struct voice *voice, struct str answer, const char *before, const char *after)
{
    static const struct json_limits limits = { .depth = 1000, .lenient = true };
    struct arena *scratch = scratch_of(voice);
    struct json *root;
    struct error ignored;
    if (json_parse(scratch, answer, &limits, &root, &ignored) != 0 || !says_anything(root))
        return false;
    voice_begin(voice);
    text_add_c(&voice->out, before);
    write_completion(voice, json_writer_new(scratch, &voice->out), root);
    text_add_c(&voice->out, after);
    return true;
}

static struct said text_event(struct voice *voice, uint64_t id, struct str chunk)
{
    (void)id;
    return retell(voice, chunk, "data: ", "\n\n") ? voice_said(voice) : voice_silent(voice);
}

static struct said text_body(struct voice *voice, struct str completion)
{
    return retell(voice, completion, "", "") ? voice_said(voice) : voice_silent(voice);
}

const struct door text_completions_door = {
    .name = "text_completions",
    .stream_type = "text/event-stream; charset=utf-8",
    .to_chat = text_to_chat,
    .open = voice_silent,
    .event = text_event,
    .ping = openai_ping,
    .done = openai_done,
    .broken = openai_broken,
    .body = text_body,
    .problem = openai_problem,
};
