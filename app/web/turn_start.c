/* From a checked body to a turn that waits at the gate, for every door. */
#include "turn_start.h"

#include "web/router.h"

#define KEY_MAX_BYTES 255
#define TOKENS_MOST   10000000
#define CHAT_DEPTH    40 /* a translation nests a little deeper than what it was made of */

struct prompt_limits prompt_limits_of(const struct exchange *x)
{
    return (struct prompt_limits){ x->config->limits.messages, x->config->limits.message_bytes };
}

static int model_read(const struct exchange *x, const struct json *body, struct str name,
                      const struct model **out, struct error *err)
{
    if (!name.at && body_text(body, "model", 256, &name, err) < 0)
        return -1;
    *out = name.at ? tenant_model(x->tenant, name) : x->tenant->default_model;
    if (*out)
        return 0;
    if (!name.at)
        return fail_param(err, ERROR_BAD_REQUEST, "missing_field", "model",
                          "model is missing, and this tenant has no default model.");
    return fail_param(err, ERROR_NOT_FOUND, "model_not_found", "model",
                      "The model does not exist or you do not have access to it.");
}

/* max_completion_tokens wins, as with OpenAI. max_output_tokens is a translating door's word: the
 * provider's own name for it goes out. */
static int max_tokens_read(const struct json *body, struct turn_request *out, struct error *err)
{
    int64_t old = 0, renamed = 0, neutral = 0;
    if (body_integer(body, "max_tokens", 1, TOKENS_MOST, &old, err) < 0 ||
        body_integer(body, "max_completion_tokens", 1, TOKENS_MOST, &renamed, err) < 0 ||
        body_integer(body, "max_output_tokens", 1, TOKENS_MOST, &neutral, err) < 0)
        return -1;
    out->max_tokens = renamed ? renamed : old ? old : neutral;
    out->max_tokens_renamed = renamed != 0;
    return 0;
}

static int stop_check(const struct json *body, struct error *err)
{
    const struct json *stop = json_member(body, "stop");
    if (!json_is_set(stop) || stop->type == JSON_STRING)
        return 0;
    bool good = stop->type == JSON_ARRAY;
    for (const struct json *one = stop->children; good && one; one = one->next)
        good = one->type == JSON_STRING;
    return good ? 0
                : fail_param(err, ERROR_BAD_REQUEST, "invalid_type", "stop",
                             "stop must be a string or an array of strings.");
}

static int sampling_check(const struct json *body, struct turn_request *out, struct error *err)
{
    int64_t seed;
    if (body_number(body, "temperature", 0, 2, err) < 0 ||
        body_number(body, "top_p", 0, 1, err) < 0 ||
        body_number(body, "frequency_penalty", -2, 2, err) < 0 ||
        body_number(body, "presence_penalty", -2, 2, err) < 0 ||
        body_integer(body, "seed", INT64_MIN, INT64_MAX, &seed, err) < 0 ||
        body_integer(body, "n", 1, 32, &out->choices, err) < 0)
        return -1;
    return stop_check(body, err);
}

static int key_read(const struct exchange *x, struct turn_request *out, struct error *err)
{
    struct str key = x->request.idempotency_key;
    if (key.at && (key.len == 0 || key.len > KEY_MAX_BYTES))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "Idempotency-Key",
                          "Idempotency-Key must have 1 to %d bytes.", KEY_MAX_BYTES);
    out->idempotency_key = key;
    return 0;
}

int chat_body_read(struct exchange *x, struct json **out, struct error *err)
{
    static const struct json_limits limits = { .depth = CHAT_DEPTH };
    struct str chat;
    if (body_read(x, out, err) < 0)
        return -1;
    if (!x->door->to_chat)
        return 0;
    if (x->door->to_chat(x->arena, *out, &chat, err) < 0)
        return -1;
    return json_parse(x->arena, chat, &limits, out, err);
}

int64_t turn_prompt_counted(const struct turn_request *request)
{
    int64_t bytes = prompt_tokens_beside(request->parameters);
    for (size_t i = 0; i < request->prompt.count; i++)
        bytes += request->prompt.tokens[i];
    return tokens_counted(bytes);
}

int turn_request_begin(struct exchange *x, const struct json *body, struct str named,
                       struct turn_request *out, struct error *err)
{
    *out = (struct turn_request){
        .parameters = body,
        .body_raw = x->request.body,
        .route = arena_printf(x->arena, "%s %.*s", x->route->name, STR_ARGS(x->request.path)),
        .choices = 1,
        .house = &x->config->upstream,
    };
    if (model_read(x, body, named, &out->model, err) < 0)
        return -1;
    return key_read(x, out, err);
}

int turn_body_read(struct exchange *x, const struct json *body, struct str named,
                   struct turn_request *out, struct error *err)
{
    if (turn_request_begin(x, body, named, out, err) < 0)
        return -1;
    out->show_usage = x->door->tells_usage;
    if (max_tokens_read(body, out, err) < 0 || sampling_check(body, out, err) < 0)
        return -1;
    return body_bool(body, "stream", &out->stream, err);
}

int turn_start(struct exchange *x, const struct turn_request *request, struct error *err)
{
    if (slots_take(x->house->slots, x->scope, x->config->worker.streams, x->tenant->stream_limit,
                   err) < 0)
        return -1;
    x->has_slot = true;
    struct turn_request *kept = arena_new_of(x->arena, struct turn_request);
    *kept = *request;
    x->asked = kept;
    x->next = NEXT_ADMIT;
    return 0;
}
