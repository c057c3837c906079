/* A provider's options: every name, type and range is judged, and what is wrong is named. */
#include "gateway/provider.h"
#include "tap.h"

static struct arena *arena;
static struct error err;

static int read_options(const char *kind, const char *json, struct provider_options *out)
{
    memset(&err, 0, sizeof err);
    return provider_options_read(provider_kind_find(kind), str_of(json), arena, out, &err);
}

static void what_is_right_is_read(void)
{
    struct provider_options o;
    ok(read_options("anthropic",
                    "{\"api_version\":\"2026-10-21\",\"default_max_tokens\":8000,\"bearer\":true,"
                    "\"http2\":true,\"connect_ms\":100,\"first_event_ms\":1000,\"idle_ms\":2000,"
                    "\"total_ms\":86400000,\"reply_bytes\":1024}",
                    &o) == 0,
       "a kind's own options and every kind's are read");
    is_text(o.api_version, "2026-10-21", "the version");
    is_number(o.default_max_tokens, 8000, "the tokens");
    ok(o.bearer && o.http2 && !o.chat_template && !o.stop_extra_count, "yes and no");
    ok(o.connect_ms == 100 && o.first_event_ms == 1000 && o.idle_ms == 2000 &&
           o.total_ms == 86400000 && o.reply_bytes == 1024,
       "the deadlines");
    ok(read_options("tgi", "{\"chat_template\":\"phi3\",\"stop_extra\":[\"a\",\"b\"]}", &o) == 0 &&
           o.stop_extra_count == 2 && str_is(o.stop_extra[1], "b"),
       "texts are read in order");
    ok(read_options("openai", "{\"organization\":\"org-1\",\"project\":\"p_1\"}", &o) == 0 &&
           !strcmp(o.organization, "org-1") && !strcmp(o.project, "p_1"),
       "OpenAI's headers");
    ok(read_options("ollama", "", &o) == 0 && !o.idle_ms && !o.http2, "nothing is no option");
    ok(read_options("ollama", "{}", &o) == 0 && !o.api_version, "and so is {}");
}

static const struct bad {
    const char *kind, *json, *param;
} bad[] = {
    { "azure", "{\"api_versoin\":\"1\"}", "api_versoin" },
    { "ollama", "{\"api_version\":\"1\"}", "api_version" },
    { "openai", "{\"stop_extra\":[\"x\"]}", "stop_extra" },
    { "azure", "{\"api_version\":\"\"}", "api_version" },
    { "azure", "{\"api_version\":\"a b\"}", "api_version" },
    { "azure", "{\"api_version\":\"a\\r\\nX: y\"}", "api_version" },
    { "azure", "{\"api_version\":7}", "api_version" },
    { "azure", "{\"api_version\":null}", "api_version" },
    { "tgi", "{\"chat_template\":\"nobodys\"}", "chat_template" },
    { "tgi", "{\"stop_extra\":\"x\"}", "stop_extra" },
    { "tgi", "{\"stop_extra\":[]}", "stop_extra" },
    { "tgi", "{\"stop_extra\":[\"\"]}", "stop_extra" },
    { "tgi", "{\"stop_extra\":[1]}", "stop_extra" },
    { "tgi", "{\"stop_extra\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}", "stop_extra" },
    { "anthropic", "{\"default_max_tokens\":0}", "default_max_tokens" },
    { "anthropic", "{\"default_max_tokens\":1000001}", "default_max_tokens" },
    { "anthropic", "{\"default_max_tokens\":1.5}", "default_max_tokens" },
    { "anthropic", "{\"default_max_tokens\":\"5\"}", "default_max_tokens" },
    { "openai", "{\"http2\":1}", "http2" },
    { "openai", "{\"connect_ms\":99}", "connect_ms" },
    { "openai", "{\"idle_ms\":-1}", "idle_ms" },
    { "openai", "{\"total_ms\":86400001}", "total_ms" },
    { "openai", "{\"reply_bytes\":1e99}", "reply_bytes" },
    { "openai", "[]", "options" },
    { "openai", "{\"http2\":true", "options" },
    { "openai", "{\"http2\":true,\"http2\":false}", "options" },
    { "tgi", "{\"stop_extra\":[[[[[[\"x\"]]]]]]}", "options" },
};

static void what_is_wrong_is_named(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct provider_options o = { .idle_ms = 77 };
        ok(read_options(bad[i].kind, bad[i].json, &o) == -1 && err.kind == ERROR_BAD_REQUEST &&
               !strcmp(err.code, "invalid_option") && !strcmp(err.param, bad[i].param) &&
               o.idle_ms == 77,
           "%s refuses %s", bad[i].kind, bad[i].json);
    }
    char *large = arena_printf(arena, "{\"stop_extra\":[\"%*s\"]}", OPTIONS_MAX_BYTES, "x");
    struct provider_options o;
    ok(read_options("tgi", large, &o) == -1 && !strcmp(err.param, "options"), "it has an end");
}

static const char *change(const char *json, const char *name, const char *value)
{
    struct str out = { 0 };
    memset(&err, 0, sizeof err);
    return provider_option_set(str_of(json), name, value, arena, &out, &err) ? err.param : out.at;
}

static void one_is_changed(void)
{
    is_text(change("{}", "api_version", "2024"), "{\"api_version\":\"2024\"}",
            "a word stays one, though it looks like a number");
    is_text(change("", "idle_ms", "90000"), "{\"idle_ms\":90000}", "a number");
    is_text(change("{}", "http2", "true"), "{\"http2\":true}", "a yes");
    is_text(change("{}", "http2", "yes"), "{\"http2\":\"yes\"}", "anything else is for the reader");
    is_text(change("{}", "stop_extra", "<|end|>"), "{\"stop_extra\":[\"<|end|>\"]}", "one text");
    is_text(change("{}", "stop_extra", "[\"a\",\"b\"]"), "{\"stop_extra\":[\"a\",\"b\"]}",
            "and several");
    is_text(change("{\"idle_ms\":1,\"http2\":true}", "idle_ms", "2"),
            "{\"http2\":true,\"idle_ms\":2}", "the others stay");
    is_text(change("{\"idle_ms\":1,\"http2\":true}", "idle_ms", ""), "{\"http2\":true}",
            "an empty value takes it away");
    is_text(change("{\"of_old\":1}", "of_old", ""), "{}", "also one that there is no more");
    is_text(change("{}", "of_old", ""), "of_old", "but no name at random");
    is_text(change("{}", "idle", "2"), "idle", "a name that there is not");
    is_text(change("[]", "idle_ms", "2"), "options", "what is stored must be an object");
    const char *full =
        arena_printf(arena, "{\"stop_extra\":[\"%*s\"]}", OPTIONS_MAX_BYTES - 30, "x");
    is_text(change(full, "api_version", "2024-10-21"), "api_version", "all of it has an end");
}

int main(void)
{
    arena = arena_new((size_t)1 << 20);
    what_is_right_is_read();
    what_is_wrong_is_named();
    one_is_changed();
    arena_free(&arena);
    return done();
}
