/* Puts the requests of all providers together that write a body of their own. */
#include "draft.h"

#include "raw_json.h"

static const size_t body_max_bytes = (size_t)64 << 20;

void draft_open(struct draft *draft, const struct upstream *upstream,
                const struct completion *completion, struct arena *arena)
{
    *draft = (struct draft){ .arena = arena,
                             .text = text_make(body_max_bytes),
                             .http2 = upstream->options.http2 };
    draft->headers = arena_array_of(arena, struct header, DRAFT_HEADERS_MAX);
    draft->w = json_writer_new(arena, &draft->text);
    json_object_open(draft->w);
    draft_header(draft, "Content-Type", STR("application/json"));
    draft_header(draft, "Accept",
                 completion->stream ? STR("text/event-stream") : STR("application/json"));
}

void draft_header(struct draft *draft, const char *name, struct str value)
{
    draft->headers[draft->header_count++] = (struct header){ name, value };
}

void draft_key(struct draft *draft, const struct upstream *upstream, const char *own_header)
{
    const struct provider_options *options = &upstream->options;
    struct str key = upstream->api_key;
    if (key.len && own_header && !options->bearer)
        draft_header(draft, own_header, key);
    else if (key.len)
        draft_header(draft, "Authorization",
                     str_of(arena_printf(draft->arena, "Bearer %.*s", STR_ARGS(key))));
    if (options->organization)
        draft_header(draft, "OpenAI-Organization", str_of(options->organization));
    if (options->project)
        draft_header(draft, "OpenAI-Project", str_of(options->project));
}

int draft_close(struct draft *draft, int status, const char *url, struct http_request *out,
                struct error *err)
{
    if (status == 0)
        json_object_close(draft->w);
    struct str body = text_str(&draft->text), copy = { 0 };
    if (status == 0 && (draft->text.over || !raw_join(draft->arena, &body, 1, &copy)))
        status = fail(err, ERROR_TOO_LARGE, "request_too_large", "The conversation is too large");
    text_free(&draft->text);
    if (status != 0)
        return -1;
    *out = (struct http_request){ .method = "POST",
                                  .url = url,
                                  .headers = draft->headers,
                                  .header_count = draft->header_count,
                                  .body = copy,
                                  .http2 = draft->http2 };
    return 0;
}

const char *draft_segment(struct arena *arena, const char *name)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    struct text text = text_make(3 * strlen(name) + 1);
    for (const char *c = name; *c; c++) {
        if (strchr(plain, *c))
            text_add(&text, (struct str){ c, 1 });
        else
            text_addf(&text, "%%%02X", (unsigned)(unsigned char)*c);
    }
    const char *segment = arena_copy(arena, text_str(&text)).at;
    text_free(&text);
    return segment;
}
