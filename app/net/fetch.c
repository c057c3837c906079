/* Small documents, fetched while the caller waits: key sets, and the checks of insulactl. */
#include "call.h"

struct document {
    struct text body;
    struct http_head head;
    char content_type[96];
};

static void on_head(void *self, const struct http_head *head)
{
    struct document *document = self;
    document->head = *head;
    snprintf(document->content_type, sizeof document->content_type, "%s", head->content_type);
}

static int on_take(void *self, struct str bytes)
{
    struct document *document = self;
    text_add(&document->body, bytes);
    return document->body.over ? -1 : 0;
}

static int end_failed(const struct call *call, CURLcode result, struct error *err)
{
    switch (call_end(call, result)) {
    case TRANSFER_STOPPED:
        return fail(err, ERROR_TOO_LARGE, "upstream_too_large", "The document is too large");
    case TRANSFER_TIMEOUT:
        fail(err, ERROR_UPSTREAM_TIMEOUT, "upstream_timeout", "The server did not answer in time");
        break;
    case TRANSFER_FORBIDDEN:
        fail(err, ERROR_UPSTREAM, "upstream_forbidden", "The server's address may not be called");
        break;
    default:
        fail(err, ERROR_UPSTREAM, "upstream_error", "The server could not be reached");
    }
    return error_note(err, "%s", call_detail(call, result));
}

static int keep(struct arena *arena, const struct document *document, struct http_head *head_out,
                struct str *body_out, struct error *err)
{
    char *copy = arena_try(arena, document->body.len + 1);
    if (!copy)
        return fail(err, ERROR_TOO_LARGE, "upstream_too_large", "The document is too large");
    memcpy(copy, text_str(&document->body).at, document->body.len);
    *body_out = (struct str){ copy, document->body.len };
    *head_out = document->head;
    head_out->content_type = arena_printf(arena, "%s", document->content_type);
    return 0;
}

int fetch_document(struct arena *arena, const struct http_request *request, size_t max_bytes,
                   struct http_head *head_out, struct str *body_out, struct error *err)
{
    static const struct transfer_sink sink = { .head = on_head, .take = on_take };
    struct document document = { .body = text_make(max_bytes) };
    struct call call;
    CURL *easy = curl_easy_init();
    curl_must(easy != NULL);
    int failed = call_prepare(&call, easy, request, &sink, &document, err);
    if (!failed) {
        CURLcode result = curl_easy_perform(easy);
        failed = result == CURLE_OK ? keep(arena, &document, head_out, body_out, err)
                                    : end_failed(&call, result, err);
        call_clear(&call);
    }
    curl_easy_cleanup(easy);
    text_free(&document.body);
    return failed;
}
