/* Small readings of a tenant, for whoever holds one. */
#include "tenancy/tenant.h"

#define DRAIN_MAX_SECONDS 3600

bool disconnect_parse(struct str text, struct disconnect_policy *out)
{
    long long seconds;
    if (str_is(text, "drain")) {
        *out = (struct disconnect_policy){ DISCONNECT_DRAIN, 0 };
        return true;
    }
    if (str_is(text, "cancel")) {
        *out = (struct disconnect_policy){ DISCONNECT_CANCEL, 0 };
        return true;
    }
    if (!str_starts(text, "drain:") ||
        !str_to_number((struct str){ text.at + 6, text.len - 6 }, DRAIN_MAX_SECONDS, &seconds) ||
        seconds < 1)
        return false;
    *out = (struct disconnect_policy){ DISCONNECT_DRAIN_SECONDS, (int)seconds };
    return true;
}

static bool is_called(const struct model *model, struct str name)
{
    if (str_is(name, model->name))
        return true;
    for (size_t i = 0; i < model->alias_count; i++)
        if (str_is(name, model->aliases[i]))
            return true;
    return false;
}

const struct model *tenant_model(const struct tenant *tenant, struct str name)
{
    for (size_t i = 0; i < tenant->model_count; i++)
        if (is_called(&tenant->models[i], name))
            return &tenant->models[i];
    return NULL;
}

bool tenant_has_origin(const struct tenant *tenant, struct str origin)
{
    for (size_t i = 0; i < tenant->origin_count; i++)
        if (str_is(origin, tenant->origins[i]))
            return true;
    return false;
}
