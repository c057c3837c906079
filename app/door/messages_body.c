/* Anthropic's Messages, answered whole. */
#include "messages.h"

#include "voice.h"

const char *stop_reason(struct str finish, bool has_calls, bool refused, bool by_stop_text)
{
    if (str_is(finish, "length"))
        return "max_tokens";
    if (str_is(finish, "content_filter") || refused)
        return "refusal";
    if (has_calls) /* some servers say stop */
        return "tool_use";
    return by_stop_text ? "stop_sequence" : "end_turn";
}

const char *message_name(struct voice *voice)
{
    const char *mark = strchr(voice->turn, '_');
    return arena_printf(voice->arena, "msg_%s", mark ? mark + 1 : voice->turn);
}

void messages_put_usage(struct json_writer *w, const struct reckoning *reckoning,
                        int64_t cache_written)
{
    int64_t written = cache_written > 0 ? cache_written : 0;
    int64_t fresh = reckoning->tokens_in - reckoning->tokens_cached - written;
    json_key(w, "usage");
    json_object_open(w);
    json_integer_member(w, "input_tokens", fresh > 0 ? fresh : 0);
    json_integer_member(w, "cache_creation_input_tokens", written);
    json_integer_member(w, "cache_read_input_tokens", reckoning->tokens_cached);
    json_integer_member(w, "output_tokens", reckoning->tokens_out);
    json_key(w, "output_tokens_details");
    json_object_open(w);
    json_integer_member(w, "thinking_tokens", reckoning->tokens_reasoning);
    json_object_close(w);
    json_object_close(w);
}

static void put_words(struct json_writer *w, const char *type, const struct json *words)
{
    if (!words)
        return;
    bool thinks = strcmp(type, "thinking") == 0;
    json_object_open(w);
    json_c_member(w, "type", type);
    json_raw_member(w, type, words->raw);
    if (thinks)
        json_c_member(w, "signature", "");
    json_object_close(w);
}

static void put_call(struct voice *voice, struct json_writer *w, const struct json *call,
                     int64_t number)
{
    json_object_open(w);
    json_c_member(w, "type", "tool_use");
    json_text_member(w, "id", call_id(voice->arena, call, voice->turn, number));
    json_text_member(w, "name", call_name(call));
    json_raw_member(w, "input", call_input(voice->arena, call_arguments(call)));
    json_object_close(w);
}

static void put_content(struct voice *voice, struct json_writer *w, const struct heard *heard)
{
    int64_t number = 0;
    json_key(w, "content");
    json_array_open(w);
    put_words(w, "thinking", heard->reasoning);
    put_words(w, "text", heard->content);
    put_words(w, "text", heard->refusal);
    for (const struct json *call = heard->calls; call; call = call->next)
        put_call(voice, w, call, number++);
    json_array_close(w);
}

struct said messages_body(struct voice *voice, struct str completion)
{
    struct heard heard = heard_of(voice->arena, completion);
    bool by_stop_text = heard.stopped_by.len != 0;
    voice_begin(voice);
    struct json_writer *w = json_writer_new(voice->arena, &voice->out);
    json_object_open(w);
    json_c_member(w, "id", message_name(voice));
    json_c_member(w, "type", "message");
    json_c_member(w, "role", "assistant");
    json_c_member(w, "model", voice->model);
    put_content(voice, w, &heard);
    json_c_member(w, "stop_reason",
                  stop_reason(heard.finish, heard.calls, heard.refusal, by_stop_text));
    json_text_member(w, "stop_sequence", by_stop_text ? heard.stopped_by : (struct str){ 0 });
    messages_put_usage(w, &voice->reckoning, heard.cache_written);
    json_object_close(w);
    return voice_said(voice);
}
