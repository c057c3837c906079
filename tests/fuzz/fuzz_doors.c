/* What clients of other protocols ask, and what providers say to them.
 *
 * The first byte chooses the door. Behind it: a client's body, up to the first NUL; then a
 * provider's chunks, up to the next each. A translation is a chat completion's body or names its
 * place; what is said of the chunks is the same when it is said again. */
#include "fuzz/fuzz.h"

#include "door/door.h"

static const struct door *const doors[] = { &messages_door, &count_tokens_door, &ollama_door,
                                            &generate_door, &embed_door,        &responses_door };

static struct str take_piece(struct str *input)
{
    size_t n = strnlen(input->at, input->len);
    struct str piece = { input->at, n };
    *input = (struct str){ input->at + n, input->len - n };
    take_byte(input);
    return piece;
}

static void ask(const struct door *door, struct arena *arena, struct str body)
{
    static const struct json_limits limits = { .depth = 40 };
    struct json *root = NULL;
    struct error err = { 0 };
    struct str chat = { 0 };
    if (json_parse(arena, body, NULL, &root, &err) < 0 || root->type != JSON_OBJECT)
        return;
    if (door->to_chat(arena, root, &chat, &err) < 0) {
        PROMISE(err.kind == ERROR_BAD_REQUEST ? err.param[0] != 0 : err.kind == ERROR_TOO_LARGE,
                "a 400 names its place");
        return;
    }
    PROMISE(json_parse(arena, chat, &limits, &root, &err) == 0 && root->type == JSON_OBJECT,
            "a translation is an object");
    PROMISE(door == &embed_door || json_member(root, "messages"), "with messages");
}

static void note(struct text *all, struct said said)
{
    for (size_t i = 0; i < said.count; i++)
        text_add(all, said.pieces[i]);
}

static struct text tell(const struct door *door, struct arena *arena, struct str chunks)
{
    struct text all = text_make(64 << 20);
    struct voice *voice = voice_new(door, arena, "turn_01abc", 1790000000, "m");
    note(&all, door->open(voice));
    for (uint64_t id = 1; chunks.len; id++)
        note(&all, door->event(voice, id, take_piece(&chunks)));
    note(&all, door->done(voice));
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size);
    const struct door *door = doors[take_byte(&input) % (sizeof doors / sizeof *doors)];
    struct arena *arena = arena_new(256 << 20);
    ask(door, arena, take_piece(&input));
    struct text once = tell(door, arena, input), again = tell(door, arena, input);
    PROMISE(str_equal(text_str(&once), text_str(&again)), "the same chunks are the same bytes");
    struct voice *voice = voice_new(door, arena, "turn_01abc", 1790000000, "m");
    (void)door->body(voice, input);
    text_free(&once);
    text_free(&again);
    arena_free(&arena);
    return 0;
}
