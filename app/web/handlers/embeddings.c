/* Embeddings, OpenAI's and by way of their door Ollama's: no answer, but a turn all the same, which
 * is admitted, charged and recorded as any. */
#include "handlers.h"

#include "chat/embedding.h"
#include "turn_start.h"

/* named: the address's model, which wins over the body's; absent: none. */
static int begin(struct exchange *x, struct str named, struct error *err)
{
    struct json *body;
    struct turn_request request;
    struct prompt_limits limits = prompt_limits_of(x);
    struct embedding *embedding = arena_new_of(x->arena, struct embedding);
    if (chat_body_read(x, &body, err) < 0 ||
        turn_request_begin(x, body, named, &request, err) < 0 ||
        embedding_read(x->arena, body, &limits, embedding, err) < 0)
        return -1;
    request.embedding = embedding;
    return turn_start(x, &request, err);
}

int embeddings_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    return begin(x, (struct str){ 0 }, err);
}

int ollama_embed_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    return embeddings_post(x, scope, err);
}

int azure_embeddings_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    return begin(x, x->params[0], err);
}
