/* The table of deploy/providers.md is true: each kind sends, refuses or leaves out what it says. */
#include "provider_talk.h"

#include <stdlib.h>

/* A row's parameter, and what shows in a request that carries it. */
static const struct sample {
    const char *row, *client, *mark;
} samples[] = {
    { "system, developer", "\"messages\":[{\"role\":\"developer\",\"content\":\"mark-1\"}]",
      "mark-1" },
    { "`max_tokens`, `max_completion_tokens`", "\"messages\":[],\"max_tokens\":31337", "31337" },
    { "`temperature`", "\"messages\":[],\"temperature\":0.625", "0.625" },
    { "`top_p`", "\"messages\":[],\"top_p\":0.625", "0.625" },
    { "`stop`", "\"messages\":[],\"stop\":[\"mark-2\"]", "mark-2" },
    { "`seed`", "\"messages\":[],\"seed\":31337", "31337" },
    { "`n` above 1", "\"messages\":[],\"n\":7", ":7" },
    { "`frequency_penalty`", "\"messages\":[],\"frequency_penalty\":0.625", "0.625" },
    { "`presence_penalty`", "\"messages\":[],\"presence_penalty\":0.625", "0.625" },
    { "`logit_bias`", "\"messages\":[],\"logit_bias\":{\"31337\":5}", "31337" },
    { "`logprobs`, `top_logprobs`", "\"messages\":[],\"logprobs\":true,\"top_logprobs\":5",
      "logprobs" },
    { "`tools`",
      "\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"mark_3\"}}]",
      "mark_3" },
    { "`tool_choice`",
      "\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_"
      "choice\":\"required\"",
      "o" },
    { "`parallel_tool_calls`",
      "\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],"
      "\"parallel_tool_calls\":false",
      "parallel_tool_" },
    { "`response_format` json_schema",
      "\"messages\":[],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"
      "\"d\",\"schema\":{"
      "\"title\":\"mark-4\"}}}",
      "mark-4" },
    { "`response_format` json_object",
      "\"messages\":[],\"response_format\":{\"type\":\"json_object\"}", "o" },
    { "`reasoning_effort`", "\"messages\":[],\"reasoning_effort\":\"high\"", "effort" },
    { "`user`", "\"messages\":[],\"user\":\"mark-5\"", "mark-5" },
    { "pictures, `data:`",
      "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{"
      "\"url\":"
      "\"data:image/png;base64,MARK\"}}]}]",
      "MARK" },
    { "pictures, `https:`",
      "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{"
      "\"url\":"
      "\"https://p.example/mark-6\"}}]}]",
      "mark-6" },
    { "`service_tier`, `safety_identifier`, `prompt_cache_key`",
      "\"messages\":[],\"service_tier\":\"mark-9\",\"safety_identifier\":\"a\",\"prompt_cache_"
      "key\":\"b\"",
      "mark-9" },
    { "`metadata`", "\"messages\":[],\"metadata\":{\"a\":\"mark-7\"}", "mark-7" },
    { "`modalities`, `prompt_cache_retention`",
      "\"messages\":[],\"modalities\":[\"text\"],\"prompt_cache_retention\":\"24h\"", "24h" },
    { "`verbosity`", "\"messages\":[],\"verbosity\":\"low\"", "verbosity" },
    { "`top_k`", "\"messages\":[],\"top_k\":31337", "31337" },
    { "anything else", "\"messages\":[],\"mark_8\":\"x\"", "mark_8" },
};

static const char *const groups[][7] = {
    { "openai", "compatible", "azure", "vllm", "llamacpp", "ollama-v1" },
    { "openai-responses" },
    { "anthropic" },
    { "gemini" },
    { "ollama" },
    { "tgi" },
    { "tgi-v1" },
};
enum { GROUPS = sizeof groups / sizeof *groups };

/* A name in backquotes, or the last part of one with dots, stands in the request. */
static bool is_named(const char *told, const char *cell)
{
    char name[64];
    size_t n = *cell == '`' ? strcspn(cell + 1, "`") : 0;
    if (!n || n >= sizeof name)
        return true;
    snprintf(name, sizeof name, "%.*s", (int)n, cell + 1);
    const char *dot = strrchr(name, '.');
    return strstr(told, dot ? dot + 1 : name) != NULL;
}

static void check(const struct sample *sample, const char *kind, const char *cell)
{
    const char *told = asked_of(begin(kind, arena_printf(arena, "{%s}", sample->client)));
    bool refused = strncmp(told, "http", 4) != 0;
    if (strncmp(cell, "400", 3) == 0 || (strstr(cell, "⁴") && strcmp(kind, "ollama-v1") == 0))
        ok(refused && strstr(told, "unsupported_"), "%s refuses %s", kind, sample->row);
    else if (strncmp(cell, "–", strlen("–")) == 0)
        ok(!refused && !strstr(told, sample->mark), "%s leaves out %s", kind, sample->row);
    else
        ok(!refused && is_named(told, cell) && (strchr(cell, '`') || strstr(told, sample->mark)),
           "%s sends %s as %s", kind, sample->row, cell);
}

/* "| row | cell | cell |" */
static void check_row(const struct sample *sample, char *line)
{
    char *rest = NULL;
    strtok_r(line, "|", &rest);
    for (int i = 0; i < GROUPS; i++) {
        char *cell = strtok_r(NULL, "|", &rest);
        if (!cell) {
            ok(0, "%s has a cell for each kind", sample->row);
            return;
        }
        cell += strspn(cell, " ");
        for (int k = 0; groups[i][k]; k++)
            check(sample, groups[i][k], cell);
    }
}

static const struct sample *find(const char *line)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        size_t n = strlen(samples[i].row);
        if (strncmp(line + 2, samples[i].row, n) == 0 && strchr(" ,", line[2 + n]))
            return &samples[i];
    }
    return NULL;
}

int main(void)
{
    char line[1024];
    size_t tried = 0;
    talk_begin();
    FILE *file = fopen("deploy/providers.md", "r");
    ok(file != NULL, "deploy/providers.md is there");
    while (file && fgets(line, sizeof line, file) && strncmp(line, "| parameter", 11) != 0)
        ;
    while (file && fgets(line, sizeof line, file) && *line == '|') {
        const struct sample *sample = find(line);
        if (sample) {
            check_row(sample, line);
            tried++;
        } else {
            ok(strncmp(line, "|---", 4) == 0 || strstr(line, "include_usage"),
               "a row is tried: %.40s", line);
        }
    }
    if (file)
        fclose(file);
    is_number((int)tried, sizeof samples / sizeof *samples, "every parameter has its row");
    return talk_done();
}
