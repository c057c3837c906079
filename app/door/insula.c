/* Our own door: OpenAI's chunks with a number each, so that a stream can be resumed behind any, and
 * where the turn is kept. */
#include "voice.h"

static struct said insula_open(struct voice *voice)
{
    if (!voice->place.len)
        return voice_silent(voice);
    return (struct said){ { STR("event: conversation\ndata: "), voice->place, STR("\n\n") }, 3 };
}

static struct said insula_event(struct voice *voice, uint64_t id, struct str chunk)
{
    voice_begin(voice);
    text_addf(&voice->out, "id: %llu\n", (unsigned long long)id);
    return (struct said){ { text_str(&voice->out), STR("data: "), chunk, STR("\n\n") }, 4 };
}

/* The provider's object; its first member is where it was kept. */
static struct said insula_body(struct voice *voice, struct str completion)
{
    if (!voice->place.len || !completion.len || completion.at[0] != '{')
        return (struct said){ { completion }, 1 };
    struct str rest = { completion.at + 1, completion.len - 1 };
    return (struct said){ { STR("{\"conversation\":"), voice->place, STR(","), rest }, 4 };
}

const struct door insula_door = {
    .name = "insula",
    .stream_type = "text/event-stream; charset=utf-8",
    .tells_usage = true,
    .open = insula_open,
    .event = insula_event,
    .ping = openai_ping,
    .done = openai_done,
    .broken = openai_broken,
    .body = insula_body,
    .problem = openai_problem,
};
