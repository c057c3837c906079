/* Plain answers: headers, a JSON body, and sending both. */
#include "respond.h"

#include "base/clock.h"
#include "cors.h"
#include "json/write.h"

#define OUT_MAX_BYTES (65 << 20)

void respond_header(struct exchange *x, const char *name, const char *value)
{
    text_addf(&x->response.headers, "%s: %s\r\n", name, value);
}

struct json_writer *respond_writer(struct exchange *x)
{
    text_clear(&x->response.body);
    return json_writer_new(x->arena, &x->response.body);
}

void respond_json(struct exchange *x, int status)
{
    x->response.status = status;
    x->response.content_type = "application/json; charset=utf-8";
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } reasons[] = { { 200, "OK" },           { 201, "Created" },      { 202, "Accepted" },
                    { 204, "No Content" },   { 304, "Not Modified" }, { 400, "Bad Request" },
                    { 401, "Unauthorized" }, { 403, "Forbidden" },    { 404, "Not Found" } };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return status < 500 ? "Refused" : "Failed";
}

static void timing_header(const struct exchange *x, struct text *out)
{
    text_addf(out, "Server-Timing: auth;dur=%.3f, db;dur=%.3f", (double)x->auth_us / 1000,
              (double)x->db_us / 1000);
    if (x->turn && x->turn->first_ms >= 0)
        text_addf(out, ", upstream;dur=%lld", (long long)x->turn->first_ms);
    text_add_c(out, "\r\n");
}

void respond_head(struct exchange *x, struct text *out)
{
    char id[ID_TEXT_MAX];
    text_addf(out, "Status: %d %s\r\n", x->response.status, reason(x->response.status));
    if (x->response.content_type)
        text_addf(out, "Content-Type: %s\r\n", x->response.content_type);
    text_addf(out, "X-Request-Id: %s\r\n", request_id_text(x->request.id, id));
    if (x->door->id_header)
        text_addf(out, "%s: %s\r\n", x->door->id_header, id);
    if (x->tenant)
        text_addf(out, "X-Insula-Generation: %lld\r\n", (long long)x->tenant->generation);
    timing_header(x, out);
    text_add_c(out, "X-Content-Type-Options: nosniff\r\n"
                    "Referrer-Policy: no-referrer\r\n"
                    "Cross-Origin-Resource-Policy: same-origin\r\n");
    cors_headers(x, out);
    text_add(out, text_str(&x->response.headers));
}

void respond_send(struct exchange *x)
{
    struct text out = text_make(OUT_MAX_BYTES);
    respond_head(x, &out);
    if (!memmem(x->response.headers.at ? x->response.headers.at : "", x->response.headers.len,
                "Cache-Control:", 14))
        text_add_c(&out, "Cache-Control: no-store\r\n");
    text_add_c(&out, "\r\n");
    if (x->response.status != 204 && x->response.status != 304)
        text_add(&out, text_str(&x->response.body));
    x->head_sent = true;
    client_finish(&x->client, text_str(&out));
    text_free(&out);
}
