/* The allow-list in OpenAI's form and Anthropic's at once: each client skips the other's members.
 */
#include "handlers.h"

#include "json/write.h"

static void write_model(struct json_writer *w, const struct exchange *x, const struct model *model)
{
    json_object_open(w);
    json_c_member(w, "id", model->name);
    json_c_member(w, "object", "model");
    json_integer_member(w, "created", model->created_ms / 1000);
    json_c_member(w, "owned_by", x->tenant->slug);
    json_integer_member(w, "max_model_len", model->context_tokens); /* as vLLM says it */
    json_c_member(w, "type", "model");
    json_c_member(w, "display_name", model->label);
    json_time_member(w, "created_at", model->created_ms);
    json_integer_member(w, "max_input_tokens", model->context_tokens);
    json_integer_member(w, "max_tokens", model->output_tokens);
    json_object_close(w);
}

int models_list(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    (void)err;
    const struct tenant *tenant = x->tenant;
    size_t count = tenant->model_count;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "object", "list");
    json_key(w, "data");
    json_array_open(w);
    for (size_t i = 0; i < count; i++)
        write_model(w, x, &tenant->models[i]);
    json_array_close(w);
    json_bool_member(w, "has_more", false);
    json_c_member(w, "first_id", count ? tenant->models[0].name : NULL);
    json_c_member(w, "last_id", count ? tenant->models[count - 1].name : NULL);
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
