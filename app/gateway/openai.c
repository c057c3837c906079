/* OpenAI's chat completions, asked for: the request to OpenAI and to all that are compatible. */
#include "openai.h"

#include "asked.h"
#include "draft.h"
#include "embeddings.h"
#include "upstream_error.h"

/* Members of the client's body that are written anew here, or that only Insula understands. */
static const char *const not_copied[] = {
    "model",        "messages",
    "stream",       "stream_options",
    "max_tokens",   "max_completion_tokens",
    "store",        "conversation_id",
    "parent_id",    "max_output_tokens",
    "assistant_id", "title",
    "tenant_id",    "tenantId",
    "metadata",     NULL, /* OpenAI takes it with store alone, and the house is who keeps answers */
};

static void put_messages(struct json_writer *w, const struct completion *completion)
{
    json_key(w, "messages");
    json_array_open(w);
    for (size_t i = 0; i < completion->message_count; i++) {
        const struct prompt_message *message = &completion->messages[i];
        if (message->json.at) {
            json_put_raw(w, message->json);
            continue;
        }
        json_object_open(w);
        json_c_member(w, "role", message->role);
        json_text_member(w, "content", message->content);
        json_object_close(w);
    }
    json_array_close(w);
}

/* Under the client's own name where it used one: models that know one of the two refuse the other.
 */
static void put_max_tokens(struct json_writer *w, const struct openai_dialect *dialect,
                           const struct completion *completion)
{
    const char *name = dialect->max_tokens;
    if (!completion->max_tokens)
        return;
    if (completion->max_tokens_renamed && !dialect->one_name)
        name = "max_completion_tokens";
    else if (json_is_set(json_member(completion->parameters, "max_tokens")))
        name = "max_tokens";
    json_integer_member(w, name, completion->max_tokens);
}

/* Usage is always asked for: it is what the tenant is charged by. */
static void put_stream(struct json_writer *w, const struct json *parameters)
{
    const struct json *options = json_member(parameters, "stream_options");
    bool given = options && options->type == JSON_OBJECT;
    json_bool_member(w, "stream", true);
    json_key(w, "stream_options");
    json_object_open(w);
    if (given)
        json_put_members(w, options, (const char *const[]){ "include_usage", NULL });
    json_bool_member(w, "include_usage", true);
    json_object_close(w);
}

const char *openai_url(const struct upstream *upstream, const char *path, struct arena *arena)
{
    struct str base = str_of(upstream->base_url);
    while (base.len && base.at[base.len - 1] == '/')
        base.len--;
    return arena_printf(arena, "%.*s%s", STR_ARGS(base), path);
}

int openai_write_request(const struct openai_dialect *dialect, const struct upstream *upstream,
                         const struct completion *completion, struct arena *arena,
                         struct http_request *out, struct error *err)
{
    struct draft draft;
    if (asked_check_calls(completion, arena, err) != 0)
        return -1;
    draft_open(&draft, upstream, completion, arena);
    json_c_member(draft.w, "model", upstream->model);
    put_messages(draft.w, completion);
    json_put_members(draft.w, completion->parameters, not_copied);
    put_max_tokens(draft.w, dialect, completion);
    if (completion->stream)
        put_stream(draft.w, completion->parameters);
    draft_key(&draft, upstream, dialect->key_header);
    return draft_close(&draft, 0, dialect->url, out, err);
}

static int ask_openai(const struct upstream *upstream, const struct completion *completion,
                      struct arena *arena, struct http_request *out, struct error *err)
{
    const struct openai_dialect dialect = { .url = openai_url(upstream, "/chat/completions", arena),
                                            .max_tokens = "max_completion_tokens" };
    return openai_write_request(&dialect, upstream, completion, arena, out, err);
}

static int ask_compatible(const struct upstream *upstream, const struct completion *completion,
                          struct arena *arena, struct http_request *out, struct error *err)
{
    const struct openai_dialect dialect = { .url = openai_url(upstream, "/chat/completions", arena),
                                            .max_tokens = "max_tokens" };
    return openai_write_request(&dialect, upstream, completion, arena, out, err);
}

static const char *const headers[] = { "organization", "project", NULL };

#define SPEAKS_OPENAI(kind_name, ask)                                                              \
    {                                                                                              \
        .name = kind_name, .write_request = ask, .framing = FRAMING_SSE, .speaks_openai = true,    \
        .options = headers, .decode_event = openai_decode_event,                                   \
        .decode_body = openai_decode_body, .write_embeddings = openai_write_embeddings,            \
        .decode_embeddings = openai_decode_embeddings, .error_of = upstream_error_of               \
    }

static const struct provider_kind openai = SPEAKS_OPENAI("openai", ask_openai);
static const struct provider_kind compatible = SPEAKS_OPENAI("compatible", ask_compatible);

const struct provider_kind *const openai_kind = &openai;
const struct provider_kind *const compatible_kind = &compatible;
