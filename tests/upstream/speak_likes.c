/* Servers that speak OpenAI's chat completions with manners of their own: Azure by its addresses,
 * the others by the folder that their address begins with. */
#include "speak_openai.h"

#define HARMLESS                                                                                   \
    "{\"hate\":{\"filtered\":false,\"severity\":\"safe\"},"                                        \
    "\"violence\":{\"filtered\":false,\"severity\":\"safe\"}}"
#define HARMLESS_PROMPT                                                                            \
    "\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":" HARMLESS "}]"

static void add_code(struct buffer *out, int code, const char *before)
{
    buffer_addf(out, "%s\"code\":%d", before, code);
}

/* Azure's own errors have no type, and say the status as a text. */
static int refuse_as_azure(const struct refusal *refusal, struct buffer *out)
{
    buffer_addf(out, "{\"error\":{\"code\":\"");
    if (refusal->status == 404)
        buffer_addf(out, "DeploymentNotFound\"");
    else
        buffer_addf(out, "%d\"", refusal->status);
    add_member(out, "message", refusal->message);
    buffer_addf(out, "}}");
    return refusal->status;
}

static int refuse_as_vllm(const struct refusal *refusal, struct buffer *out)
{
    static const struct status_word types[] = {
        { 400, "BadRequestError" },
        { 404, "NotFoundError" },
        { 429, "Too Many Requests" },
        { 0, "InternalServerError" },
    };
    if (refusal->status == 401) {
        buffer_addf(out, "{\"error\":\"Unauthorized\"}");
        return 401;
    }
    buffer_addf(out, "{\"error\":{\"message\":");
    add_text(out, refusal->message);
    add_member(out, "type", status_word(types, refusal->status));
    buffer_addf(out, ",\"param\":null");
    add_code(out, refusal->status, ",");
    buffer_addf(out, "}}");
    return refusal->status;
}

static int refuse_as_llamacpp(const struct refusal *refusal, struct buffer *out)
{
    static const struct status_word types[] = {
        { 400, "invalid_request_error" }, { 401, "authentication_error" },
        { 403, "permission_error" },      { 404, "not_found_error" },
        { 429, "rate_limit_error" },      { 501, "not_supported_error" },
        { 503, "unavailable_error" },     { 0, "server_error" },
    };
    buffer_addf(out, "{\"error\":{");
    add_code(out, refusal->status, "");
    add_member(out, "message", refusal->message);
    add_member(out, "type", status_word(types, refusal->status));
    buffer_addf(out, "}}");
    return refusal->status;
}

static int refuse_as_ollama_v1(const struct refusal *refusal, struct buffer *out)
{
    static const struct status_word types[] = { { 400, "invalid_request_error" },
                                                { 404, "not_found_error" },
                                                { 0, "api_error" } };
    buffer_addf(out, "{\"error\":{\"message\":");
    add_text(out, refusal->message);
    add_member(out, "type", status_word(types, refusal->status));
    buffer_addf(out, ",\"param\":null,\"code\":null}}");
    return refusal->status;
}

static int refuse_as_tgi_v1(const struct refusal *refusal, struct buffer *out)
{
    static const struct status_word types[] = {
        { 422, "validation" },
        { 424, "generation" },
        { 429, "overloaded" },
        { 0, "incomplete_generation" },
    };
    buffer_addf(out, "{\"error\":");
    add_text(out, refusal->message);
    add_member(out, "error_type", status_word(types, refusal->status));
    buffer_addf(out, "}");
    return refusal->status;
}

/* The writer takes the model's error for an answer: an empty delta, and nothing more. */
static void fail_as_ollama_v1(struct answer *answer, struct buffer *out)
{
    buffer_addf(out,
                "data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":"
                "\"\",\"system_fingerprint\":\"fp_ollama\",\"choices\":[{\"index\":0,\"delta\":"
                "{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
                answer->id);
}

static void fail_as_tgi_v1(struct answer *answer, struct buffer *out)
{
    (void)answer;
    buffer_addf(out, "data: {\"error\":{\"message\":");
    add_text(out, LOST_THREAD);
    buffer_addf(out, ",\"http_status_code\":422}}\n\ndata: [DONE]\n\n");
}

