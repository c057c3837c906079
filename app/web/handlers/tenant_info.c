/* All that a frontend needs to dress itself; never a key. */
#include "handlers.h"

#include "json/write.h"

static void write_model(struct json_writer *w, const struct model *model)
{
    json_object_open(w);
    json_c_member(w, "id", model->name);
    json_c_member(w, "label", model->label);
    json_integer_member(w, "context_tokens", model->context_tokens);
    json_integer_member(w, "output_tokens", model->output_tokens);
    json_object_close(w);
}

static void write_models(struct json_writer *w, const struct tenant *tenant)
{
    json_c_member(w, "default_model", tenant->default_model ? tenant->default_model->name : NULL);
    json_key(w, "models");
    json_array_open(w);
    for (size_t i = 0; i < tenant->model_count; i++)
        write_model(w, &tenant->models[i]);
    json_array_close(w);
}

static void write_limits(struct json_writer *w, const struct config *config)
{
    json_key(w, "limits");
    json_object_open(w);
    json_integer_member(w, "body_bytes", config->limits.body_bytes);
    json_integer_member(w, "messages", config->limits.messages);
    json_integer_member(w, "message_bytes", config->limits.message_bytes);
    json_object_close(w);
}

static void write_features(struct json_writer *w)
{
    json_key(w, "features");
    json_object_open(w);
    json_bool_member(w, "conversations", true);
    json_bool_member(w, "resume", true);
    json_bool_member(w, "files", false);
    json_bool_member(w, "knowledge", false);
    json_object_close(w);
}

/* The snapshot's generation and the answer's limits are all that the answer depends on. */
static const char *etag_of(struct exchange *x)
{
    return arena_printf(x->arena, "\"%u-%lld-%d\"", x->tenant->id.v,
                        (long long)x->tenant->generation, x->config->limits.body_bytes);
}

/* If-None-Match: a list of tags, or *; a proxy that compresses may have weakened ours. */
static bool is_known(struct str tags, const char *etag)
{
    while (tags.len) {
        const char *comma = memchr(tags.at, ',', tags.len);
        struct str tag = { tags.at, comma ? (size_t)(comma - tags.at) : tags.len };
        tags = (struct str){ tag.at + tag.len + (comma ? 1 : 0),
                             tags.len - tag.len - (comma ? 1 : 0) };
        while (tag.len && (*tag.at == ' ' || *tag.at == '\t'))
            tag = (struct str){ tag.at + 1, tag.len - 1 };
        while (tag.len && (tag.at[tag.len - 1] == ' ' || tag.at[tag.len - 1] == '\t'))
            tag.len--;
        if (str_starts(tag, "W/"))
            tag = (struct str){ tag.at + 2, tag.len - 2 };
        if (str_is(tag, etag) || str_is(tag, "*"))
            return true;
    }
    return false;
}

int tenant_info_get(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    (void)err;
    const struct tenant *tenant = x->tenant;
    const char *etag = etag_of(x);
    respond_header(x, "ETag", etag);
    respond_header(x, "Cache-Control", "private, no-cache");
    respond_header(x, "Vary", "Authorization");
    if (is_known(x->request.if_none_match, etag)) {
        x->response.status = 304;
        return 0;
    }
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "id", tenant->slug);
    json_c_member(w, "name", tenant->name);
    json_c_member(w, "brand_color", tenant->brand_color);
    json_text_member(w, "logo", tenant->logo_url.len ? tenant->logo_url : (struct str){ 0 });
    json_c_member(w, "welcome", tenant->welcome);
    json_c_member(w, "locale", tenant->locale);
    json_c_member(w, "currency", tenant->currency);
    write_models(w, tenant);
    write_features(w);
    write_limits(w, x->config);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}
