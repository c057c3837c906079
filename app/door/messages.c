/* Anthropic's Messages as a door: its errors, and what else is neither asked nor answered. */
#include "messages.h"

#include "voice.h"

static const char *type_of(int status)
{
    static const struct {
        int status;
        const char *type;
    } types[] = { { 401, "authentication_error" }, { 403, "permission_error" },
                  { 404, "not_found_error" },      { 413, "request_too_large" },
                  { 429, "rate_limit_error" },     { 503, "overloaded_error" },
                  { 504, "timeout_error" } };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].status == status)
            return types[i].type;
    return status < 500 ? "invalid_request_error" : "api_error";
}

/* The SDK reads our code from details. */
static void messages_problem(struct json_writer *w, const struct problem *problem)
{
    json_object_open(w);
    json_c_member(w, "type", "error");
    json_key(w, "error");
    json_object_open(w);
    json_c_member(w, "type", type_of(problem->status));
    json_c_member(w, "message", problem->message);
    json_key(w, "details");
    json_object_open(w);
    json_c_member(w, "error_code", problem->code);
    json_c_member(w, "param", problem->param);
    json_object_close(w);
    json_object_close(w);
    json_c_member(w, "request_id", problem->request_id);
    json_object_close(w);
}

static struct said messages_broken(struct voice *voice, const struct problem *problem)
{
    voice_begin(voice);
    text_add_c(&voice->out, "event: error\ndata: ");
    messages_problem(json_writer_new(voice->arena, &voice->out), problem);
    text_add_c(&voice->out, "\n\n");
    return voice_said(voice);
}

static struct said messages_ping(struct voice *voice)
{
    (void)voice;
    return (struct said){ { STR("event: ping\ndata: {\"type\":\"ping\"}\n\n") }, 1 };
}

#define SPEAKS_MESSAGES(door_name, translates)                                                     \
    {                                                                                              \
        .name = (door_name), .stream_type = "text/event-stream; charset=utf-8",                    \
        .id_header = "request-id", .tells_usage = true, .to_chat = (translates),                   \
        .open = messages_open, .event = messages_event, .ping = messages_ping,                     \
        .done = messages_done, .broken = messages_broken, .body = messages_body,                   \
        .problem = messages_problem                                                                \
    }

const struct door messages_door = SPEAKS_MESSAGES("messages", messages_to_chat);
const struct door count_tokens_door = SPEAKS_MESSAGES("count_tokens", count_tokens_to_chat);
