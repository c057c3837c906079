/* Messages as they are stored: any text, byte for byte, in a tree; and only within a conversation
 * of one's own. */
#include "store/conversations.h"
#include "store/messages.h"

#include "people.h"

static const struct tenant_scope *anna;
static struct conversation_id talk;

static struct conversation_id make(const struct tenant_scope *scope)
{
    struct conversation made;
    if (conversation_create(scope, worker, STR("t"), STR("m"), 1, &made, &err) != 0)
        bail_out("create");
    return made.id;
}

static struct message plain(struct str content)
{
    return (struct message){ .id = message_id_new(),
                             .role = STR("user"),
                             .content = content,
                             .state = STR("complete"),
                             .bytes = (int64_t)content.len,
                             .created_ms = 7 };
}

static struct message find(struct message_id id)
{
    struct message found = { 0 };
    if (message_find(anna, worker, talk, id, arena, &found, &err) != 0)
        bail_out("find");
    return found;
}

static void comes_back(struct str content, const char *promise)
{
    struct message message = plain(content);
    ok(worked(message_append(anna, worker, talk, &message, &err)) &&
           str_equal(find(message.id).content, content),
       "%s", promise);
}

static void text_is_kept(void)
{
    comes_back(STR("plain"), "text comes back");
    comes_back(STR(""), "empty text is text");
    comes_back(STR("\xf0\x9f\x8f\x9d \xf0\xa0\x9c\x8e \xc3\xa9"), "four-byte characters come back");
    comes_back(STR("a\0b\0"), "zero bytes are kept, the last too");
    comes_back(STR("' OR 1=1; -- \\ \" ` % _ ?"), "what means something in SQL means nothing here");
    comes_back(STR("end \r\n\t  "), "blanks at the end stay");
    comes_back(letters('x', 1 << 20), "a mebibyte comes back");
    comes_back(letters('y', (12 << 20)), "so do twelve");
    const char *before = all_rows();
    struct message message = plain(letters('z', 16 << 20));
    ok(failed_as(message_append(anna, worker, talk, &message, &err), ERROR_TOO_LARGE,
                 "statement_too_large"),
       "more than the server takes is ERROR_TOO_LARGE");
    message = plain(STR("\xff\xfe"));
    ok(message_append(anna, worker, talk, &message, &err) == -1 && err.kind == ERROR_INTERNAL,
       "what is no UTF-8 is refused");
    message = plain(STR("x"));
    message.role = STR("nobody");
    ok(message_append(anna, worker, talk, &message, &err) == -1, "so is an unknown role");
    message = plain(STR("x"));
    message.state = STR("done");
    ok(message_append(anna, worker, talk, &message, &err) == -1, "and an unknown state");
    is_text(all_rows(), before, "and nothing of them is there");
    ok(worked(message_append(anna, worker, talk,
                             &(struct message){ .id = message_id_new(),
                                                .role = STR("user"),
                                                .content = STR("after"),
                                                .state = STR("complete") },
                             &err)),
       "the session goes on");
}

static void every_field(void)
{
    struct message m = { .id = message_id_new(),
                         .parent = message_id_new(),
                         .role = STR("assistant"),
                         .content = STR("c"),
                         .parts = STR("{\"role\":\"assistant\"}"),
                         .state = STR("failed"),
                         .code = STR("upstream_timeout"),
                         .model = STR("m"),
                         .turn = turn_id_new(),
                         .bytes = 99,
                         .created_ms = 1234567890123 };
    ok(worked(message_append(anna, worker, talk, &m, &err)), "a message with everything is kept");
    struct message found = find(m.id);
    ok(message_id_equal(found.id, m.id) && message_id_equal(found.parent, m.parent) &&
           turn_id_equal(found.turn, m.turn) && str_equal(found.role, m.role) &&
           str_equal(found.content, m.content) && str_equal(found.parts, m.parts) &&
           str_equal(found.state, m.state) && str_equal(found.code, m.code) &&
           str_equal(found.model, m.model) && found.bytes == 99 &&
           found.created_ms == 1234567890123,
       "and comes back so");
    m = plain(STR("c"));
    message_append(anna, worker, talk, &m, &err);
    found = find(m.id);
    ok(message_id_is_zero(found.parent) && turn_id_is_zero(found.turn) && !found.parts.at &&
           found.code.at && !found.code.len && found.model.at && !found.model.len,
       "what a message has not comes back as absent");
}

