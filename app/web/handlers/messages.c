/* Reading one branch of a conversation. */
#include "handlers.h"

#include "chat/history.h"
#include "json/write.h"
#include "store/conversations.h"

static void write_if_set(struct json_writer *w, const struct json *object, const char *key)
{
    const struct json *member = json_member(object, key);
    if (json_is_set(member))
        json_raw_member(w, key, member->raw);
}

static void write_parts(struct json_writer *w, const struct exchange *x, const struct message *m)
{
    struct json *object;
    struct error ignored;
    if (m->parts.len && json_parse(x->arena, m->parts, NULL, &object, &ignored) == 0) {
        const struct json *content = json_member(object, "content");
        json_raw_member(w, "parts", content ? content->raw : (struct str){ 0 });
        write_if_set(w, object, "refusal");
        write_if_set(w, object, "tool_calls");
        write_if_set(w, object, "tool_call_id");
    }
}

static void write_message(struct json_writer *w, const struct exchange *x, const struct message *m)
{
    char id[ID_TEXT_MAX];
    json_object_open(w);
    json_c_member(w, "id", message_id_text(m->id, id));
    json_c_member(w, "parent_id",
                  message_id_is_zero(m->parent) ? NULL : message_id_text(m->parent, id));
    json_text_member(w, "role", m->role);
    json_text_member(w, "content", m->content);
    write_parts(w, x, m);
    json_text_member(w, "state", m->state);
    json_text_member(w, "code", m->code.len ? m->code : (struct str){ 0 });
    json_text_member(w, "model", m->model.len ? m->model : (struct str){ 0 });
    json_c_member(w, "turn_id", turn_id_is_zero(m->turn) ? NULL : turn_id_text(m->turn, id));
    json_time_member(w, "created_at", m->created_ms);
    json_object_close(w);
}

/* How the tree branches: each message's id and parent, so that a frontend can offer the others. */
static void write_tree(struct json_writer *w, const struct message *outline, size_t count)
{
    char id[ID_TEXT_MAX];
    json_key(w, "tree");
    json_array_open(w);
    for (size_t i = 0; i < count; i++) {
        const struct message *m = &outline[i];
        json_object_open(w);
        json_c_member(w, "id", message_id_text(m->id, id));
        json_c_member(w, "parent_id",
                      message_id_is_zero(m->parent) ? NULL : message_id_text(m->parent, id));
        json_text_member(w, "role", m->role);
        json_object_close(w);
    }
    json_array_close(w);
}

static int leaf_read(struct exchange *x, const struct tenant_scope *scope,
                     struct conversation *conversation, struct message_id *leaf, struct error *err)
{
    struct conversation_id id;
    struct str named;
    if (!conversation_id_parse(x->params[0], &id))
        return fail(err, ERROR_NOT_FOUND, "conversation_not_found",
                    "There is no such conversation.");
    if (request_query(&x->request, "leaf", x->arena, &named, err) < 0 ||
        conversation_find(scope, x->db, id, false, x->arena, conversation, err) < 0)
        return -1;
    *leaf = conversation->leaf;
    if (named.at && !message_id_parse(named, leaf))
        return fail(err, ERROR_NOT_FOUND, "message_not_found", "There is no such message.");
    return 0;
}

#define PAGE_BYTES (8 << 20) /* a page ends early rather than grow without end */

/* Writes a page of a branch; returns where the next one begins. */
static size_t write_page(struct json_writer *w, const struct exchange *x,
                         const struct message *branch, size_t first, size_t end)
{
    json_key(w, "data");
    json_array_open(w);
    size_t i = first;
    for (; i < end && x->response.body.len < PAGE_BYTES; i++)
        write_message(w, x, &branch[i]);
    json_array_close(w);
    return i;
}

struct page {
    struct message_id after;
    bool has_after;
    long long limit;
};

static int page_read(struct exchange *x, struct page *out, struct error *err)
{
    struct str cursor;
    if (request_query(&x->request, "after", x->arena, &cursor, err) < 0 ||
        request_query_number(&x->request, "limit", x->arena, 1, 1000, 200, &out->limit, err) < 0)
        return -1;
    out->has_after = cursor.at != NULL;
    if (cursor.at && !message_id_parse(cursor, &out->after))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_query", "after",
                          "The query parameter after must be the id of a message.");
    return 0;
}

/* ?leaf= names the branch's end (the newest otherwise); ?after= and ?limit= page along it, oldest
 * first. */
int messages_list(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct conversation conversation;
    struct message_id leaf;
    struct page page;
    struct message *branch, *outline;
    size_t count, outline_count, first = 0;
    char id[ID_TEXT_MAX];
    if (leaf_read(x, scope, &conversation, &leaf, err) < 0 || page_read(x, &page, err) < 0 ||
        history_read(scope, x->db, conversation.id, leaf, x->arena, &branch, &count, err) < 0 ||
        message_outline(scope, x->db, conversation.id, x->arena, &outline, &outline_count, err) < 0)
        return -1;
    if (page.has_after)
        while (first < count && !message_id_equal(branch[first++].id, page.after))
            continue;
    size_t end = count - first > (size_t)page.limit ? first + (size_t)page.limit : count;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    end = write_page(w, x, branch, first, end);
    json_bool_member(w, "has_more", end < count);
    json_c_member(w, "next", end < count ? message_id_text(branch[end - 1].id, id) : NULL);
    write_tree(w, outline, outline_count);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}
