/* The table of all settings, and the reader of one setting's value, for config.c. */
#include "settings.h"

#include <stdint.h>
#include <stdio.h>

#define KIB     1024
#define MIB     (1024 * KIB)
#define MINUTE  60 /* in seconds */
#define HOUR    3600
#define HOUR_MS 3600000

/* clang-format off */
#define AT(member) offsetof(struct config, member)
#define TEXT(section, name, member) \
    { section, name, SETTING_TEXT, AT(member), 0, 0, 0, false }
#define LIST(section, name, member) \
    { section, name, SETTING_LIST, AT(member), 0, 0, 0, false }
#define PATH(section, name, member, needed) \
    { section, name, SETTING_PATH, AT(member), 0, 0, 0, needed }
#define NUMBER(section, name, member, min, max, standard) \
    { section, name, SETTING_NUMBER, AT(member), min, max, standard, false }

/* Which of these are needed depends on the others: config.c asks for them. */
#define DATABASE(section, member) \
    PATH(section, "socket", member.socket, false), \
    TEXT(section, "host", member.host), \
    NUMBER(section, "port", member.port, 1, 65535, 3306), \
    TEXT(section, "name", member.name), \
    TEXT(section, "user", member.user), \
    PATH(section, "password_file", member.password_file, false), \
    PATH(section, "tls_ca", member.tls_ca, false)

const struct setting settings[] = {
    NUMBER("worker", "desks", worker.desks, 1, 256, 4),
    NUMBER("worker", "streams", worker.streams, 1, 100000, 2500),
    NUMBER("worker", "drain_seconds", worker.drain_seconds, 0, HOUR, MINUTE),
    PATH("worker", "run_dir", worker.run_dir, true),
    NUMBER("worker", "peer_uid", worker.peer_uid, -1, 2147483647, -1),

    DATABASE("database", database),
    DATABASE("operator database", operator_database),
    DATABASE("migration database", migration_database),

    PATH("spool", "dir", spool.dir, true),
    NUMBER("spool", "keep_seconds", spool.keep_seconds, 0, 24 * HOUR, 5 * MINUTE),

    PATH("keys", "file", keys.file, true),

    NUMBER("limits", "body_bytes", limits.body_bytes, KIB, 64 * MIB, 4 * MIB),
    NUMBER("limits", "messages", limits.messages, 1, 100000, 2000),
    NUMBER("limits", "message_bytes", limits.message_bytes, 1, 64 * MIB, MIB),

    NUMBER("upstream", "connect_ms", upstream.connect_ms, 1, HOUR_MS, 10000),
    NUMBER("upstream", "first_event_ms", upstream.first_event_ms, 1, HOUR_MS, 120000),
    NUMBER("upstream", "idle_ms", upstream.idle_ms, 1, HOUR_MS, 60000),
    NUMBER("upstream", "total_ms", upstream.total_ms, 1, 24 * HOUR_MS, 900000),
    NUMBER("upstream", "reply_bytes", upstream.reply_bytes, 1, 15 * MIB, 8 * MIB),
    NUMBER("upstream", "attempts", upstream.attempts, 1, 10, 3),
    NUMBER("upstream", "retry_wait_ms", upstream.retry_wait_ms, 0, HOUR_MS, 10000),
    NUMBER("upstream", "breaker_failures", upstream.breaker_failures, 0, 10000, 10),
    NUMBER("upstream", "breaker_open_ms", upstream.breaker_open_ms, 1, HOUR_MS, 10000),
    NUMBER("upstream", "head_wait_ms", upstream.head_wait_ms, 0, HOUR_MS, 5000),
    NUMBER("upstream", "ping_ms", upstream.ping_ms, 1, HOUR_MS, 10000),
    LIST("upstream", "allow", upstream.allow),
    PATH("upstream", "ca_file", upstream.ca_file, false),

    PATH("log", "file", log.file, false),

};
/* clang-format on */
const size_t setting_count = sizeof settings / sizeof settings[0];

const struct setting *setting_find(const char *section, const char *name)
{
    for (size_t i = 0; i < setting_count; i++) {
        if (!strcmp(settings[i].section, section) && !strcmp(settings[i].name, name))
            return &settings[i];
    }
    return NULL;
}

static int *number_of(const struct setting *setting, struct config *config)
{
    return (int *)(void *)((char *)config + setting->offset);
}

static const char **text_of(const struct setting *setting, struct config *config)
{
    return (const char **)(void *)((char *)config + setting->offset);
}

void settings_reset(struct config *config)
{
    *config = (struct config){ 0 };
    for (size_t i = 0; i < setting_count; i++) {
        if (settings[i].type == SETTING_NUMBER)
            *number_of(&settings[i], config) = settings[i].standard;
    }
}

static int store_number(const struct setting *setting, const char *value, struct config *config,
                        struct error *err)
{
    long long n;
    bool minus = *value == '-';
    if (!str_to_number(str_of(value + minus), INT64_MAX, &n))
        return fail(err, ERROR_BAD_REQUEST, "config", "is no whole number");
    n = minus ? -n : n;
    if (n < setting->min || n > setting->max)
        return fail(err, ERROR_BAD_REQUEST, "config", "is not within %d to %d", setting->min,
                    setting->max);
    *number_of(setting, config) = (int)n;
    return 0;
}

/* Each piece is counted against the arena's maximum, which a very long list must not end us by. */
static int store_list(const struct setting *setting, struct arena *arena, const char *value,
                      struct config *config, struct error *err)
{
    const char **list = text_of(setting, config);
    const char *before = *list ? *list : "", *between = *list ? " " : "";
    size_t size = strlen(before) + strlen(value) + 2;
    char *joined = arena_try(arena, size);
    if (!joined)
        return fail(err, ERROR_BAD_REQUEST, "config", "is too long");
    snprintf(joined, size, "%s%s%s", before, between, value);
    *list = joined;
    return 0;
}

int setting_store(const struct setting *setting, struct arena *arena, const char *folder,
                  const char *value, struct config *config, struct error *err)
{
    if (setting->type == SETTING_NUMBER)
        return store_number(setting, value, config, err);
    if (!*value)
        return fail(err, ERROR_BAD_REQUEST, "config", "is empty: leave the line out instead");
    if (setting->type == SETTING_LIST)
        return store_list(setting, arena, value, config, err);
    bool relative = setting->type == SETTING_PATH && *value != '/';
    *text_of(setting, config) =
        arena_printf(arena, "%s%s%s", relative ? folder : "", relative ? "/" : "", value);
    return 0;
}
