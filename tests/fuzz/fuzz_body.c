/* A client's body under any Content-Type: only application/json is ever parsed.
 *
 * No address takes multipart/form-data (nor forms, nor text): whatever bytes come under such a
 * type, with whatever boundary, the answer is the same 415 and no byte of the body is looked at.
 * This fuzzer keeps that so, and is where a multipart reader will be tried when an address takes
 * files.
 *
 * Up to the first NUL: the Content-Type. Behind it: the body. */
#include "fuzz/fuzz.h"

#include "body.h"

#include "base/codec.h"

/* The media type alone, by a reader of its own: up to ; or white space, in lower case. */
static bool is_json(struct str type)
{
    char name[24] = "";
    size_t n = 0;
    while (n < type.len && n < sizeof name - 1 && !strchr("; \t", type.at[n])) {
        char c = type.at[n];
        name[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return !strcmp(name, "application/json") && (n == type.len || strchr("; \t", type.at[n]));
}

static void check(struct exchange *x, struct str type, struct str content)
{
    struct json *body = NULL;
    struct error err = { 0 };
    x->request.content_type = type;
    x->request.body = content;
    if (body_read(x, &body, &err)) {
        PROMISE(!body, "no body from a refused one");
        bool is_bad = err.kind == ERROR_BAD_REQUEST || err.kind == ERROR_TOO_LARGE;
        PROMISE(is_json(type) ? is_bad : err.kind == ERROR_MEDIA_TYPE, "400, 413 or 415");
        PROMISE(is_json(type) || !strcmp(err.code, "unsupported_media_type"), "by one code");
        PROMISE(utf8_check(str_of(err.message)) == strlen(err.message), "our words are UTF-8");
        return;
    }
    PROMISE(is_json(type), "only JSON is read");
    PROMISE(body->type == JSON_OBJECT && lies_in(body->raw, content), "an object, of the body");
    PROMISE(utf8_check(content) == content.len, "in UTF-8");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct house house;
    static struct config config;
    struct str input = fuzz_input(data, size);
    size_t n = strnlen(input.at, input.len);
    struct str type = { input.at, n }, rest = { input.at + n, input.len - n };
    atomic_store(&house.config, &config);
    struct exchange *x = exchange_new(&house);
    take_byte(&rest);
    check(x, n ? type : (struct str){ 0 }, rest);
    exchange_end(&x);
    return 0;
}
