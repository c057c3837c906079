/* Finds out what went wrong at a provider: by the names it gives, its words, or the HTTP status. */
#include "upstream_cause.h"

/* Values of error.code and error.type, whatever the status. */
static const struct {
    const char *name;
    enum cause cause;
} named[] = {
    { "context_length_exceeded", CAUSE_CONTEXT },
    { "exceed_context_size_error", CAUSE_CONTEXT },
    { "content_filter", CAUSE_FILTER },
    { "content_policy_violation", CAUSE_FILTER },
    { "insufficient_quota", CAUSE_QUOTA },
    { "credit_balance_exhausted", CAUSE_QUOTA },
    { "billing_hard_limit_reached", CAUSE_QUOTA },
    { "rate_limit_exceeded", CAUSE_RATE },
    { "rate_limit_error", CAUSE_RATE },
    { "overloaded", CAUSE_RATE },
    { "invalid_api_key", CAUSE_AUTH },
    { "authentication_error", CAUSE_AUTH },
    { "permission_error", CAUSE_AUTH },
    { "model_not_found", CAUSE_MODEL },
    { "not_found_error", CAUSE_MODEL },
    { "slow_down", CAUSE_BUSY },
    { "server_is_overloaded", CAUSE_BUSY },
    { "overloaded_error", CAUSE_BUSY },
    { "unavailable_error", CAUSE_BUSY },
    { "billing_error", CAUSE_QUOTA },
    { "enforced_spend_limit_reached", CAUSE_QUOTA },
    { "timeout_error", CAUSE_TIMEOUT },
    { "request_too_large", CAUSE_LARGE },
    { "API_KEY_INVALID", CAUSE_AUTH },
    { "UNAUTHENTICATED", CAUSE_AUTH },
    { "PERMISSION_DENIED", CAUSE_AUTH },
    { "NOT_FOUND", CAUSE_MODEL },
    { "DeploymentNotFound", CAUSE_MODEL },
    { "RESOURCE_EXHAUSTED", CAUSE_RATE },
    { "UNAVAILABLE", CAUSE_BUSY },
    { "DEADLINE_EXCEEDED", CAUSE_TIMEOUT },
    { "INVALID_ARGUMENT", CAUSE_REFUSED },
    { "validation", CAUSE_REFUSED },
    { "template_error", CAUSE_REFUSED },
    { "tool_error", CAUSE_REFUSED },
};

/* Some servers only say it in words: how a message begins. */
static const struct {
    const char *words;
    enum cause cause;
} worded[] = {
    { "Model is overloaded", CAUSE_RATE }, { "Input validation error", CAUSE_REFUSED },
    { "Template error", CAUSE_REFUSED },   { "Tool error", CAUSE_REFUSED },
    { "Missing template", CAUSE_REFUSED },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const struct json *upstream_error_object(const struct json *root)
{
    const struct json *first = root && root->type == JSON_ARRAY ? json_at(root, 0) : root;
    const struct json *error = json_member(first, "error");
    if (json_is_set(error))
        return error->type == JSON_OBJECT ? error : first;
    return str_is(json_text(json_member(first, "object")), "error") ? first : NULL;
}

/* "35.5s" in milliseconds; 0 for anything else. */
static int64_t delay_ms(struct str delay)
{
    int64_t ms = 0, unit = 1000;
    size_t i = 0;
    for (; i < delay.len && i < 5 && delay.at[i] >= '0' && delay.at[i] <= '9'; i++)
        ms = ms * 10 + (delay.at[i] - '0') * 1000;
    if (i < delay.len && delay.at[i] == '.')
        for (i++; i < delay.len && delay.at[i] >= '0' && delay.at[i] <= '9'; i++)
            ms += (delay.at[i] - '0') * (unit /= 10);
    return i + 1 == delay.len && delay.at[i] == 's' ? ms : 0;
}

/* Google puts the reason and the time to wait into a list of details, Anthropic the reason into an
 * object. */
static void read_details(const struct json *details, struct upstream_report *report)
{
    struct str reason = json_text(json_member(details, "error_code"));
    bool is_list = details && details->type == JSON_ARRAY;
    for (const struct json *d = is_list ? details->children : NULL; d; d = d->next) {
        int64_t ms = delay_ms(json_text(json_member(d, "retryDelay")));
        if (ms > 0 && ms <= 3600000)
            report->wait_ms = ms;
        if (json_text(json_member(d, "reason")).at)
            reason = json_text(json_member(d, "reason"));
    }
    report->reason = reason;
}

struct upstream_report upstream_report_read(const struct json *root)
{
    const struct json *error = upstream_error_object(root);
    if (!error)
        error = root;
    const struct json *code = json_member(error, "code");
    struct upstream_report report = {
        .code = json_text(code),
        .type = json_text(json_member(error, "type")),
        .param = json_text(json_member(error, "param")),
        .message = json_text(json_member(error, "message")),
    };
    long long number = json_integer(code, 0);
    if (report.code.at)
        str_to_number(report.code, 999, &number);
    report.number = number > 0 && number < 1000 ? (int)number : 0;
    int64_t seconds = json_integer(json_member(error, "estimated_time"), 0);
    report.wait_ms = seconds > 0 && seconds <= 3600 ? seconds * 1000 : 0;
    if (!report.type.at)
        report.type = json_text(json_member(error, "error_type"));
    if (!report.type.at)
        report.type = json_text(json_member(error, "status"));
    if (!report.message.at)
        report.message = json_text(json_member(error, "error"));
    if (!report.message.at)
        report.message = json_text(json_member(error, "detail"));
    read_details(json_member(error, "details"), &report);
    return report;
}

static enum cause cause_named(struct str name)
{
    for (size_t i = 0; name.at && i < COUNT(named); i++) {
        if (str_equal_nocase(name, named[i].name))
            return named[i].cause;
    }
    return CAUSE_NONE;
}

static enum cause cause_worded(struct str message)
{
    for (size_t i = 0; message.at && i < COUNT(worded); i++) {
        if (str_starts(message, worded[i].words))
            return worded[i].cause;
    }
    return CAUSE_NONE;
}

static enum cause cause_of_status(int status)
{
    switch (status) {
    case 400:
    case 422:
        return CAUSE_REFUSED;
    case 401:
    case 403:
        return CAUSE_AUTH;
    case 402:
        return CAUSE_QUOTA;
    case 404:
        return CAUSE_MODEL;
    case 408:
    case 504:
        return CAUSE_TIMEOUT;
    case 413:
        return CAUSE_LARGE;
    case 429:
        return CAUSE_RATE;
    case 503:
    case 529:
        return CAUSE_BUSY;
    default:
        return status >= 400 ? CAUSE_FAILED : CAUSE_NONE;
    }
}

/* Names say most; words count only where the status says least. */
enum cause upstream_cause(int status, const struct upstream_report *report)
{
    enum cause cause = cause_named(report->reason);
    if (!cause)
        cause = cause_named(report->code);
    if (!cause)
        cause = cause_named(report->type);
    if (!cause && (status < 400 || status == 400 || status == 422))
        cause = cause_worded(report->message);
    if (!cause)
        cause = cause_of_status(status);
    if (!cause && report->number)
        cause = cause_of_status(report->number);
    if (!cause && str_is(report->type, "invalid_request_error"))
        cause = CAUSE_REFUSED;
    return cause ? cause : CAUSE_FAILED;
}
