/* Tells our clients about providers' errors: in our words and codes where the provider or the
 * installation is at fault, in the provider's own where the client's request is. */
#include "upstream_error.h"

#include "upstream_words.h"

/* What the client is told. A client's key is fine when ours is refused, hence no 401. */
static const struct {
    enum error_kind kind;
    const char *type, *code, *words;
    bool retry_useless;
} told[] = {
    [CAUSE_REFUSED] = { ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request",
                        "The provider refused the request as invalid", false },
    [CAUSE_CONTEXT] = { ERROR_BAD_REQUEST, "invalid_request_error", "context_length_exceeded",
                        "The messages exceed the model's maximum context length", false },
    [CAUSE_FILTER] = { ERROR_BAD_REQUEST, "invalid_request_error", "content_filter",
                       "The provider's content filter refused the request", false },
    [CAUSE_AUTH] = { ERROR_UPSTREAM, "upstream_error", "upstream_auth_error",
                     "The provider does not accept this installation's credential", true },
    [CAUSE_QUOTA] = { ERROR_LIMIT, "insufficient_quota", "insufficient_quota",
                      "The provider's quota for this installation is used up", true },
    [CAUSE_MODEL] = { ERROR_NOT_FOUND, "invalid_request_error", "model_not_found",
                      "The provider does not know this model", false },
    [CAUSE_TIMEOUT] = { ERROR_UPSTREAM_TIMEOUT, "upstream_error", "upstream_timeout",
                        "The provider did not answer in time", false },
    [CAUSE_LARGE] = { ERROR_TOO_LARGE, "invalid_request_error", "request_too_large",
                      "The request is too large for the provider", false },
    [CAUSE_RATE] = { ERROR_LIMIT, "rate_limit_error", "rate_limit_exceeded",
                     "The provider's rate limit is reached", false },
    [CAUSE_BUSY] = { ERROR_UPSTREAM_BUSY, "upstream_error", "upstream_unavailable",
                     "The provider is overloaded or not ready", false },
    [CAUSE_FAILED] = { ERROR_UPSTREAM, "upstream_error", "upstream_error", NULL, false },
    [CAUSE_GARBAGE] = { ERROR_UPSTREAM, "upstream_error", "upstream_bad_response",
                        "The provider sent no valid answer", false },
};

/* Whether the client's own request is at fault, so that the provider's words are for the client. */
static bool is_clients(enum cause cause)
{
    return cause == CAUSE_REFUSED || cause == CAUSE_CONTEXT || cause == CAUSE_FILTER;
}

/* Causes with a code of their own keep it, whatever the provider calls them. */
static void tell_words(enum cause cause, const struct upstream_report *report, struct error *err)
{
    upstream_words_tell(report, err);
    if (cause == CAUSE_REFUSED) {
        upstream_code_tell(report, err);
    } else {
        err->has_told_code = 1;
        snprintf(err->told_code, sizeof err->told_code, "%s", err->code);
    }
}

static int tell(enum cause cause, const struct upstream_report *report, int status,
                const char *failed_words, struct error *err)
{
    const char *words = told[cause].words ? told[cause].words : failed_words;
    fail(err, told[cause].kind, told[cause].code, "%s", words);
    err->type = told[cause].type;
    err->retry_useless = told[cause].retry_useless;
    if (is_clients(cause))
        tell_words(cause, report, err);
    if (cause == CAUSE_RATE || cause == CAUSE_BUSY)
        err->retry_after_ms = (int)report->wait_ms;
    return error_note(err, "the provider answered with status %d", status);
}

int upstream_error_fail(const struct json *root, const char *failed_words, struct error *err)
{
    struct upstream_report report = upstream_report_read(root);
    return tell(upstream_cause(200, &report), &report, 200, failed_words, err);
}

int upstream_error_streamed(const struct decoder *decoder, const struct json *root,
                            struct decoded *out, struct error *err)
{
    static const char words[] = "upstream failed while streaming";
    struct upstream_report report = upstream_report_read(root);
    enum cause cause = upstream_cause(200, &report);
    out->failed = true;
    if (is_clients(cause) && decoder->choices_seen)
        cause = CAUSE_FAILED; /* what was begun is not refused any more */
    tell(cause, &report, 200, words, err);
    if (cause == CAUSE_BUSY && decoder->choices_seen) {
        fail(err, ERROR_UPSTREAM_BUSY, "upstream_overloaded", words);
        err->type = "upstream_error";
    }
    return -1;
}

int upstream_error_answered(const struct json *root, struct decoded *out, struct error *err)
{
    out->failed = true;
    return upstream_error_fail(root, "The provider failed to answer", err);
}

void upstream_error_of(const struct http_head *head, struct str body, struct arena *arena,
                       struct error *err)
{
    static const struct json_limits limits = { .lenient = true };
    struct json *root = NULL;
    struct error ignored;
    if (json_parse(arena, body, &limits, &root, &ignored) != 0)
        root = NULL;
    struct upstream_report report = upstream_report_read(root);
    if (!root && strcmp(head->content_type, "text/plain") == 0)
        report.message = body;
    enum cause cause = CAUSE_GARBAGE;
    if (head->status >= 400 || upstream_error_object(root))
        cause = upstream_cause(head->status, &report);
    tell(cause, &report, head->status, "The provider failed to answer", err);
    if (head->retry_after_ms && (cause == CAUSE_RATE || cause == CAUSE_BUSY))
        err->retry_after_ms = head->retry_after_ms;
    if (head->should_retry_false)
        err->retry_useless = 1;
}
