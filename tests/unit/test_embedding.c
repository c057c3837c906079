/* What is to be embedded: a text, texts, tokens or lists of tokens; all else is refused by its
 * place. */
#include "chat/embedding.h"
#include "tap.h"

static struct arena *arena;
static const struct prompt_limits limits = { 100, 20 };

static int read_body(const char *body, struct embedding *out, struct error *err)
{
    struct json *root;
    if (json_parse(arena, str_of(body), NULL, &root, err) != 0)
        return -1;
    return embedding_read(arena, root, &limits, out, err);
}

static void refuses(const char *body, const char *param)
{
    struct embedding out;
    struct error err = { 0 };
    bool refused = read_body(body, &out, &err) < 0;
    is_text(refused ? err.param : "taken", param, "refused by its place: %s", body);
}

static void takes(const char *body, size_t texts, size_t count, int64_t tokens)
{
    struct embedding out = { 0 };
    struct error err;
    ok(read_body(body, &out, &err) == 0 && out.count == count && out.tokens == tokens &&
           (texts ? out.texts != NULL : !out.texts),
       "taken: %s", body);
}

int main(void)
{
    arena = arena_new(64 << 20);
    takes("{\"input\":\"four\"}", 1, 1, 1);
    takes("{\"input\":[\"four\",\"fifth\"],\"encoding_format\":null,\"dimensions\":null}", 2, 2, 3);
    takes("{\"input\":[1,2,3]}", 0, 1, 3);
    takes("{\"input\":[[1,2,3],[4]]}", 0, 2, 4);
    takes("{\"input\":\"twenty bytes of text\"}", 1, 1, 5);
    struct embedding out;
    struct error err;
    ok(!read_body("{\"input\":\"a\",\"encoding_format\":\"base64\",\"dimensions\":256}", &out,
                  &err) &&
           out.base64 && out.dimensions == 256 && str_is(out.texts[0], "a"),
       "base64, and so many dimensions");
    ok(!read_body("{\"input\":\"a\",\"encoding_format\":\"float\"}", &out, &err) && !out.base64 &&
           !out.dimensions,
       "floats, which are usual");
    static const char *const whole[] = { "{}",
                                         "{\"input\":null}",
                                         "{\"input\":1}",
                                         "{\"input\":{}}",
                                         "{\"input\":[]}",
                                         "{\"input\":\"longer than twenty bytes\"}" };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        refuses(whole[i], "input");
    refuses("{\"input\":\"\"}", "input[0]");
    refuses("{\"input\":[\"a\",\"\"]}", "input[1]");
    refuses("{\"input\":[\"a\",1]}", "input[1]");
    refuses("{\"input\":[1,\"a\"]}", "input[0]");
    refuses("{\"input\":[1,-1]}", "input[0]");
    refuses("{\"input\":[1.5]}", "input[0]");
    refuses("{\"input\":[[1],[]]}", "input[1]");
    refuses("{\"input\":[[1],\"a\"]}", "input[1]");
    refuses("{\"input\":[{\"text\":\"a\"}]}", "input[0]");
    refuses("{\"input\":\"a\",\"encoding_format\":\"int8\"}", "encoding_format");
    refuses("{\"input\":\"a\",\"encoding_format\":1}", "encoding_format");
    refuses("{\"input\":\"a\",\"dimensions\":0}", "dimensions");
    refuses("{\"input\":\"a\",\"dimensions\":\"256\"}", "dimensions");
    refuses("{\"input\":\"a\",\"dimensions\":65537}", "dimensions");
    struct text many = text_make(1 << 20);
    text_add_c(&many, "{\"input\":[\"a\"");
    for (int i = 0; i < EMBEDDING_INPUTS_MOST; i++)
        text_add_c(&many, ",\"a\"");
    text_add_c(&many, "]}");
    refuses(text_str(&many).at, "input");
    text_free(&many);
    arena_free(&arena);
    return done();
}
