/* HuggingFace's text-generation-inference, its Messages API. */
#ifndef INSULA_GATEWAY_TGI_V1_H
#define INSULA_GATEWAY_TGI_V1_H

#include "gateway/provider.h"

extern const struct provider_kind *const tgi_v1_kind;

#endif
