/* The table of protocols, and what their files have in common. */
#include "speak.h"

#include "speak_openai.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* Those with a folder of their own come before those that speak at any address. */
static const struct protocol *const protocols[] = {
    &azure_protocol,     &azure_v1_protocol, &vllm_protocol,   &llamacpp_protocol,
    &ollama_v1_protocol, &tgi_v1_protocol,   &openai_protocol, &responses_protocol,
    &anthropic_protocol, &ollama_protocol,   &gemini_protocol, &tgi_protocol,
};

const struct protocol *protocol_find(const char *path)
{
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        for (const char *const *at = protocols[i]->addresses; *at; at++) {
            if (fnmatch(*at, path, 0) == 0)
                return protocols[i];
        }
    }
    return NULL;
}

bool protocol_streams(const struct protocol *protocol, const char *path)
{
    return fnmatch(protocol->stream_address, path, 0) == 0;
}

struct counts answer_counts(const struct answer *answer)
{
    const struct script *script = &answer->script;
    if (script->has_usage)
        return (struct counts){ script->prompt_tokens, script->cached_tokens,
                                script->completion_tokens, script->reasoning_tokens };
    return (struct counts){ answer->question.prompt_tokens, 0, answer->chunks_said,
                            answer->thoughts_said };
}

const char *answer_finish(const struct answer *answer, const char *const words[FINISH_WORDS])
{
    static const char *const known[] = { "stop", "length", "tool_calls", "content_filter" };
    const char *reason = answer->script.finish_reason;
    if (!reason)
        return words[answer->call_count ? FINISH_TOOLS : FINISH_STOP];
    for (int i = 0; i < FINISH_WORDS; i++) {
        if (strcmp(reason, known[i]) == 0)
            return words[i];
    }
    return reason;
}

const char *answer_model(const struct answer *answer)
{
    return answer->question.model ? answer->question.model : "";
}

const char *call_id(const struct answer *answer, int call)
{
    static char id[64];
    const char *number = strpbrk(answer->id, "0123456789");
    snprintf(id, sizeof id, "call_%s_%d", number ? number : "", call);
    return id;
}

const char *status_word(const struct status_word *words, int status)
{
    while (words->status && words->status != status)
        words++;
    return words->word;
}

void add_text(struct buffer *out, const char *text)
{
    buffer_add_json(out, text, strlen(text));
}

void add_buffer(struct buffer *out, const struct buffer *text)
{
    buffer_add_json(out, text->at ? text->at : "", text->len);
}

void add_member(struct buffer *out, const char *name, const char *text)
{
    buffer_addf(out, ",\"%s\":", name);
    add_text(out, text);
}

void add_comment(struct buffer *out)
{
    buffer_addf(out, ": still here\n\n");
}
