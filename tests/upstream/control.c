/* The endpoints under /control, for tests. */
#include "control.h"

#include "record.h"
#include "script.h"

#include <stdlib.h>
#include <string.h>

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status,
                             struct buffer *json)
{
    /* The response takes the bytes over and frees them. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(json->len, json->at, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result done = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return done;
}

static unsigned queue_answer(const char *body, struct buffer *out)
{
    char problem[256];
    yajl_val object = yajl_tree_parse(body ? body : "", problem, sizeof problem);
    unsigned status = 400;
    if (YAJL_IS_OBJECT(json_member(object, "script")) ||
        YAJL_IS_OBJECT(json_member(object, "fixture"))) {
        record_queue(body, json_string(object, "key"), json_number(object, "times", 1));
        buffer_addf(out, "{\"queued\":true}");
        status = 200;
    } else {
        buffer_addf(out, "{\"error\":\"say {script: {…}} or {fixture: {…}}\"}");
    }
    yajl_tree_free(object);
    return status;
}

enum MHD_Result control_handle(const struct server *server, struct MHD_Connection *connection,
                               const char *method, const char *url, const char *body)
{
    struct buffer out = { 0 };
    unsigned status = 200;
    const char *after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
    const char *key = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "key");
    if (strcmp(method, "POST") == 0) {
        status = queue_answer(body, &out);
    } else if (strcmp(method, "DELETE") == 0) {
        if (key)
            record_unqueue(key);
        else
            record_clear();
        buffer_addf(&out, "{\"cleared\":true}");
    } else if (strcmp(url, "/control/requests") == 0) {
        record_write_requests(&out, key, after ? strtoll(after, NULL, 10) : 0);
    } else if (strcmp(url, "/control/stats") == 0) {
        record_write_stats(&out, server->connections);
    } else {
        buffer_addf(&out, "{\"error\":\"README.md lists what there is\"}");
        status = 404;
    }
    return reply(connection, status, &out);
}
