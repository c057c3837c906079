/* Gives the words for what the web server refused before it came to us, so that a client gets the
 * same JSON and a request id whoever refuses. No client can say REDIRECT_STATUS: it is no header.
 */
#include "refused.h"

static const struct refusal {
    int status; /* the web server's */
    enum error_kind kind;
    const char *code, *message;
} refusals[] = {
    { 411, ERROR_LENGTH, "length_required",
      "A request of this kind needs a Content-Length, were it 0." },
    { 413, ERROR_TOO_LARGE, "request_too_large", "The request's body is too large." },
    { 414, ERROR_ADDRESS_LENGTH, "uri_too_long", "The request's address is too long." },
    { 431, ERROR_HEADERS, "headers_too_large", "The request's headers are too large." },
    /* A client's fault; as a 5xx, OpenAI's clients would send it again. */
    { 501, ERROR_BAD_REQUEST, "not_implemented",
      "The web server does not know this method, or this transfer encoding." },
    { 505, ERROR_BAD_REQUEST, "http_version", "The web server does not speak this HTTP version." },
    { 503, ERROR_UNAVAILABLE, "unavailable",
      "No worker is free or running. Please try again in a moment." },
    { 504, ERROR_UPSTREAM_TIMEOUT, "timeout", "A worker did not answer in time." },
};

int refused_before_us(struct str redirect_status, struct error *err)
{
    long long status = 0;
    if (!str_to_number(redirect_status, 599, &status) || status < 400)
        return 0;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i].status == status)
            return fail(err, refusals[i].kind, refusals[i].code, "%s", refusals[i].message);
    if (status >= 500)
        return fail(err, ERROR_INTERNAL, "internal_error", "A worker gave no valid answer.");
    return fail(err, ERROR_BAD_REQUEST, "bad_request",
                "The web server could not read this request.");
}
