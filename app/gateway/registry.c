/* The kinds of providers that a tenant can choose from. */
#include "openai.h"

static const struct provider_kind *const *const kinds[] = { &openai_kind, &compatible_kind };

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
    static const char *const names[] = { "openai", "compatible", NULL };
    return names;
}
