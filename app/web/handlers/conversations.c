/* A person's own conversations: list, make, read, change, delete. */
#include "handlers.h"

#include "base/clock.h"
#include "body.h"
#include "json/write.h"
#include "store/conversations.h"

#define TITLE_MAX_BYTES 600 /* 200 characters */

static void write_conversation(struct json_writer *w, const struct conversation *c)
{
    char id[ID_TEXT_MAX];
    json_object_open(w);
    json_c_member(w, "id", conversation_id_text(c->id, id));
    json_text_member(w, "title", c->title);
    json_c_member(w, "model", c->model.len ? c->model.at : NULL);
    json_c_member(w, "leaf_id", message_id_is_zero(c->leaf) ? NULL : message_id_text(c->leaf, id));
    json_bool_member(w, "pinned", c->pinned);
    json_bool_member(w, "archived", c->archived);
    json_integer_member(w, "version", c->version);
    json_time_member(w, "created_at", c->created_ms);
    json_time_member(w, "updated_at", c->updated_ms);
    json_object_close(w);
}

static void answer(struct exchange *x, int status, const struct conversation *c)
{
    respond_header(x, "ETag", arena_printf(x->arena, "\"%lld\"", (long long)c->version));
    write_conversation(respond_writer(x), c);
    respond_json(x, status);
}

static int id_of_path(const struct exchange *x, struct conversation_id *out, struct error *err)
{
    if (conversation_id_parse(x->params[0], out))
        return 0;
    return fail(err, ERROR_NOT_FOUND, "conversation_not_found", "There is no such conversation.");
}

/* 0 where there is no If-Match, or any version will do. */
static int version_wanted(const struct exchange *x, int64_t *out, struct error *err)
{
    struct str tag = x->request.if_match;
    long long version = 0;
    if (tag.at && !str_is(tag, "*")) {
        bool quoted = tag.len > 2 && tag.at[0] == '"' && tag.at[tag.len - 1] == '"';
        if (!quoted ||
            !str_to_number((struct str){ tag.at + 1, tag.len - 2 }, INT32_MAX, &version) ||
            version < 1)
            return fail_param(err, ERROR_PRECONDITION, "version_mismatch", "If-Match",
                              "If-Match is no version of this conversation.");
    }
    *out = version;
    return 0;
}

/* The cursor is the last conversation's `touched`, written like an id. */
static int filter_read(struct exchange *x, struct conversation_filter *out, struct error *err)
{
    struct str after;
    bool archived, pinned;
    struct message_id cursor;
    long long limit;
    if (request_query(&x->request, "after", x->arena, &after, err) < 0 ||
        request_query_bool(&x->request, "archived", x->arena, &archived, err) < 0 ||
        request_query_bool(&x->request, "pinned", x->arena, &pinned, err) < 0 ||
        request_query_number(&x->request, "limit", x->arena, 1, 100, 20, &limit, err) < 0)
        return -1;
    if (after.at && !message_id_parse(after, &cursor))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_query", "after",
                          "The query parameter after must be the next of an earlier page.");
    *out = (struct conversation_filter){ .archived = archived,
                                         .pinned_only = pinned,
                                         .has_after = after.at != NULL,
                                         .limit = (int)limit };
    if (after.at)
        out->after = cursor.v;
    return 0;
}

int conversations_list(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct conversation_filter filter;
    struct conversation *list;
    size_t count;
    if (filter_read(x, &filter, err) < 0)
        return -1;
    int page = filter.limit++; /* one more tells whether there is more */
    if (conversation_list(scope, x->db, &filter, x->arena, &list, &count, err) < 0)
        return -1;
    bool more = count > (size_t)page;
    count = more ? (size_t)page : count;
    char cursor[ID_TEXT_MAX];
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_key(w, "data");
    json_array_open(w);
    for (size_t i = 0; i < count; i++)
        write_conversation(w, &list[i]);
    json_array_close(w);
    json_bool_member(w, "has_more", more);
    json_c_member(w, "next",
                  more ? message_id_text((struct message_id){ list[count - 1].touched }, cursor)
                       : NULL);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}

int conversation_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    static const char *const fields[] = { "title", "model", "tenant_id", "tenantId", NULL };
    struct json *body;
    struct str title = STR(""), model = STR("");
    struct conversation made;
    if (body_read(x, &body, err) < 0 || body_only(body, fields, err) < 0 ||
        body_text(body, "title", TITLE_MAX_BYTES, &title, err) < 0 ||
        body_text(body, "model", 256, &model, err) < 0)
        return -1;
    if (model.len && !tenant_model(x->tenant, model))
        return fail_param(err, ERROR_NOT_FOUND, "model_not_found", "model",
                          "The model does not exist or you do not have access to it.");
    if (conversation_create(scope, x->db, title, model, clock_unix_ms(), &made, err) < 0)
        return -1;
    answer(x, 201, &made);
    return 0;
}

int conversation_get(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct conversation_id id;
    struct conversation found;
    if (id_of_path(x, &id, err) < 0 ||
        conversation_find(scope, x->db, id, false, x->arena, &found, err) < 0)
        return -1;
    answer(x, 200, &found);
    return 0;
}

static int change_read(struct exchange *x, struct conversation_change *out, struct error *err)
{
    static const char *const fields[] = { "title",     "pinned",   "archived",
                                          "tenant_id", "tenantId", NULL };
    struct json *body;
    if (body_read(x, &body, err) < 0 || body_only(body, fields, err) < 0)
        return -1;
    bool pinned = false, archived = false;
    *out = (struct conversation_change){ .pinned = -1, .archived = -1 };
    if (body_text(body, "title", TITLE_MAX_BYTES, &out->title, err) < 0 ||
        body_bool(body, "pinned", &pinned, err) < 0 ||
        body_bool(body, "archived", &archived, err) < 0)
        return -1;
    if (json_is_set(json_member(body, "pinned")))
        out->pinned = pinned;
    if (json_is_set(json_member(body, "archived")))
        out->archived = archived;
    if (!out->title.at && out->pinned < 0 && out->archived < 0)
        return fail(err, ERROR_BAD_REQUEST, "missing_field",
                    "The body names nothing to change: title, pinned or archived.");
    return 0;
}

int conversation_patch(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct conversation_id id;
    struct conversation_change change;
    struct conversation changed;
    int64_t version;
    if (id_of_path(x, &id, err) < 0 || change_read(x, &change, err) < 0 ||
        version_wanted(x, &version, err) < 0 ||
        conversation_change(scope, x->db, id, version, &change, clock_unix_ms(), err) < 0 ||
        conversation_find(scope, x->db, id, false, x->arena, &changed, err) < 0)
        return -1;
    answer(x, 200, &changed);
    return 0;
}

int conversation_delete_one(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct conversation_id id;
    int64_t version;
    if (id_of_path(x, &id, err) < 0 || version_wanted(x, &version, err) < 0 ||
        conversation_delete(scope, x->db, id, version, err) < 0)
        return -1;
    x->response.status = 204;
    return 0;
}
