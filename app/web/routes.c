/* The table of contents: every address, who may call it, and its handler. */
#include "web/router.h"

#include "handlers.h"

#define OPEN(method, path, handler)                                                                \
    {                                                                                              \
        METHOD_##method, &insula_door, path, NEED_NOTHING, #handler, handler, NULL                 \
    }
#define USER(method, path, handler)                                                                \
    {                                                                                              \
        METHOD_##method, &insula_door, path, NEED_MEMBER, #handler, NULL, handler                  \
    }
/* A client's protocol other than our own: its answers and errors are written its way. */
#define DOOR(method, path, handler, door)                                                          \
    {                                                                                              \
        METHOD_##method, &door##_door, path, NEED_MEMBER, #handler, NULL, handler                  \
    }

#define CONVERSATION "/api/v1/conversations/{id}"

const struct route routes[] = {
    OPEN(GET, "/healthz", health_get),  /* this process */
    OPEN(GET, "/readyz", ready_get),    /* database, keys, spool */
    OPEN(GET, "/metrics", metrics_get), /* this machine, or head office's credential */

    USER(GET, "/api/v1/tenant/info", tenant_info_get), /* ETag */
    USER(GET, "/api/v1/me", me_get),

    USER(POST, "/api/v1/chat", chat_post),           /* a turn */
    USER(GET, "/api/v1/streams/{turn}", stream_get), /* resume or poll */
    USER(POST, "/api/v1/streams/{turn}/cancel", stream_cancel),

    USER(GET, "/api/v1/conversations", conversations_list),
    USER(POST, "/api/v1/conversations", conversation_post),
    USER(GET, CONVERSATION, conversation_get),
    USER(PATCH, CONVERSATION, conversation_patch),                 /* If-Match */
    USER(DELETE, CONVERSATION, conversation_delete_one),           /* If-Match */
    USER(GET, CONVERSATION "/messages", messages_list),            /* a branch, by leaf */
    USER(POST, CONVERSATION "/messages", message_post),            /* a turn */
    USER(PATCH, CONVERSATION "/messages/{message}", message_edit), /* a turn on a new branch */
    USER(POST, CONVERSATION "/messages/{message}/regenerate", message_regenerate), /* the same */

    /* Below /v1: with and without it (route_takes). */
    DOOR(GET, "/v1/models", models_list, chat),
    DOOR(GET, "/v1/models/{model...}", model_get, chat),
    DOOR(POST, "/v1/chat/completions", completions_post, chat), /* a turn */
    DOOR(POST, "/v1/messages", messages_post, messages),        /* a turn */
    DOOR(POST, "/v1/messages/count_tokens", count_tokens_post, count_tokens),
    DOOR(POST, "/v1/completions", text_completions_post, text_completions), /* a turn */
    DOOR(POST, "/v1/embeddings", embeddings_post, chat),                    /* a turn */
    DOOR(POST, "/v1/responses", responses_post, responses),                 /* a turn */
    DOOR(GET, "/v1/responses/{response}", responses_get, responses),        /* resume, poll, read */
    DOOR(DELETE, "/v1/responses/{response}", responses_delete, responses),
    DOOR(POST, "/v1/responses/{response}/cancel", responses_cancel, responses),
    DOOR(GET, "/v1/responses/{response}/input_items", responses_input_items, responses),
    /* Azure's: a deployment is a model. */
    DOOR(POST, "/openai/deployments/{model...}/chat/completions", azure_completions_post, chat),
    DOOR(POST, "/openai/deployments/{model...}/embeddings", azure_embeddings_post, chat),

    DOOR(POST, "/api/chat", ollama_chat_post, ollama),           /* a turn */
    DOOR(POST, "/api/generate", ollama_generate_post, generate), /* a turn */
    DOOR(POST, "/api/embed", ollama_embed_post, embed),          /* a turn */
    DOOR(GET, "/api/tags", ollama_tags, ollama),
    DOOR(POST, "/api/show", ollama_show, ollama),
    DOOR(GET, "/api/version", ollama_version, ollama),
    { 0 },
};

const struct quarter quarters[] = {
    { "/v1/messages", &messages_door },
    { "/messages", &messages_door },
    { "/api/v1/", &insula_door },
    { "/api/", &ollama_door },
    { 0 },
};
