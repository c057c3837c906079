/* Reads and changes the options of a provider, by one table of their names, types and ranges. */
#include "gateway/options.h"

#include "gateway/provider.h"
#include "json/write.h"
#include "tgi.h"

enum form { OPTION_WORD, OPTION_TEXTS, OPTION_NUMBER, OPTION_YES };
enum { WORD_MAX_BYTES = 64 };

struct option {
    const char *name;
    enum form form;
    bool of_every_kind;
    size_t place; /* in struct provider_options */
    int64_t least, most;
};

/* clang-format off */
#define AT(member) offsetof(struct provider_options, member)
static const struct option options[] = {
    { "api_version", OPTION_WORD, false, AT(api_version), 0, 0 },
    { "chat_template", OPTION_WORD, false, AT(chat_template), 0, 0 },
    { "organization", OPTION_WORD, false, AT(organization), 0, 0 },
    { "project", OPTION_WORD, false, AT(project), 0, 0 },
    { "stop_extra", OPTION_TEXTS, false, AT(stop_extra), 0, 0 },
    { "default_max_tokens", OPTION_NUMBER, false, AT(default_max_tokens), 1, 1000000 },
    { "bearer", OPTION_YES, false, AT(bearer), 0, 0 },
    { "http2", OPTION_YES, true, AT(http2), 0, 0 },
    { "connect_ms", OPTION_NUMBER, true, AT(connect_ms), 100, 60000 },
    { "first_event_ms", OPTION_NUMBER, true, AT(first_event_ms), 1000, 3600000 },
    { "idle_ms", OPTION_NUMBER, true, AT(idle_ms), 1000, 3600000 },
    { "total_ms", OPTION_NUMBER, true, AT(total_ms), 1000, 86400000 },
    { "reply_bytes", OPTION_NUMBER, true, AT(reply_bytes), 1024, 15 << 20 },
};
/* clang-format on */

static const struct json_limits limits = { .depth = 3, .values = 64 };

static const struct option *find(struct str name)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (str_is(name, options[i].name))
            return &options[i];
    }
    return NULL;
}

static bool is_taken(const struct provider_kind *kind, const struct option *option)
{
    if (option->of_every_kind)
        return true;
    for (const char *const *name = kind->options; name && *name; name++) {
        if (strcmp(*name, option->name) == 0)
            return true;
    }
    return false;
}

static int wrong(const struct option *option, const char *must_be, struct error *err)
{
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_option", option->name, "%s must be %s.",
                      option->name, must_be);
}

/* Such a word is safe in a header and in an address. */
static bool is_word(struct str text)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = 0;
    while (n < text.len && text.at[n] && strchr(allowed, text.at[n]))
        n++;
    return n > 0 && n == text.len && n <= WORD_MAX_BYTES;
}

static int read_word(const struct option *option, const struct json *value, struct arena *arena,
                     const char **out, struct error *err)
{
    if (!is_word(json_text(value)))
        return wrong(option, "1 to 64 of letters, digits, '.', '_' and '-'", err);
    if (strcmp(option->name, "chat_template") == 0 && !tgi_template_find(value->text.at))
        return wrong(option, "one of " TGI_TEMPLATES, err);
    *out = arena_copy(arena, value->text).at;
    return 0;
}

static int read_texts(const struct option *option, const struct json *value, struct arena *arena,
                      struct provider_options *out, struct error *err)
{
    static const char form[] = "an array of 1 to 4 texts of 1 to 120 bytes";
    if (value->type != JSON_ARRAY || value->count < 1 || value->count > STOP_EXTRA_MAX)
        return wrong(option, form, err);
    for (const struct json *text = value->children; text; text = text->next) {
        if (!json_text(text).len || text->text.len > STOP_EXTRA_MAX_BYTES)
            return wrong(option, form, err);
        out->stop_extra[out->stop_extra_count++] = arena_copy(arena, text->text);
    }
    return 0;
}

static int read_number(const struct option *option, const struct json *value, int64_t *out,
                       struct error *err)
{
    if (!value->is_integer || value->integer < option->least || value->integer > option->most)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_option", option->name,
                          "%s must be a number from %lld to %lld.", option->name,
                          (long long)option->least, (long long)option->most);
    *out = value->integer;
    return 0;
}

