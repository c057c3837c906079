/* Checks what a client's JSON body says, naming the place where it is wrong. */
#include "body.h"

#include "base/codec.h"

static bool is_json_type(struct str type)
{
    struct str json = STR("application/json");
    return type.len >= json.len && strncasecmp(type.at, json.at, json.len) == 0 &&
           (type.len == json.len || strchr("; \t", type.at[json.len]));
}

/* Nothing but the credential says which tenant; who says another is refused, not ignored. */
static int check_tenant(const struct exchange *x, const struct json *body, struct error *err)
{
    static const char *const names[] = { "tenant_id", "tenantId" };
    for (size_t i = 0; i < 2; i++) {
        const struct json *named = json_member(body, names[i]);
        if (json_is_set(named) && x->tenant && !str_is(json_text(named), x->tenant->slug))
            return fail_param(err, ERROR_FORBIDDEN, "tenant_mismatch", names[i],
                              "The credential is not for this tenant.");
    }
    return 0;
}

int body_read(struct exchange *x, struct json **out, struct error *err)
{
    if (!x->request.content_type.at || !is_json_type(x->request.content_type))
        return fail_param(err, ERROR_MEDIA_TYPE, "unsupported_media_type", "Content-Type",
                          "Send the body as application/json.");
    if (x->request.body.len == 0)
        return fail(err, ERROR_BAD_REQUEST, "invalid_json", "The body is empty.");
    struct json *body;
    if (json_parse(x->arena, x->request.body, NULL, &body, err) < 0)
        return -1;
    if (body->type != JSON_OBJECT)
        return fail(err, ERROR_BAD_REQUEST, "invalid_json", "The body must be a JSON object.");
    if (check_tenant(x, body, err) < 0)
        return -1;
    x->body = *out = body;
    return 0;
}

int body_only(const struct json *body, const char *const *known, struct error *err)
{
    for (const struct json *member = body->children; member; member = member->next) {
        const char *const *name = known;
        while (*name && !str_is(member->key, *name))
            name++;
        char field[64];
        snprintf(field, sizeof field, "%.*s", STR_ARGS(utf8_cut(member->key, sizeof field - 1)));
        if (!*name)
            return fail_param(err, ERROR_BAD_REQUEST, "unknown_field", field,
                              "The body has a field that is not known here: %s.", field);
    }
    return 0;
}

static int wrong(struct error *err, const char *key, const char *code, const char *wanted)
{
    return fail_param(err, ERROR_BAD_REQUEST, code, key, "%s must be %s.", key, wanted);
}

int body_text(const struct json *body, const char *key, size_t most_bytes, struct str *out,
              struct error *err)
{
    const struct json *member = json_member(body, key);
    if (!json_is_set(member))
        return 0;
    if (member->type != JSON_STRING)
        return wrong(err, key, "invalid_type", "a string");
    if (member->text.len > most_bytes)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", key,
                          "%s must not be longer than %zu bytes.", key, most_bytes);
    *out = member->text;
    return 0;
}

int body_bool(const struct json *body, const char *key, bool *out, struct error *err)
{
    const struct json *member = json_member(body, key);
    if (!json_is_set(member))
        return 0;
    if (member->type != JSON_BOOL)
        return wrong(err, key, "invalid_type", "true or false");
    *out = member->boolean;
    return 0;
}

int body_integer(const struct json *body, const char *key, int64_t least, int64_t most,
                 int64_t *out, struct error *err)
{
    const struct json *member = json_member(body, key);
    if (!json_is_set(member))
        return 0;
    if (member->type != JSON_NUMBER || !member->is_integer)
        return wrong(err, key, "invalid_type", "an integer");
    if (member->integer < least || member->integer > most)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", key,
                          "%s must be from %lld to %lld.", key, (long long)least, (long long)most);
    *out = member->integer;
    return 0;
}

int body_number(const struct json *body, const char *key, double least, double most,
                struct error *err)
{
    const struct json *member = json_member(body, key);
    if (!json_is_set(member))
        return 0;
    if (member->type != JSON_NUMBER)
        return wrong(err, key, "invalid_type", "a number");
    if (!(member->real >= least && member->real <= most))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", key, "%s must be from %g to %g.",
                          key, least, most);
    return 0;
}
