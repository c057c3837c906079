/* Asks a provider for an answer or for embeddings, whichever a completion is. */
#include "gateway/provider.h"

int provider_write(const struct upstream *upstream, const struct completion *completion,
                   struct arena *arena, struct http_request *out, struct error *err)
{
    const struct provider_kind *kind = upstream->kind;
    if (!completion->embedding)
        return kind->write_request(upstream, completion, arena, out, err);
    if (!kind->write_embeddings)
        return fail_param(err, ERROR_BAD_REQUEST, "unsupported_model", "model",
                          "This model's provider has no embeddings.");
    return kind->write_embeddings(upstream, completion, arena, out, err);
}

int provider_read_body(const struct decoder *decoder, const struct http_head *head, struct str body,
                       struct arena *arena, struct decoded *out, struct error *err)
{
    const struct provider_kind *kind = decoder->kind;
    if (decoder->completion && decoder->completion->embedding)
        return kind->decode_embeddings(decoder, body, arena, out, err);
    if (kind->decode_body(head, body, arena, out, err) != 0)
        return -1;
    return provider_name_body(decoder, arena, out, err);
}
