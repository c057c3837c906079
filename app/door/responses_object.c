/* The response object: what was asked, and what was answered so far. */
#include "responses_door.h"

#include "door/responses.h"

#define SETTINGS_MAX_BYTES (15 << 20)

/* What a response shows of its request, with what holds where nothing was said. */
static const struct {
    const char *name;
    struct str otherwise;
} settings[] = {
    { "instructions", { "null", 4 } },
    { "max_output_tokens", { "null", 4 } },
    { "max_tool_calls", { "null", 4 } },
    { "metadata", { "{}", 2 } },
    { "parallel_tool_calls", { "true", 4 } },
    { "previous_response_id", { "null", 4 } },
    { "prompt_cache_key", { "null", 4 } },
    { "reasoning", { "{\"effort\":null,\"summary\":null}", 30 } },
    { "safety_identifier", { "null", 4 } },
    { "service_tier", { "\"default\"", 9 } },
    { "store", { "true", 4 } },
    { "temperature", { "null", 4 } },
    { "text", { "{\"format\":{\"type\":\"text\"}}", 26 } },
    { "tool_choice", { "\"auto\"", 6 } },
    { "tools", { "[]", 2 } },
    { "top_logprobs", { "0", 1 } },
    { "top_p", { "null", 4 } },
    { "truncation", { "\"disabled\"", 10 } },
    { "user", { "null", 4 } },
};

#define SETTINGS (sizeof settings / sizeof *settings)

/* An event is one line: line ends between a value's tokens become blanks. */
static struct str one_line(struct arena *arena, struct str raw)
{
    if (!memchr(raw.at, '\n', raw.len) && !memchr(raw.at, '\r', raw.len))
        return raw;
    char *copy = arena_alloc(arena, raw.len + 1);
    memcpy(copy, raw.at, raw.len);
    for (size_t i = 0; i < raw.len; i++)
        if (copy[i] == '\n' || copy[i] == '\r')
            copy[i] = ' ';
    return (struct str){ copy, raw.len };
}

struct str responses_settings(struct arena *arena, const struct json *body)
{
    struct text json = text_make(SETTINGS_MAX_BYTES);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct json *member = json_member(body, settings[i].name);
        if (json_is_set(member))
            json_raw_member(w, settings[i].name, member->raw);
    }
    json_object_close(w);
    struct str kept = json.over ? STR("{}") : arena_copy(arena, text_str(&json));
    text_free(&json);
    return kept;
}

static void put_settings(struct json_writer *w, const struct voice *voice, struct arena *arena)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct json *member = json_member(voice->asked, settings[i].name);
        json_raw_member(w, settings[i].name,
                        json_is_set(member) ? one_line(arena, member->raw) : settings[i].otherwise);
    }
}

static void put_error(struct json_writer *w, const struct problem *problem)
{
    json_key(w, "error");
    if (!problem) {
        json_put_null(w);
        return;
    }
    json_object_open(w);
    json_c_member(w, "code", problem->code ? problem->code : problem->type);
    json_c_member(w, "message", problem->message);
    json_object_close(w);
}

static void put_incomplete(struct json_writer *w, const char *reason)
{
    json_key(w, "incomplete_details");
    if (!reason) {
        json_put_null(w);
        return;
    }
    json_object_open(w);
    json_c_member(w, "reason", reason);
    json_object_close(w);
}

static void put_detail(struct json_writer *w, const char *object, const char *name, int64_t tokens)
{
    json_key(w, object);
    json_object_open(w);
    json_integer_member(w, name, tokens);
    if (!strcmp(name, "cached_tokens"))
        json_integer_member(w, "cache_write_tokens", 0);
    json_object_close(w);
}

/* What it came to is known of what has come to its end. */
static void put_usage(struct json_writer *w, enum response_status status,
                      const struct reckoning *came_to)
{
    json_key(w, "usage");
    if (status != COMPLETED && status != INCOMPLETE) {
        json_put_null(w);
        return;
    }
    json_object_open(w);
    json_integer_member(w, "input_tokens", came_to->tokens_in);
    put_detail(w, "input_tokens_details", "cached_tokens", came_to->tokens_cached);
    json_integer_member(w, "output_tokens", came_to->tokens_out);
    put_detail(w, "output_tokens_details", "reasoning_tokens", came_to->tokens_reasoning);
    json_integer_member(w, "total_tokens", came_to->tokens_in + came_to->tokens_out);
    json_object_close(w);
}

void responses_put_object(struct json_writer *w, struct voice *voice, enum response_status status,
                          const struct problem *problem_or_null)
{
    static const char *const words[] = { "in_progress", "completed", "incomplete", "failed",
                                         "cancelled" };
    const struct fold *fold = responses_fold(voice);
    json_object_open(w);
    json_c_member(w, "id", arena_printf(fold->scratch, "resp_%s", strchr(voice->turn, '_') + 1));
    json_c_member(w, "object", "response");
    json_integer_member(w, "created_at", voice->created);
    json_c_member(w, "status", words[status]);
    json_bool_member(w, "background", false);
    put_error(w, status == FAILED ? problem_or_null : NULL);
    put_incomplete(w, status == INCOMPLETE ? fold->why_short : NULL);
    json_c_member(w, "model", voice->model ? voice->model : "");
    json_key(w, "output");
    json_array_open(w);
    for (const struct item *item = fold->first; item; item = item->next)
        responses_put_item(w, voice, item);
    json_array_close(w);
    put_usage(w, status, &voice->reckoning);
    put_settings(w, voice, fold->scratch);
    json_object_close(w);
}

static bool is_cancelled(const struct problem *problem)
{
    return str_is(str_of(problem->code), "cancelled");
}

enum response_status responses_ended_as(const struct voice *voice, const struct problem *problem)
{
    const struct fold *fold = voice->state;
    if (problem)
        return is_cancelled(problem) ? CANCELLED : FAILED;
    return fold && fold->is_short ? INCOMPLETE : COMPLETED;
}

struct said responses_object(struct voice *voice, bool is_over, const struct problem *problem)
{
    struct fold *fold = responses_fold(voice);
    fold->is_broken = problem != NULL;
    if (is_over && !problem)
        responses_close(voice);
    voice_begin(voice);
    responses_put_object(json_writer_new(fold->scratch, &voice->out), voice,
                         is_over ? responses_ended_as(voice, problem) : IN_PROGRESS, problem);
    return voice_said(voice);
}
