/* A branch is a leaf and its parents, whatever the rows say; what does not fit into the model's
 * context goes from its oldest end. */
#include "chat/history.h"
#include "tap.h"

static struct arena *arena;

static struct message_id id(unsigned char n)
{
    struct message_id id = { { { 0 } } };
    id.v.b[15] = n;
    return id;
}

/* Messages 1 to n; parents[i] is the parent of i + 1. */
static size_t tree(const char *parents, struct message *out)
{
    size_t n = strlen(parents);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct message){ .id = id((unsigned char)(i + 1)),
                                   .parent = id((unsigned char)(parents[i] - '0')) };
    return n;
}

/* The branch as digits. */
static const char *branch(const char *parents, unsigned char leaf)
{
    struct message outline[16];
    size_t n = tree(parents, outline), count = 99;
    struct message **found = branch_of(arena, outline, n, id(leaf), &count);
    char *text = arena_alloc(arena, count + 1);
    for (size_t i = 0; i < count; i++)
        text[i] = (char)('0' + found[i]->id.v.b[15]);
    return text;
}

static void branches(void)
{
    is_text(branch("0", 1), "1", "a root is a branch");
    is_text(branch("0123", 4), "1234", "root first, leaf last");
    is_text(branch("0123", 2), "12", "up to a message in the middle");
    is_text(branch("0112", 4), "124", "the other branch's messages are not on it");
    is_text(branch("0112", 3), "13", "nor are this one's on the other");
    is_text(branch("0003", 3), "3", "of several roots, its own");
    is_text(branch("0123", 9), "", "an unknown leaf has no branch");
    is_text(branch("", 1), "", "nor has anything in an empty conversation");
    is_text(branch("0123", 0), "", "nor has no leaf");
}

static void broken_rows(void)
{
    is_text(branch("0923", 4), "234", "a parent that is not there ends the branch");
    ok(strlen(branch("1", 1)) <= 1, "a message that is its own parent ends");
    ok(strlen(branch("3123", 4)) <= 4, "a circle ends");
    ok(strlen(branch("43214321", 8)) <= 8, "so does any other");
}

/* ---- cutting ---- */

static struct message stored[12];
static struct prompt_message added_messages[4];
static int64_t added_tokens[4];

static size_t store(const char *roles, int64_t bytes)
{
    size_t n = strlen(roles);
    for (size_t i = 0; i < n; i++) {
        const char *role = roles[i] == 's'   ? "system"
                           : roles[i] == 'a' ? "assistant"
                           : roles[i] == 'd' ? "developer"
                           : roles[i] == 't' ? "tool"
                                             : "user";
        char *name = arena_printf(arena, "%c%zu", roles[i], i);
        stored[i] =
            (struct message){ .role = str_of(role), .content = str_of(name), .bytes = bytes };
    }
    return n;
}

static struct prompt add(int count, int64_t tokens)
{
    for (int i = 0; i < count; i++) {
        added_messages[i] =
            (struct prompt_message){ .role = "user",
                                     .content = str_of(arena_printf(arena, "+%d", i)) };
        added_tokens[i] = tokens;
    }
    return (struct prompt){ added_messages, added_tokens, (size_t)count };
}

/* What is kept, by content. */
static const char *cut(const char *roles, int64_t bytes, int count, int64_t context)
{
    struct prompt new = add(count, bytes), out;
    history_cut(arena, stored, store(roles, bytes), &new, context, &out);
    char *text = arena_printf(arena, "%s", "");
    for (size_t i = 0; i < out.count; i++)
        text =
            arena_printf(arena, "%s%s%.*s", text, i ? " " : "", STR_ARGS(out.messages[i].content));
    return text;
}

/* A message of 290 bytes counts as 100 tokens: 290 / 3 + 4. */
#define BYTES 290

static void what_fits_stays(void)
{
    is_text(cut("uaua", BYTES, 1, 500), "u0 a1 u2 a3 +0", "all that fits stays");
    is_text(cut("", BYTES, 2, 500), "+0 +1", "also without a history");
    is_text(cut("", BYTES, 0, 500), "", "nothing is nothing");
}

