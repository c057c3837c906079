/* The allow-list in Ollama's form, and what its clients want to know of a server. */
#include "handlers.h"

#include "body.h"
#include "crypto/digest.h"
#include "base/codec.h"
#include "json/write.h"

/* The release whose protocol is spoken here: clients look whether it is new enough for them. */
static const char spoken_version[] = "0.12.6";

int ollama_version(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    (void)err;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "version", spoken_version);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}

/* What is known of a file of weights is known of none here. */
static void put_details(struct json_writer *w)
{
    json_key(w, "details");
    json_object_open(w);
    json_c_member(w, "parent_model", "");
    json_c_member(w, "format", "");
    json_c_member(w, "family", "insula");
    json_raw_member(w, "families", STR("[\"insula\"]"));
    json_c_member(w, "parameter_size", "");
    json_c_member(w, "quantization_level", "");
    json_object_close(w);
}

/* Clients cut a digest to show it, so there is one: the name's. */
static void put_listed(struct json_writer *w, const struct model *model)
{
    unsigned char digest[DIGEST_BYTES];
    char hex[2 * DIGEST_BYTES + 1];
    digest_bytes(str_of(model->name), digest);
    hex_encode(digest, sizeof digest, hex);
    json_object_open(w);
    json_c_member(w, "name", model->name);
    json_c_member(w, "model", model->name);
    json_time_member(w, "modified_at", model->created_ms);
    json_integer_member(w, "size", 0);
    json_c_member(w, "digest", hex);
    put_details(w);
    json_object_close(w);
}

int ollama_tags(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    (void)err;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_key(w, "models");
    json_array_open(w);
    for (size_t i = 0; i < x->tenant->model_count; i++)
        put_listed(w, &x->tenant->models[i]);
    json_array_close(w);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}

static void put_facts(struct json_writer *w, const struct model *model)
{
    static const char *const nothing[] = { "license", "modelfile", "parameters", "template" };
    json_object_open(w);
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        json_c_member(w, nothing[i], "");
    put_details(w);
    json_key(w, "model_info");
    json_object_open(w);
    json_c_member(w, "general.architecture", "insula");
    json_c_member(w, "general.basename", model->name);
    json_integer_member(w, "insula.context_length", model->context_tokens);
    json_object_close(w);
    json_raw_member(w, "capabilities", STR("[\"completion\",\"tools\",\"vision\"]"));
    json_time_member(w, "modified_at", model->created_ms);
    json_object_close(w);
}

/* Older clients say name for model. */
int ollama_show(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    struct json *body;
    struct str name = { 0 };
    if (body_read(x, &body, err) < 0 || body_text(body, "name", 256, &name, err) < 0 ||
        body_text(body, "model", 256, &name, err) < 0)
        return -1;
    if (!name.len)
        return fail_param(err, ERROR_BAD_REQUEST, "missing_field", "model", "model is missing.");
    const struct model *model = tenant_model(x->tenant, name);
    if (!model)
        return fail_param(err, ERROR_NOT_FOUND, "model_not_found", "model",
                          "The model does not exist or you do not have access to it.");
    put_facts(respond_writer(x), model);
    respond_json(x, 200);
    return 0;
}
