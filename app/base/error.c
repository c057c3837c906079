/* The one way to fail, for everybody. */
#include "base/error.h"

#include "base/codec.h"
#include "utf8.h"

#include <stdio.h>

#define USUAL_RETRY_MS 1000 /* what ERROR_UNAVAILABLE says where nobody knows better */

static void field_write(char *field, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void fill(struct error *err, enum error_kind kind, const char *code, const char *param,
                 const char *format, va_list args) __attribute__((format(printf, 5, 0)));

static void field_write(char *field, size_t size, const char *format, va_list args)
{
    int len = vsnprintf(field, size, format, args);
    if (len < 0)
        field[0] = '\0';
    else if ((size_t)len >= size)
        field[utf8_whole((struct str){ field, size - 1 })] = '\0';
}

/* Puts words behind the first len bytes of a field. */
static void field_copy(char *field, size_t size, size_t len, const char *words)
{
    struct str cut = utf8_cut(str_of(words), size - 1 - len);
    memcpy(field + len, cut.at, cut.len);
    field[len + cut.len] = '\0';
}

/* Made aside and then put in place, because the words may be taken from *err itself. */
static void fill(struct error *err, enum error_kind kind, const char *code, const char *param,
                 const char *format, va_list args)
{
    struct error made = { .kind = kind, .code = code };
    if (kind == ERROR_UNAVAILABLE)
        made.retry_after_ms = USUAL_RETRY_MS;
    field_copy(made.param, sizeof made.param, 0, param);
    field_write(made.message, sizeof made.message, format, args);
    *err = made;
}

int fail(struct error *err, enum error_kind kind, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, kind, code, "", format, args);
    va_end(args);
    return -1;
}

int fail_param(struct error *err, enum error_kind kind, const char *code, const char *param,
               const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, kind, code, param, format, args);
    va_end(args);
    return -1;
}

int error_note(struct error *err, const char *format, ...)
{
    char words[sizeof err->log];
    size_t len = strlen(err->log);
    va_list args;
    va_start(args, format);
    field_write(words, sizeof words, format, args);
    va_end(args);
    if (len > 0 && len + 2 < sizeof err->log) {
        memcpy(err->log + len, "; ", 2);
        len += 2;
    }
    field_copy(err->log, sizeof err->log, len, words);
    return -1;
}
