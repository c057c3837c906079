/* What a response was asked, item by item. */
#include "handlers.h"

#include "chat/history.h"
#include "door/responses.h"
#include "responses_kept.h"

#define ITEMS_MAX_BYTES (60 << 20)

struct page {
    struct str after;
    bool is_rising;
    long long limit;
};

static int page_read(struct exchange *x, struct page *out, struct error *err)
{
    struct str order;
    if (request_query(&x->request, "after", x->arena, &out->after, err) < 0 ||
        request_query(&x->request, "order", x->arena, &order, err) < 0 ||
        request_query_number(&x->request, "limit", x->arena, 1, 100, 20, &out->limit, err) < 0)
        return -1;
    out->is_rising = str_is(order, "asc");
    if (order.at && !out->is_rising && !str_is(order, "desc"))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_query", "order",
                          "The query parameter order must be asc or desc.");
    return 0;
}

/* The messages between what the input hangs on and the answer, as a JSON array of items. */
static int items_read(struct exchange *x, const struct tenant_scope *scope, const struct kept *kept,
                      struct json **out, struct error *err)
{
    struct message *branch;
    size_t count, first = 0;
    char id[ID_TEXT_MAX];
    if (history_read(scope, x->db, kept->response.conversation, kept->turn.parent, x->arena,
                     &branch, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (message_id_equal(branch[i].id, kept->response.after))
            first = i + 1;
    struct text json = text_make(ITEMS_MAX_BYTES);
    struct json_writer *w = json_writer_new(x->arena, &json);
    json_array_open(w);
    for (size_t i = first; i < count; i++)
        responses_put_stored(w, x->arena, message_id_text(branch[i].id, id), branch[i].role,
                             branch[i].content, branch[i].parts);
    json_array_close(w);
    int status = json_parse(x->arena, arena_copy(x->arena, text_str(&json)),
                            &(struct json_limits){ .depth = 64, .lenient = true }, out, err);
    text_free(&json);
    return status;
}

static struct str id_of(const struct json *item)
{
    return json_text(json_member(item, "id"));
}

/* In the order that is wanted, behind the item that is named. */
static const struct json **items_sorted(struct exchange *x, const struct json *items,
                                        const struct page *page, size_t *count_out)
{
    const struct json **list = arena_array_of(x->arena, const struct json *, items->count);
    const struct json *item = items->children;
    size_t skip = 0;
    for (size_t i = 0; i < items->count; i++, item = item->next)
        list[page->is_rising ? i : items->count - 1 - i] = item;
    for (size_t i = 0; page->after.at && i < items->count; i++)
        if (str_equal(id_of(list[i]), page->after))
            skip = i + 1;
    *count_out = items->count - skip;
    return list + skip;
}

int responses_input_items(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct kept kept;
    struct page page;
    struct json *items;
    size_t count;
    if (page_read(x, &page, err) < 0 || response_of_path(x, scope, &kept, err) < 0 ||
        items_read(x, scope, &kept, &items, err) < 0)
        return -1;
    const struct json **list = items_sorted(x, items, &page, &count);
    size_t shown = count < (size_t)page.limit ? count : (size_t)page.limit;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "object", "list");
    json_key(w, "data");
    json_array_open(w);
    for (size_t i = 0; i < shown; i++)
        json_put_raw(w, list[i]->raw);
    json_array_close(w);
    json_text_member(w, "first_id", shown ? id_of(list[0]) : (struct str){ 0 });
    json_text_member(w, "last_id", shown ? id_of(list[shown - 1]) : (struct str){ 0 });
    json_bool_member(w, "has_more", shown < count);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}
