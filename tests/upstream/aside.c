/* What model servers are asked beside conversations: which models they have, and embeddings. */
#include "decide.h"

#include "speak.h"

#include <fnmatch.h>
#include <stdint.h>
#include <string.h>

#define OLLAMA_MODEL                                                                               \
    "\"details\":{\"format\":\"gguf\",\"family\":\"llama\",\"parameter_size\":\"8.0B\","           \
    "\"quantization_level\":\"Q4_K_M\"}"

/* What is answered with a document that is always the same. */
static const struct {
    const char *method, *path, *json;
} documents[] = {
    { "GET", "*/models",
      "{\"object\":\"list\",\"data\":[{\"id\":\"scripted\",\"object\":\"model\",\"created\":"
      "1700000000,"
      "\"owned_by\":\"tests\"}]}" },
    { "GET", "*/api/tags",
      "{\"models\":[{\"name\":\"scripted\",\"model\":\"scripted\",\"modified_at\":"
      "\"2026-01-01T00:00:00Z\",\"size\":1,\"digest\":\"00\"," OLLAMA_MODEL "}]}" },
    { "GET", "*/api/version", "{\"version\":\"0.0.0-scripted\"}" },
    { "POST", "*/api/show",
      "{\"modelfile\":\"\",\"template\":\"\",\"capabilities\":[\"completion\",\"tools\"],"
      "\"model_info\":{}," OLLAMA_MODEL "}" },
};

enum { DIMENSIONS = 8 };

/* The same text always gets the same vector: its bytes, folded. */
static void embed(const char *text, float out[DIMENSIONS])
{
    uint32_t hash = 2166136261u;
    for (const char *at = text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    for (int i = 0; i < DIMENSIONS; i++)
        out[i] = (float)((hash >> (i * 4)) & 15) / 16.0f - 0.5f;
}

static void add_base64(const unsigned char *bytes, size_t n, struct buffer *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    buffer_addf(out, "\"");
    for (size_t i = 0; i < n; i += 3) {
        unsigned three = (unsigned)bytes[i] << 16 | (i + 1 < n ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (i + 2 < n ? bytes[i + 2] : 0);
        buffer_addf(out, "%c%c%c%c", digits[three >> 18], digits[three >> 12 & 63],
                    i + 1 < n ? digits[three >> 6 & 63] : '=',
                    i + 2 < n ? digits[three & 63] : '=');
    }
    buffer_addf(out, "\"");
}

static void add_vector(const char *text, bool base64, struct buffer *out)
{
    float vector[DIMENSIONS];
    embed(text, vector);
    if (base64) {
        add_base64((const unsigned char *)vector, sizeof vector, out);
        return;
    }
    buffer_addf(out, "[");
    for (int i = 0; i < DIMENSIONS; i++)
        buffer_addf(out, "%s%.4f", i ? "," : "", (double)vector[i]);
    buffer_addf(out, "]");
}

/* The i-th text of an input that is one text or an array of them, or of lists of tokens, which are
 * all one; NULL behind the last. */
static const char *input_text(yajl_val input, size_t i)
{
    if (YAJL_IS_STRING(input))
        return i == 0 ? YAJL_GET_STRING(input) : NULL;
    yajl_val item = json_item(input, i);
    if (YAJL_IS_NUMBER(item))
        return i == 0 ? "tokens" : NULL;
    if (YAJL_IS_ARRAY(item))
        return "tokens";
    return YAJL_IS_STRING(item) ? YAJL_GET_STRING(item) : NULL;
}

/* The same of Gemini's. */
static const char *request_text(yajl_val requests, size_t i)
{
    yajl_val parts = json_member(json_member(json_item(requests, i), "content"), "parts");
    return json_string(json_item(parts, 0), "text");
}

/* OpenAI's and Ollama's form of the same. */
static void write_embeddings(yajl_val asked, bool ollama, struct buffer *out)
{
    yajl_val input = json_member(asked, "input");
    const char *format = json_string(asked, "encoding_format"), *text;
    const char *model = json_string(asked, "model");
    bool base64 = !ollama && format && strcmp(format, "base64") == 0;
    long long tokens = 0;
    buffer_addf(out, ollama ? "{\"embeddings\":[" : "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; (text = input_text(input, i)); i++) {
        buffer_addf(out, "%s", i ? "," : "");
        if (!ollama)
            buffer_addf(out, "{\"object\":\"embedding\",\"index\":%zu,\"embedding\":", i);
        add_vector(text, base64, out);
        buffer_addf(out, "%s", ollama ? "" : "}");
        tokens += 1 + (long long)(strlen(text) + 3) / 4;
    }
    buffer_addf(out, "]");
    add_member(out, "model", model ? model : "");
    if (ollama)
        buffer_addf(out, ",\"prompt_eval_count\":%lld}", tokens);
    else
        buffer_addf(out, ",\"usage\":{\"prompt_tokens\":%lld,\"total_tokens\":%lld}}", tokens,
                    tokens);
}

static struct answer *answer_gemini(const struct request *request)
{
    char problem[128];
    yajl_val asked = yajl_tree_parse(request->body, problem, sizeof problem);
    yajl_val requests = json_member(asked, "requests");
    struct answer *answer = answer_document(200, "");
    const char *text;
    buffer_addf(&answer->whole, "{\"embeddings\":[");
    for (size_t i = 0; (text = request_text(requests, i)); i++) {
        buffer_addf(&answer->whole, "%s{\"values\":", i ? "," : "");
        add_vector(text, false, &answer->whole);
        buffer_addf(&answer->whole, "}");
    }
    buffer_addf(&answer->whole, "]}");
    yajl_tree_free(asked);
    return answer;
}

static struct answer *answer_embeddings(const struct request *request, bool ollama)
{
    static const struct refusal senseless = { 400, NULL, "There is nothing to embed.", -1 };
    char problem[128];
    yajl_val asked = yajl_tree_parse(request->body, problem, sizeof problem);
    struct answer *answer = NULL;
    if (input_text(json_member(asked, "input"), 0)) {
        answer = answer_document(200, "");
        write_embeddings(asked, ollama, &answer->whole);
    }
    yajl_tree_free(asked);
    return answer ? answer
                  : answer_refuse(ollama ? &ollama_protocol : &openai_protocol, &senseless);
}

struct answer *answer_aside(const struct request *request)
{
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        if (strcmp(request->method, documents[i].method) == 0 &&
            fnmatch(documents[i].path, request->path, 0) == 0)
            return answer_document(200, documents[i].json);
    }
    if (strcmp(request->method, "POST") != 0)
        return NULL;
    if (fnmatch("*/embeddings", request->path, 0) == 0)
        return answer_embeddings(request, false);
    if (fnmatch("*/api/embed", request->path, 0) == 0)
        return answer_embeddings(request, true);
    if (fnmatch("*:batchEmbedContents", request->path, 0) == 0)
        return answer_gemini(request);
    return NULL;
}
