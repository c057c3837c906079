/* Chunks of a chat as the items of a response, each with its events as they come. One chunk may add
 * to reasoning, words, refusal and calls; an item is closed when another of another kind begins,
 * calls only at the end: providers may tell several at once. */
#include "responses_door.h"

#include "base/codec.h"

#define ITEM_MAX_BYTES (16 << 20)
#define NAME_MAX_BYTES 1024

static void fold_end(void *thing)
{
    struct fold *fold = thing;
    for (struct item *item = fold->first; item; item = item->next) {
        text_free(&item->text);
        text_free(&item->refusal);
        text_free(&item->logprobs);
        text_free(&item->call_id);
    }
    for (size_t i = 0; fold->calls && i < CALLS_MAX; i++) {
        text_free(&fold->calls[i].id);
        text_free(&fold->calls[i].name);
        text_free(&fold->calls[i].arguments);
    }
    arena_free(&fold->scratch);
}

struct fold *responses_fold(struct voice *voice)
{
    if (!voice->state) {
        struct fold *fold = arena_new_of(voice->arena, struct fold);
        fold->scratch = arena_new(256 << 20);
        arena_defer(voice->arena, fold_end, fold);
        voice->state = fold;
    }
    return voice->state;
}

/* ---- items ---- */

static struct item *item_new(struct voice *voice, enum item_kind kind)
{
    struct fold *fold = responses_fold(voice);
    struct item *item = arena_new_of(voice->arena, struct item);
    *item = (struct item){ .kind = kind,
                           .index = fold->count++,
                           .text = text_make(ITEM_MAX_BYTES),
                           .refusal = text_make(ITEM_MAX_BYTES),
                           .logprobs = text_make(ITEM_MAX_BYTES),
                           .text_at = -1,
                           .refusal_at = -1,
                           .call_id = text_make(NAME_MAX_BYTES) };
    *(fold->last ? &fold->last->next : &fold->first) = item;
    fold->last = item;
    return item;
}

/* ---- reasoning ---- */

/* The item that goes on, or a new one of its kind. */
static struct item *item_of(struct voice *voice, enum item_kind kind)
{
    struct fold *fold = responses_fold(voice);
    if (fold->last && fold->last->kind == kind && !fold->last->is_done)
        return fold->last;
    if (fold->last && fold->last->kind != ITEM_CALL && !fold->last->is_done)
        responses_close_item(voice, fold->last);
    struct item *item = item_new(voice, kind);
    responses_tell_item(voice, "response.output_item.added", item);
    return item;
}

static void hear_reasoning(struct voice *voice, struct str delta)
{
    if (!delta.len)
        return;
    struct item *item = item_of(voice, ITEM_REASONING);
    if (!item->text.len)
        responses_tell_summary(voice, "response.reasoning_summary_part.added", item);
    text_add(&item->text, delta);
    responses_tell_text(voice, "response.reasoning_summary_text.delta", item, "summary_index", 0,
                        "delta", delta);
}

/* ---- words ---- */

static void open_part(struct voice *voice, struct item *item, int *at)
{
    if (*at >= 0)
        return;
    *at = item->parts++;
    responses_tell_part(voice, "response.content_part.added", item, *at);
}

static void hear_refusal(struct voice *voice, struct str delta)
{
    if (!delta.len)
        return;
    struct item *item = item_of(voice, ITEM_MESSAGE);
    open_part(voice, item, &item->refusal_at);
    text_add(&item->refusal, delta);
    responses_tell_text(voice, "response.refusal.delta", item, "content_index", item->refusal_at,
                        "delta", delta);
}

/* The elements of an array without its brackets. */
static struct str inside(const struct json *list)
{
    if (!list || list->type != JSON_ARRAY || !list->count)
        return (struct str){ "", 0 };
    return (struct str){ list->raw.at + 1, list->raw.len - 2 };
}

static void hear_text(struct voice *voice, struct str delta, const struct json *logprobs)
{
    struct fold *fold = responses_fold(voice);
    struct str told = inside(json_member(logprobs, "content"));
    if (!delta.len)
        return;
    struct item *item = item_of(voice, ITEM_MESSAGE);
    open_part(voice, item, &item->text_at);
    text_add(&item->text, delta);
    if (told.len && item->logprobs.len)
        text_add_c(&item->logprobs, ",");
    text_add(&item->logprobs, told);
    struct json_writer *w =
        responses_about(voice, "response.output_text.delta", item, "content_index", item->text_at);
    json_text_member(w, "delta", delta);
    json_raw_member(w, "logprobs", str_of(arena_printf(fold->scratch, "[%.*s]", STR_ARGS(told))));
    responses_event_end(voice, w);
}

