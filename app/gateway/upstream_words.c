/* Lets through what a provider says about the client's own request, and nothing of the
 * installation's. */
#include "upstream_words.h"

#include "base/codec.h"
#include "gateway/provider.h"

/* A piece of a key that is shorter tells nobody anything: words have it too. */
enum { KEY_PIECE_BYTES = 8 };

static const char path[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-[]";

static bool is_made_of(struct str text, const char *allowed, size_t most)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!text.at[i] || !strchr(allowed, text.at[i]))
            return false;
    }
    return text.len > 0 && text.len <= most;
}

/* C0, DEL, and C1 in UTF-8. */
static size_t control_length(struct str text, size_t at)
{
    unsigned char c = (unsigned char)text.at[at];
    if (c < 0x20 || c == 0x7f)
        return 1;
    bool is_c1 = c == 0xc2 && at + 1 < text.len && (unsigned char)text.at[at + 1] < 0xa0;
    return is_c1 ? 2 : 0;
}

/* Neighbouring control characters and blanks are one blank. */
static struct str clean(struct str text, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len && n < size; i++) {
        size_t control = control_length(text, i);
        if (!control && text.at[i] != ' ')
            out[n++] = text.at[i];
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
        i += control > 1;
    }
    return (struct str){ out, n };
}

void upstream_words_tell(const struct upstream_report *report, struct error *err)
{
    static const char more[] = "…";
    char words[sizeof err->message];
    bool is_good = utf8_check(report->message) == report->message.len;
    struct str message = clean(report->message, words, sizeof words);
    bool is_cut = message.len == sizeof words;
    if (is_cut)
        message = utf8_cut(message, sizeof words - sizeof more);
    if (is_good && message.len && message.at[0] != '<') /* no page of HTML */
        snprintf(err->message, sizeof err->message, "%.*s%s", STR_ARGS(message),
                 is_cut ? more : "");
    if (is_made_of(report->param, path, 64))
        snprintf(err->param, sizeof err->param, "%.*s", STR_ARGS(report->param));
}

void upstream_code_tell(const struct upstream_report *report, struct error *err)
{
    long long number;
    err->has_told_code = 1;
    err->told_code[0] = '\0';
    if (is_made_of(report->code, path, sizeof err->told_code - 1) &&
        !str_to_number(report->code, INT32_MAX, &number))
        snprintf(err->told_code, sizeof err->told_code, "%.*s", STR_ARGS(report->code));
}

static bool holds_piece(struct str words, struct str key)
{
    size_t piece = key.len < KEY_PIECE_BYTES ? key.len : KEY_PIECE_BYTES;
    for (size_t i = 0; piece && i + piece <= key.len; i++) {
        if (memmem(words.at, words.len, key.at + i, piece))
            return true;
    }
    return false;
}

static struct str host_of(const char *url)
{
    const char *scheme = url ? strstr(url, "://") : NULL;
    const char *host = scheme ? scheme + 3 : "";
    return (struct str){ host, strcspn(host, ":/") };
}

void provider_hide(const struct upstream *upstream, struct error *err)
{
    struct str words = str_of(err->message), host = host_of(upstream->base_url);
    if (!err->has_told_code)
        return;
    if (holds_piece(words, upstream->api_key) ||
        holds_piece(str_of(err->told_code), upstream->api_key) ||
        holds_piece(str_of(err->param), upstream->api_key) ||
        (host.len && memmem(words.at, words.len, host.at, host.len))) {
        snprintf(err->message, sizeof err->message, "The provider refused the request as invalid");
        err->told_code[0] = err->param[0] = '\0';
    }
}
