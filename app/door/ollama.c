/* Ollama's own protocol as a door: three addresses that speak alike, and their errors. */
#include "ollama_door.h"

#include "voice.h"

/* The official clients want a string; what stands beside it is ours. */
static void ollama_problem(struct json_writer *w, const struct problem *problem)
{
    json_object_open(w);
    json_c_member(w, "error", problem->message);
    json_c_member(w, "type", problem->type);
    json_c_member(w, "code", problem->code);
    json_c_member(w, "param", problem->param);
    json_c_member(w, "request_id", problem->request_id);
    json_object_close(w);
}

static struct said ollama_broken(struct voice *voice, const struct problem *problem)
{
    voice_begin(voice);
    ollama_problem(json_writer_new(voice->arena, &voice->out), problem);
    text_add_c(&voice->out, "\n");
    return voice_said(voice);
}

#define SPEAKS_OLLAMA(door_name, translates, body_of)                                              \
    {                                                                                              \
        .name = (door_name), .stream_type = "application/x-ndjson", .tells_usage = true,           \
        .to_chat = (translates), .open = voice_silent, .event = ollama_event, .ping = ollama_ping, \
        .done = ollama_done, .broken = ollama_broken, .body = (body_of), .problem = ollama_problem \
    }

const struct door ollama_door = SPEAKS_OLLAMA("ollama", ollama_to_chat, ollama_body);
const struct door generate_door = SPEAKS_OLLAMA("generate", generate_to_chat, ollama_body);
const struct door embed_door = SPEAKS_OLLAMA("embed", embed_to_chat, embed_body);