/* ---- calls ---- */

static struct calling *calling_of(struct voice *voice, int64_t index)
{
    struct fold *fold = responses_fold(voice);
    if (index < 0 || index >= CALLS_MAX)
        return NULL;
    if (!fold->calls) {
        fold->calls = arena_array_of(voice->arena, struct calling, CALLS_MAX);
        for (size_t i = 0; i < CALLS_MAX; i++)
            fold->calls[i] = (struct calling){ .id = text_make(NAME_MAX_BYTES),
                                               .name = text_make(NAME_MAX_BYTES),
                                               .arguments = text_make(ITEM_MAX_BYTES) };
    }
    return &fold->calls[index];
}

static void keep_first(struct text *text, struct str said)
{
    if (!text->len)
        text_add(text, said);
}

static void open_call(struct voice *voice, struct calling *call, int64_t index)
{
    struct fold *fold = voice->state;
    if (fold->last && fold->last->kind != ITEM_CALL && !fold->last->is_done)
        responses_close_item(voice, fold->last);
    call->item = item_new(voice, ITEM_CALL);
    call->item->tool =
        responses_tool_of(voice->asked, arena_copy(voice->arena, text_str(&call->name)));
    if (call->id.len)
        text_add(&call->item->call_id, text_str(&call->id));
    else
        text_addf(&call->item->call_id, "call_%lld", (long long)index);
    responses_tell_item(voice, "response.output_item.added", call->item);
}

static void add_arguments(struct voice *voice, struct item *item, struct str delta)
{
    text_add(&item->text, delta);
    if (delta.len && !item->tool.is_custom)
        responses_tell_text(voice, "response.function_call_arguments.delta", item, NULL, 0, "delta",
                            delta);
}

/* Some servers tell the name late; what came before it is told with it. */
static void hear_call(struct voice *voice, const struct json *said, int64_t position)
{
    const struct json *function = json_member(said, "function");
    const struct json *arguments = json_member(function, "arguments");
    int64_t index = json_integer(json_member(said, "index"), position);
    struct calling *call = calling_of(voice, index);
    struct str delta = json_text(arguments);
    if (!call)
        return;
    if (json_is_set(arguments) && !delta.at) /* an object where text should be */
        delta = arguments->raw;
    keep_first(&call->id, json_text(json_member(said, "id")));
    keep_first(&call->name, json_text(json_member(function, "name")));
    if (call->item) {
        add_arguments(voice, call->item, delta);
        return;
    }
    text_add(&call->arguments, delta);
    if (!call->name.len)
        return;
    open_call(voice, call, index);
    add_arguments(voice, call->item, text_str(&call->arguments));
    text_free(&call->arguments);
}

/* ---- a choice ---- */

static void hear_finish(struct fold *fold, struct str reason)
{
    if (str_is(reason, "length"))
        fold->why_short = "max_output_tokens";
    if (str_is(reason, "content_filter"))
        fold->why_short = "content_filter";
    fold->is_short = fold->why_short != NULL;
}

void responses_hear(struct voice *voice, const struct json *choice)
{
    const struct json *said = json_member(choice, "delta");
    int64_t position = 0;
    if (!said)
        said = json_member(choice, "message");
    struct str reasoning = json_text(json_member(said, "reasoning_content"));
    hear_reasoning(voice, reasoning.at ? reasoning : json_text(json_member(said, "reasoning")));
    hear_text(voice, json_text(json_member(said, "content")), json_member(choice, "logprobs"));
    hear_refusal(voice, json_text(json_member(said, "refusal")));
    const struct json *calls = json_member(said, "tool_calls");
    bool is_list = calls && calls->type == JSON_ARRAY;
    for (const struct json *call = is_list ? calls->children : NULL; call; call = call->next)
        hear_call(voice, call, position++);
    hear_finish(responses_fold(voice), json_text(json_member(choice, "finish_reason")));
}

void responses_close(struct voice *voice)
{
    for (struct item *item = responses_fold(voice)->first; item; item = item->next)
        if (!item->is_done)
            responses_close_item(voice, item);
}