static void refusals(void)
{
    struct message m = plain(STR("once")), found = { 0 };
    message_append(anna, worker, talk, &m, &err);
    const char *before = all_rows();
    ok(failed_as(message_append(anna, worker, talk, &m, &err), ERROR_CONFLICT, "duplicate"),
       "an id is taken once");
    struct message other = plain(STR("lost"));
    ok(failed_as(message_append(anna, worker, conversation_id_new(), &other, &err), ERROR_NOT_FOUND,
                 "no_parent"),
       "there is no message without a conversation");
    ok(failed_as(message_find(anna, worker, talk, other.id, arena, &found, &err), ERROR_NOT_FOUND,
                 "message_not_found"),
       "a message that is not there is ERROR_NOT_FOUND");
    ok(failed_as(message_find(anna, worker, make(scope_of(1, 'c')), m.id, arena, &found, &err),
                 ERROR_NOT_FOUND, "message_not_found"),
       "and so is one of another conversation");
    ok(!found.content.at, "what was to be filled is left alone");
    must(db, "DELETE FROM conversation WHERE user_id = REPEAT('c', 16)");
    is_text(all_rows(), before, "and nothing is changed");
}

static const char *contents(const struct message *list, size_t count)
{
    const char *all = "";
    for (size_t i = 0; i < count; i++)
        all = arena_printf(arena, "%s%.*s", all, STR_ARGS(list[i].content));
    return all;
}

/* A - B - C, A - D: two branches. Stored in another order than the ids'. */
static void trees(void)
{
    struct message m[4], *list;
    size_t count;
    talk = make(anna);
    for (int i = 0; i < 4; i++)
        m[i] = plain((struct str){ &"ABCD"[i], 1 });
    m[1].parent = m[3].parent = m[0].id;
    m[2].parent = m[1].id;
    for (int i = 3; i >= 0; i--)
        if (message_append(anna, worker, talk, &m[i], &err) != 0)
            bail_out("append");
    ok(worked(message_outline(anna, worker, talk, arena, &list, &count, &err)) && count == 4 &&
           message_id_equal(list[0].id, m[0].id) && message_id_equal(list[3].id, m[3].id) &&
           message_id_equal(list[3].parent, m[0].id) && message_id_is_zero(list[0].parent),
       "an outline has every message, oldest first, each with its parent");
    ok(!list[0].content.at && list[0].bytes == 1 && str_is(list[0].role, "user"),
       "its role and size, and no text");
    ok(worked(message_range(anna, worker, talk, m[1].id, m[2].id, arena, &list, &count, &err)),
       "a range is read");
    is_text(contents(list, count), "BC", "from its first to its last");
    message_range(anna, worker, talk, m[0].id, m[3].id, arena, &list, &count, &err);
    is_text(contents(list, count), "ABCD", "with all branches between");
    message_range(anna, worker, talk, m[2].id, m[0].id, arena, &list, &count, &err);
    is_number((long long)count, 0, "a range that ends before it begins is empty");
    ok(worked(message_outline(anna, worker, conversation_id_new(), arena, &list, &count, &err)) &&
           count == 0,
       "a conversation that is not there has no outline");
}

static void there_is_an_end(void)
{
    struct message *list;
    size_t count;
    talk = make(anna);
    must(db,
         arena_printf(arena, "INSERT INTO message (tenant_id, conversation_id, message_id, user_id,"
                             " role, content, bytes, state, created_ms)"
                             " SELECT 1, conversation_id, UNHEX(LPAD(HEX(seq), 32, '0')), user_id,"
                             " 'user', seq, 1, 'complete', 1 FROM conversation, seq_1_to_10100"
                             " WHERE touched = (SELECT MAX(touched) FROM conversation)"));
    ok(worked(message_outline(anna, worker, talk, arena, &list, &count, &err)) && count == 10000,
       "an outline ends at 10,000 messages");
    struct message_id last;
    memset(&last, 255, sizeof last);
    ok(worked(message_range(anna, worker, talk, list[0].id, last, arena, &list, &count, &err)) &&
           count == 10000,
       "and so does a range");
}

int main(int argc, char **argv)
{
    (void)argc;
    people_begin(argv);
    arena_free(&arena);
    arena = arena_new(512 << 20);
    anna = scope_of(1, 'a');
    talk = make(anna);
    text_is_kept();
    every_field();
    refusals();
    trees();
    there_is_an_end();
    return people_end();
}