static int read_option(const struct option *option, const struct json *value, struct arena *arena,
                       struct provider_options *out, struct error *err)
{
    void *place = (char *)out + option->place;
    switch (option->form) {
    case OPTION_WORD:
        return read_word(option, value, arena, place, err);
    case OPTION_TEXTS:
        return read_texts(option, value, arena, out, err);
    case OPTION_NUMBER:
        return read_number(option, value, place, err);
    default:
        if (value->type != JSON_BOOL)
            return wrong(option, "true or false", err);
        *(bool *)place = value->boolean;
        return 0;
    }
}

static int parse(struct str json, struct arena *arena, struct json **out, struct error *err)
{
    if (!json.len)
        json = STR("{}");
    if (json.len > OPTIONS_MAX_BYTES)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_option", "options",
                          "The options are more than %d bytes.", OPTIONS_MAX_BYTES);
    struct error why;
    if (json_parse(arena, json, &limits, out, &why) != 0 || (*out)->type != JSON_OBJECT)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_option", "options",
                          "The options are no JSON object.");
    return 0;
}

static int unknown(struct str name, struct error *err)
{
    char shown[WORD_MAX_BYTES + 1];
    snprintf(shown, sizeof shown, "%.*s", STR_ARGS(name));
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_option", shown, "There is no option '%s'.",
                      shown);
}

int provider_options_read(const struct provider_kind *kind, struct str json, struct arena *arena,
                          struct provider_options *out, struct error *err)
{
    struct provider_options read = { 0 };
    struct json *root;
    if (parse(json, arena, &root, err) != 0)
        return -1;
    for (const struct json *member = root->children; member; member = member->next) {
        const struct option *option = find(member->key);
        if (!option)
            return unknown(member->key, err);
        if (!is_taken(kind, option))
            return fail_param(err, ERROR_BAD_REQUEST, "invalid_option", option->name,
                              "A provider of kind %s takes no %s.", kind->name, option->name);
        if (read_option(option, member, arena, &read, err) != 0)
            return -1;
    }
    *out = read;
    return 0;
}

/* What reads as JSON of the option's type is that; all else is a text, for the reader to judge. */
static void put_value(struct json_writer *w, const struct option *option, const char *value,
                      struct arena *arena)
{
    struct json *read;
    struct error ignored;
    struct str text = str_of(value);
    bool is_json =
        option->form != OPTION_WORD && json_parse(arena, text, &limits, &read, &ignored) == 0;
    json_key(w, option->name);
    if (option->form == OPTION_TEXTS && !(is_json && read->type == JSON_ARRAY)) {
        json_array_open(w);
        json_put_text(w, text);
        json_array_close(w);
    } else if (is_json) {
        json_put_raw(w, read->raw);
    } else {
        json_put_text(w, text);
    }
}

/* The others, in order, and the changed one last. */
static void put_changed(struct json_writer *w, const struct json *root, const char *name,
                        const struct option *option, const char *value, struct arena *arena)
{
    json_object_open(w);
    for (const struct json *member = root->children; member; member = member->next) {
        if (!str_is(member->key, name))
            json_raw_member(w, arena_copy(arena, member->key).at, member->raw);
    }
    if (option && *value)
        put_value(w, option, value, arena);
    json_object_close(w);
}

int provider_option_set(struct str json, const char *name, const char *value, struct arena *arena,
                        struct str *out, struct error *err)
{
    struct json *root;
    if (parse(json, arena, &root, err) != 0)
        return -1;
    const struct option *option = find(str_of(name));
    if (!option && !(json_member(root, name) && !*value)) /* one of old can be taken away */
        return unknown(str_of(name), err);
    struct text text = text_make(2 * OPTIONS_MAX_BYTES);
    put_changed(json_writer_new(arena, &text), root, name, option, value, arena);
    bool fits = !text.over && text.len <= OPTIONS_MAX_BYTES;
    if (fits)
        *out = arena_copy(arena, text_str(&text));
    text_free(&text);
    return fits ? 0
                : fail_param(err, ERROR_BAD_REQUEST, "invalid_option", name,
                             "The options would be more than %d bytes.", OPTIONS_MAX_BYTES);
}
