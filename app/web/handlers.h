/* Every handler of the route table, and what the two doors of a turn share; private to web/. */
#ifndef INSULA_WEB_HANDLERS_H
#define INSULA_WEB_HANDLERS_H

#include "web/exchange.h"

int health_get(struct exchange *x, struct error *err);
int ready_get(struct exchange *x, struct error *err);
int metrics_get(struct exchange *x, struct error *err);

#define USER_HANDLER(name)                                                                         \
    int name(struct exchange *x, const struct tenant_scope *scope, struct error *err)
USER_HANDLER(tenant_info_get);
USER_HANDLER(me_get);
USER_HANDLER(chat_post);
USER_HANDLER(completions_post);
USER_HANDLER(azure_completions_post);
USER_HANDLER(text_completions_post);
USER_HANDLER(messages_post);
USER_HANDLER(count_tokens_post);
USER_HANDLER(embeddings_post);
USER_HANDLER(azure_embeddings_post);
USER_HANDLER(ollama_chat_post);
USER_HANDLER(ollama_generate_post);
USER_HANDLER(ollama_embed_post);
USER_HANDLER(ollama_tags);
USER_HANDLER(ollama_show);
USER_HANDLER(ollama_version);
USER_HANDLER(responses_post);
USER_HANDLER(responses_get);
USER_HANDLER(responses_cancel);
USER_HANDLER(responses_delete);
USER_HANDLER(responses_input_items);
USER_HANDLER(models_list);
USER_HANDLER(model_get);
USER_HANDLER(stream_get);
USER_HANDLER(stream_cancel);
USER_HANDLER(conversations_list);
USER_HANDLER(conversation_post);
USER_HANDLER(conversation_get);
USER_HANDLER(conversation_patch);
USER_HANDLER(conversation_delete_one);
USER_HANDLER(messages_list);
USER_HANDLER(message_post);
USER_HANDLER(message_edit);
USER_HANDLER(message_regenerate);

#endif
