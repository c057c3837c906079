/* The allow-list in OpenAI's form. */
#include "handlers.h"

#include "json/write.h"

static void write_model(struct json_writer *w, const struct exchange *x, const struct model *model)
{
    json_object_open(w);
    json_c_member(w, "id", model->name);
    json_c_member(w, "object", "model");
    json_integer_member(w, "created", model->created_ms / 1000);
    json_c_member(w, "owned_by", x->tenant->slug);
    json_object_close(w);
}

int models_list(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    (void)err;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "object", "list");
    json_key(w, "data");
    json_array_open(w);
    for (size_t i = 0; i < x->tenant->model_count; i++)
        write_model(w, x, &x->tenant->models[i]);
    json_array_close(w);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}

int model_get(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    const struct model *model = tenant_model(x->tenant, x->params[0]);
    if (!model)
        return fail_param(err, ERROR_NOT_FOUND, "model_not_found", "model",
                          "The model does not exist or you do not have access to it.");
    write_model(respond_writer(x), x, model);
    respond_json(x, 200);
    return 0;
}
