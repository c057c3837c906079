/* Decides which answer a request gets. */
#include "decide.h"

#include "record.h"
#include "speak.h"

#include <stdio.h>
#include <string.h>

/* The key is shown in part, as OpenAI does: what a gateway must not pass on. */
static struct answer *refuse_key(const struct protocol *protocol, const char *key)
{
    char words[200];
    snprintf(words, sizeof words,
             "Incorrect API key provided: %.12s***. You can find your API key at "
             "https://platform.openai.com/account/api-keys.",
             key);
    const struct refusal refusal = { 401, "invalid_api_key", words, -1 };
    return answer_refuse(protocol, &refusal);
}

static struct answer *answer_fixture(const char *fixtures, yajl_val fixture)
{
    const char *problem = NULL;
    struct answer *answer = answer_of_fixture(fixtures, fixture, &problem);
    if (answer)
        return answer;
    const struct refusal refusal = { 500, "fixture", problem, -1 };
    return answer_refuse(&openai_protocol, &refusal);
}

static struct answer *answer_asked(const struct request *request, const struct protocol *protocol,
                                   struct script *script)
{
    static const struct refusal incomplete = {
        400, NULL, "A header or a parameter is missing that this API asks for.", -1
    };
    if (protocol->needs && !request->carries(request->self, protocol->needs))
        return answer_refuse(protocol, &incomplete);
    return answer_to(protocol, request->path, request->body, script);
}

struct answer *decide(const struct request *request, const char *fixtures, struct script *script)
{
    static const struct refusal unknown = { 404, "unknown_url", "Unknown request URL.", -1 };
    const struct protocol *protocol = protocol_find(request->path);
    yajl_val queued = record_take(request->key);
    yajl_val fixture = json_member(queued, "fixture");
    struct answer *answer = fixture ? answer_fixture(fixtures, fixture) : NULL;
    script_read(json_member(queued, "script"), script);
    yajl_tree_free(queued);
    if (!answer && strncmp(request->key, "bad", 3) == 0)
        answer = refuse_key(protocol ? protocol : &openai_protocol, request->key);
    if (!answer)
        answer = answer_aside(request);
    if (!answer && protocol && strcmp(request->method, "POST") == 0)
        return answer_asked(request, protocol, script);
    script_free(script);
    return answer ? answer : answer_refuse(&openai_protocol, &unknown);
}
