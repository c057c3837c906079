/* The kinds of providers that a tenant can choose from. */
#include "anthropic.h"
#include "azure.h"
#include "gemini.h"
#include "ollama.h"
#include "openai.h"
#include "responses.h"
#include "servers.h"
#include "tgi.h"
#include "tgi_v1.h"

static const struct provider_kind *const *const kinds[] = {
    &openai_kind, &compatible_kind, &anthropic_kind, &ollama_kind, &gemini_kind,    &azure_kind,
    &vllm_kind,   &llamacpp_kind,   &ollama_v1_kind, &tgi_v1_kind, &responses_kind, &tgi_kind,
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const struct provider_kind *provider_kind_find(const char *name)
{
    for (int i = 0; i < KINDS; i++) {
        if (strcmp((*kinds[i])->name, name) == 0)
            return *kinds[i];
    }
    return NULL;
}

const char *const *provider_kinds(void)
{
    static const char *const names[] = {
        "openai",   "compatible", "anthropic", "ollama",           "gemini", "azure", "vllm",
        "llamacpp", "ollama-v1",  "tgi-v1",    "openai-responses", "tgi",    NULL
    };
    return names;
}
