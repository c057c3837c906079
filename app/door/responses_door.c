/* OpenAI's Responses: each event by its name and number, the last one of them with the whole. */
#include "responses_door.h"

#include "door/responses.h"

struct json_writer *responses_event(struct voice *voice, const char *type)
{
    struct fold *fold = responses_fold(voice);
    fold->from = voice->out.len;
    text_addf(&voice->out, "event: %s\ndata: ", type);
    struct json_writer *w = json_writer_new(fold->scratch, &voice->out);
    json_object_open(w);
    json_c_member(w, "type", type);
    json_integer_member(w, "sequence_number", fold->number);
    return w;
}

void responses_event_end(struct voice *voice, struct json_writer *w)
{
    struct fold *fold = voice->state;
    json_object_close(w);
    text_add_c(&voice->out, "\n\n");
    if (fold->number++ <= voice->heard)
        text_cut(&voice->out, fold->from);
}

static void tell_object(struct voice *voice, const char *type, enum response_status status,
                        const struct problem *problem)
{
    struct json_writer *w = responses_event(voice, type);
    json_key(w, "response");
    responses_put_object(w, voice, status, problem);
    responses_event_end(voice, w);
}

static struct said said_since(struct voice *voice)
{
    arena_reset(responses_fold(voice)->scratch);
    return voice_said(voice);
}

static struct said responses_open(struct voice *voice)
{
    voice_begin(voice);
    tell_object(voice, "response.created", IN_PROGRESS, NULL);
    tell_object(voice, "response.in_progress", IN_PROGRESS, NULL);
    return said_since(voice);
}

/* Of the first choice: a response has no others. */
static void hear(struct voice *voice, struct str chunk)
{
    static const struct json_limits limits = { .depth = 1000, .lenient = true };
    struct json *root;
    struct error ignored;
    if (json_parse(responses_fold(voice)->scratch, chunk, &limits, &root, &ignored) == 0)
        responses_hear(voice, json_at(json_member(root, "choices"), 0));
}

static struct said responses_event_of(struct voice *voice, uint64_t id, struct str chunk)
{
    (void)id;
    voice_begin(voice);
    hear(voice, chunk);
    return said_since(voice);
}

static struct said responses_done(struct voice *voice)
{
    voice_begin(voice);
    responses_close(voice);
    bool is_short = responses_fold(voice)->is_short;
    tell_object(voice, is_short ? "response.incomplete" : "response.completed",
                is_short ? INCOMPLETE : COMPLETED, NULL);
    return said_since(voice);
}

/* The one event for all that is not well; a response that was cancelled says so. */
static struct said responses_broken(struct voice *voice, const struct problem *problem)
{
    voice_begin(voice);
    responses_fold(voice)->is_broken = true;
    tell_object(voice, "response.failed", responses_ended_as(voice, problem), problem);
    return said_since(voice);
}

/* The events of a whole answer are told to nobody. */
static struct said responses_body(struct voice *voice, struct str completion)
{
    voice->heard = INT64_MAX;
    hear(voice, completion);
    return responses_object(voice, true, NULL);
}

/* The inside calls things by their names in a chat's body. */
static const char *place_here(const char *param)
{
    static const char *const names[][2] = { { "messages", "input" },
                                            { "max_completion_tokens", "max_output_tokens" },
                                            { "max_tokens", "max_output_tokens" },
                                            { "reasoning_effort", "reasoning.effort" },
                                            { "response_format", "text.format" },
                                            { "verbosity", "text.verbosity" },
                                            { "logprobs", "top_logprobs" } };
    for (size_t i = 0; param && i < sizeof names / sizeof *names; i++)
        if (str_starts(str_of(param), names[i][0]))
            return names[i][1];
    return param;
}

static void responses_problem(struct json_writer *w, const struct problem *problem)
{
    struct problem here = *problem;
    here.param = place_here(problem->param);
    openai_problem(w, &here);
}

const struct door responses_door = {
    .name = "responses",
    .stream_type = "text/event-stream; charset=utf-8",
    .tells_usage = true,
    .hears_bodies = true,
    .to_chat = responses_to_chat,
    .open = responses_open,
    .event = responses_event_of,
    .ping = openai_ping,
    .done = responses_done,
    .broken = responses_broken,
    .body = responses_body,
    .problem = responses_problem,
};
