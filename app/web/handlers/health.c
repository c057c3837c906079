/* For machines: is this process there, can it work, what has it done. */
#include "handlers.h"

#include "base/breakers.h"
#include "base/metrics.h"
#include "chat/ready.h"
#include "json/write.h"

static void answer_state(struct exchange *x, int status, const char *state)
{
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "status", state);
    json_object_close(w);
    respond_json(x, status);
}

int health_get(struct exchange *x, struct error *err)
{
    (void)err;
    answer_state(x, 200, "ok");
    return 0;
}

int ready_get(struct exchange *x, struct error *err)
{
    if (chat_ready(&x->house->chat, x->house->directory, x->db, err) < 0)
        return -1;
    answer_state(x, 200, "ready");
    return 0;
}

/* Local scrapers need nothing; others head office's credential. A proxy in front makes everybody
 * look local, so a request with a credential is judged by it. */
static int may_read_metrics(struct exchange *x, struct error *err)
{
    struct str from = x->request.remote_address, bearer = x->request.authorization;
    if (bearer.len > 7 && strncasecmp(bearer.at, "Bearer ", 7) == 0)
        return authenticate_operator(x->house->auth, x->db,
                                     (struct str){ bearer.at + 7, bearer.len - 7 }, x->arena, err);
    if (str_is(from, "127.0.0.1") || str_is(from, "::1") || !from.len)
        return 0;
    return fail(err, ERROR_UNAUTHENTICATED, "missing_credential",
                "From another machine this needs head office's credential.");
}

int metrics_get(struct exchange *x, struct error *err)
{
    if (may_read_metrics(x, err) < 0)
        return -1;
    metrics_write(&x->response.body);
    breakers_write(&x->response.body);
    x->response.status = 200;
    x->response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return 0;
}
