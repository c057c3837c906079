/* What the web server refused before us gets our words; a request like any other does not. */
#include "refused.h"
#include "tap.h"

static struct error err;

static int kind_of(const char *redirect_status)
{
    err = (struct error){ 0 };
    struct str status = redirect_status ? str_of(redirect_status) : (struct str){ 0 };
    return refused_before_us(status, &err) ? (int)err.kind : 0;
}

int main(void)
{
    static const struct {
        const char *status;
        enum error_kind kind;
        const char *code;
    } rows[] = {
        { "400", ERROR_BAD_REQUEST, "bad_request" },
        { "404", ERROR_BAD_REQUEST, "bad_request" },
        { "411", ERROR_LENGTH, "length_required" },
        { "413", ERROR_TOO_LARGE, "request_too_large" },
        { "414", ERROR_ADDRESS_LENGTH, "uri_too_long" },
        { "417", ERROR_BAD_REQUEST, "bad_request" },
        { "431", ERROR_HEADERS, "headers_too_large" },
        { "500", ERROR_INTERNAL, "internal_error" },
        { "501", ERROR_BAD_REQUEST, "not_implemented" },
        { "503", ERROR_UNAVAILABLE, "unavailable" },
        { "504", ERROR_UPSTREAM_TIMEOUT, "timeout" },
        { "505", ERROR_BAD_REQUEST, "http_version" },
        { "599", ERROR_INTERNAL, "internal_error" },
    };
    static const char *const others[] = { NULL,   "",      "200", "0",
                                          "302",  "399",   "600", "-400",
                                          "400 ", "0x190", "4e2", "99999999999999999999" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is_number(kind_of(rows[i].status), rows[i].kind, "%s has its kind", rows[i].status);
        is_text(err.code, rows[i].code, "and its code");
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        is_number(kind_of(others[i]), 0, "%s is no refusal", others[i] ? others[i] : "absence");
    return done();
}
