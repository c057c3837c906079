/* Azure OpenAI. */
#ifndef INSULA_GATEWAY_AZURE_H
#define INSULA_GATEWAY_AZURE_H

#include "gateway/provider.h"

extern const struct provider_kind *const azure_kind;

#endif