static void the_oldest_go_first(void)
{
    is_text(cut("uaua", BYTES, 1, 499), "a1 u2 a3 +0", "one too many: the oldest goes");
    is_text(cut("uaua", BYTES, 1, 300), "u2 a3 +0", "then the next");
    is_text(cut("uaua", BYTES, 1, 100), "+0", "until the last is left");
    is_text(cut("uaua", BYTES, 1, 0), "+0", "which stays whatever it costs");
    is_text(cut("ua", BYTES, 3, 100), "+2", "of the request's own the oldest go too");
}

static void instructions_stay(void)
{
    is_text(cut("suaua", BYTES, 1, 300), "s0 a4 +0", "the system message stays");
    is_text(cut("duaua", BYTES, 1, 300), "d0 a4 +0", "so does the developer's");
    is_text(cut("suasua", BYTES, 1, 400), "s0 s3 a5 +0", "wherever it stands");
    is_text(cut("ss", BYTES, 1, 0), "s0 s1 +0", "even when that is too much");
}

/* A large old message may go while smaller ones behind it would not have needed to; but never is
 * one dropped behind one that was kept. */
static void never_from_the_middle(void)
{
    struct prompt new = add(1, BYTES), out;
    size_t n = store("uauaua", BYTES);
    stored[3].bytes = 3000; /* 1,004 tokens */
    history_cut(arena, stored, n, &new, 1404, &out);
    is_text(out.messages[0].content.at, "u2", "two small old ones go");
    is_number((long long)out.count, 5, "and then nothing behind them");
    history_cut(arena, stored, n, &new, 1000, &out);
    is_text(out.messages[0].content.at, "u4",
            "a large one in the middle takes all before it along");
    is_number((long long)out.count, 3, "and nothing behind it");
    int holes = 0;
    for (int64_t context = 0; context < 1800; context++) {
        history_cut(arena, stored, n, &new, context, &out);
        for (size_t i = 1; i < out.count; i++)
            if (out.messages[i].content.at[0] != '+')
                holes += out.messages[i].content.at[1] != out.messages[i - 1].content.at[1] + 1;
    }
    is_number(holes, 0, "no context size makes a hole");
}

/* No provider takes a result whose call it was not told. */
static void results_go_with_their_calls(void)
{
    is_text(cut("uattua", BYTES, 1, 500), "u4 a5 +0", "where the call goes, its results go");
    is_text(cut("uatstua", BYTES, 1, 600), "s3 u5 a6 +0", "also from behind instructions");
    is_text(cut("tua", BYTES, 1, 500), "t0 u1 a2 +0", "a result alone stays where all fits");
    is_text(cut("uaatt", BYTES, 0, 0), "a2 t3 t4",
            "what the turn is about are a call and its results");
}

static void bounds_go_along(void)
{
    struct prompt new = add(1, 7), out;
    size_t n = store("ua", BYTES);
    stored[1].bytes = 11;
    history_cut(arena, stored, n, &new, 1 << 20, &out);
    ok(out.tokens[0] == BYTES && out.tokens[1] == 11 && out.tokens[2] == 7,
       "each message keeps its own bound");
    history_cut(arena, stored, n, &new, 20, &out);
    ok(out.count == 2 && out.tokens[0] == 11 && out.tokens[1] == 7, "also when others were cut");
}

static void stored_forms_are_kept(void)
{
    struct prompt new = add(1, 7), out;
    stored[0] = (struct message){
        .role = STR("tool"), .content = STR(""), .parts = STR("{\"role\":\"tool\"}"), .bytes = 9
    };
    stored[1] = (struct message){ .role = STR("assistant"), .content = STR(""), .bytes = 0 };
    stored[2] = (struct message){ .role = STR("strange"), .content = STR("x"), .bytes = 1 };
    history_cut(arena, stored, 3, &new, 1 << 20, &out);
    is_number((long long)out.count, 3, "an answer that said nothing is left out");
    is_text(out.messages[0].json.at, "{\"role\":\"tool\"}", "whole message objects stay whole");
    is_text(out.messages[0].role, "tool", "with their role");
    is_text(out.messages[1].role, "user", "a role that is not known becomes the user's");
}

int main(void)
{
    arena = arena_new(8 << 20);
    branches();
    broken_rows();
    what_fits_stays();
    the_oldest_go_first();
    instructions_stay();
    never_from_the_middle();
    results_go_with_their_calls();
    bounds_go_along();
    stored_forms_are_kept();
    arena_free(&arena);
    return done();
}
