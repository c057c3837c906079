/* Servers of one's own that speak almost OpenAI: vLLM, llama.cpp, Ollama /v1, TGI /v1. */
#ifndef INSULA_GATEWAY_SERVERS_H
#define INSULA_GATEWAY_SERVERS_H

#include "gateway/provider.h"

extern const struct provider_kind *const vllm_kind;
extern const struct provider_kind *const llamacpp_kind;
extern const struct provider_kind *const ollama_v1_kind;

#endif
