/* Azure OpenAI: OpenAI's body under Azure's addresses, with Azure's header. The resource's address
 * means the deployments' style; one that ends in /v1 means the newer API. */
#include "azure.h"

#include "alike.h"
#include "draft.h"
#include "embeddings.h"
#include "openai.h"
#include "upstream_error.h"

static const char version_default[] = "2024-10-21";

static bool is_v1(const char *base_url)
{
    size_t len = strlen(base_url);
    return len >= 3 && strcmp(base_url + len - 3, "/v1") == 0;
}

static const char *url_of(const struct upstream *upstream, const char *path, struct arena *arena)
{
    if (is_v1(upstream->base_url))
        return openai_url(upstream, path, arena);
    return arena_printf(arena, "%s/openai/deployments/%s%s?api-version=%s", upstream->base_url,
                        draft_segment(arena, upstream->model), path,
                        draft_segment(arena, upstream->options.api_version
                                                 ? upstream->options.api_version
                                                 : version_default));
}

static int write_request(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err)
{
    const struct openai_dialect dialect = { .url = url_of(upstream, "/chat/completions", arena),
                                            .max_tokens = "max_completion_tokens",
                                            .key_header = "api-key" };
    return openai_write_request(&dialect, upstream, completion, arena, out, err);
}

static int write_embeddings(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err)
{
    return openai_write_embeddings_to(url_of(upstream, "/embeddings", arena), "api-key", upstream,
                                      completion, arena, out, err);
}

static const struct provider_kind azure = {
    .name = "azure",
    .framing = FRAMING_SSE,
    .options = (const char *const[]){ "api_version", "bearer", NULL },
    .write_request = write_request,
    .decode_event = alike_decode_event,
    .decode_body = alike_decode_body,
    .write_embeddings = write_embeddings,
    .decode_embeddings = openai_decode_embeddings,
    .error_of = upstream_error_of,
};

const struct provider_kind *const azure_kind = &azure;