static const struct manners azure = {
    .fingerprint = "\"fp_scripted\"",
    .opening =
        "{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\"," HARMLESS_PROMPT
        ",\"usage\":null}",
    .first_delta = "\"content\":\"\",\"refusal\":null,\"role\":\"assistant\"",
    .each_delta = "",
    .first_piece = "",
    .last_delta = "",
    .reasoning = "reasoning_content",
    .choice = ",\"logprobs\":null,\"content_filter_results\":" HARMLESS,
    .choice_whole = ",\"content_filter_results\":" HARMLESS,
    .whole = "," HARMLESS_PROMPT,
    .usage = "",
    .usage_null = true,
};

static const struct manners vllm = {
    .fingerprint = "null",
    .first_delta = "\"role\":\"assistant\",\"content\":\"\"",
    .each_delta = "",
    .first_piece = "",
    .last_delta = "",
    .reasoning = "reasoning",
    .choice = ",\"logprobs\":null,\"token_ids\":null",
    .choice_whole = ",\"stop_reason\":null,\"token_ids\":null",
    .whole = ",\"prompt_logprobs\":null,\"kv_transfer_params\":null",
    .usage = "",
    .calls = CALLS_NAME_FIRST,
    .done_after_error = true,
};

#define TIMINGS ",\"timings\":{\"cache_n\":0,\"prompt_ms\":52.1,\"predicted_ms\":410.5}"
static const struct manners llamacpp = {
    .fingerprint = "\"b7010\"",
    .first_delta = "\"role\":\"assistant\",\"content\":null",
    .each_delta = "",
    .first_piece = "",
    .last_delta = "",
    .reasoning = "reasoning_content",
    .choice = "",
    .choice_whole = "",
    .whole = TIMINGS,
    .usage = TIMINGS,
};

static const struct manners ollama_v1 = {
    .fingerprint = "\"fp_ollama\"",
    .each_delta = "",
    .first_piece = "\"role\":\"assistant\",",
    .last_delta = "",
    .reasoning = "reasoning",
    .choice = "",
    .choice_whole = "",
    .whole = "",
    .usage = "",
};

static const struct manners tgi_v1 = {
    .no_id = true,
    .fingerprint = "\"3.3.5-native\"",
    .each_delta = "\"role\":\"assistant\",",
    .first_piece = "",
    .last_delta = "\"role\":\"assistant\",\"content\":\"\"",
    .reasoning = "reasoning_content",
    .choice = ",\"logprobs\":null",
    .choice_whole = "",
    .whole = "",
    .usage = "",
    .usage_null = true,
    .calls = CALLS_REPEATED,
    .one_call = true,
    .silent_calls = true,
};

const struct protocol azure_protocol = {
    .name = "azure",
    .addresses = { "*/openai/deployments/*/chat/completions" },
    .needs = "api-version",
    .manners = &azure,
    .request_id = "apim-request-id",
    .fail = openai_fail,
    .refuse = refuse_as_azure,
    SPEAKING_OPENAI,
};

const struct protocol azure_v1_protocol = {
    .name = "azure-v1",
    .addresses = { "*/openai/v1/chat/completions" },
    .manners = &azure,
    .request_id = "apim-request-id",
    .fail = openai_fail,
    .refuse = refuse_as_azure,
    SPEAKING_OPENAI,
};

const struct protocol vllm_protocol = {
    .name = "vllm",
    .addresses = { "/vllm/*/chat/completions" },
    .manners = &vllm,
    .request_id = "x-request-id",
    .fail = openai_fail,
    .refuse = refuse_as_vllm,
    SPEAKING_OPENAI,
};

const struct protocol llamacpp_protocol = {
    .name = "llamacpp",
    .addresses = { "/llamacpp/*/chat/completions" },
    .manners = &llamacpp,
    .request_id = "x-request-id",
    .fail = openai_fail,
    .refuse = refuse_as_llamacpp,
    SPEAKING_OPENAI,
};

const struct protocol ollama_v1_protocol = {
    .name = "ollama-v1",
    .addresses = { "/ollama/*/chat/completions" },
    .manners = &ollama_v1,
    .whole_calls = true,
    .request_id = "x-request-id",
    .fail = fail_as_ollama_v1,
    .refuse = refuse_as_ollama_v1,
    SPEAKING_OPENAI,
};

const struct protocol tgi_v1_protocol = {
    .name = "tgi-v1",
    .addresses = { "/tgi/*/chat/completions" },
    .manners = &tgi_v1,
    .request_id = "x-request-id",
    .fail = fail_as_tgi_v1,
    .refuse = refuse_as_tgi_v1,
    SPEAKING_OPENAI,
};
