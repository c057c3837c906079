/* OpenAI's chat completions: what the inside speaks, byte for byte. */
#include "voice.h"

static struct said chat_event(struct voice *voice, uint64_t id, struct str chunk)
{
    (void)voice;
    (void)id;
    return (struct said){ { STR("data: "), chunk, STR("\n\n") }, 3 };
}

static struct said chat_body(struct voice *voice, struct str completion)
{
    (void)voice;
    return (struct said){ { completion }, 1 };
}

const struct door chat_door = {
    .name = "chat",
    .stream_type = "text/event-stream; charset=utf-8",
    .open = voice_silent,
    .event = chat_event,
    .ping = openai_ping,
    .done = openai_done,
    .broken = openai_broken,
    .body = chat_body,
    .problem = openai_problem,
};
