/* Conversations as they are stored: made, read, listed, changed at the version that was seen,
 * named, deleted with all that was said; and never by anybody but their owner. */
#include "store/conversations.h"
#include "store/messages.h"

#include "people.h"

static const struct tenant_scope *anna;
static const struct conversation_change no_change = { .pinned = -1, .archived = -1 };

static struct conversation make(const struct tenant_scope *scope, struct str title)
{
    struct conversation made;
    if (conversation_create(scope, worker, title, STR("m"), 1000, &made, &err) != 0)
        bail_out("create");
    return made;
}

static struct conversation find(const struct tenant_scope *scope, struct conversation_id id)
{
    struct conversation found = { 0 };
    if (conversation_find(scope, worker, id, false, arena, &found, &err) != 0)
        bail_out("find");
    return found;
}

static struct message_id say(const struct tenant_scope *scope, struct conversation_id conversation,
                             struct message_id parent)
{
    struct message message = { .id = message_id_new(),
                               .parent = parent,
                               .role = STR("user"),
                               .content = STR("word"),
                               .state = STR("complete") };
    if (message_append(scope, worker, conversation, &message, &err) != 0)
        bail_out("append");
    return message.id;
}

static void a_new_one(void)
{
    struct conversation made = make(anna, STR("Island \xf0\x9f\x8f\x9d")), found = { 0 };
    ok(made.version == 1 && made.created_ms == 1000 && made.updated_ms == 1000 && !made.pinned &&
           !made.archived && message_id_is_zero(made.leaf) &&
           !memcmp(&made.touched, &made.id, sizeof made.touched),
       "a new conversation has version 1, its times, and no message");
    found = find(anna, made.id);
    ok(conversation_id_equal(found.id, made.id) && str_equal(found.title, made.title) &&
           str_is(found.model, "m") && found.version == 1 && found.created_ms == 1000 &&
           found.updated_ms == 1000 && !found.pinned && !found.archived &&
           message_id_is_zero(found.leaf) &&
           !memcmp(&found.touched, &made.touched, sizeof found.touched),
       "it is found as it was made, four-byte characters and all");
    ok(failed_as(conversation_find(anna, worker, conversation_id_new(), false, arena, &found, &err),
                 ERROR_NOT_FOUND, "conversation_not_found"),
       "one that is not there is ERROR_NOT_FOUND");
    ok(str_equal(found.title, made.title), "and what was to be filled is left alone");
}

static struct str repeated(const char *character, int times)
{
    struct text text = text_make(4096);
    while (times--)
        text_add_c(&text, character);
    struct str copy = arena_copy(arena, text_str(&text));
    text_free(&text);
    return copy;
}

static void titles_have_a_length(void)
{
    struct conversation made = make(anna, repeated("\xf0\x9f\x8f\x9d", 200));
    is_number((long long)find(anna, made.id).title.len, 800, "a title of 200 characters is kept");
    const char *before = all_rows();
    ok(conversation_create(anna, worker, repeated("x", 201), STR("m"), 1, &made, &err) == -1,
       "one of 201 is refused, not cut");
    ok(conversation_create(anna, worker, STR("\xff\xfe"), STR("m"), 1, &made, &err) == -1,
       "bytes that are no UTF-8 are refused");
    ok(failed_as(conversation_create(scope_of(1, 'z'), worker, STR("t"), STR("m"), 1, &made, &err),
                 ERROR_NOT_FOUND, "no_parent"),
       "somebody whose row was never made owns nothing");
    is_text(all_rows(), before, "and none of it left a row");
}

static void changes(void)
{
    struct conversation made = make(anna, STR("old"));
    struct conversation_change change = no_change;
    change.title = STR("new");
    ok(worked(conversation_change(anna, worker, made.id, 1, &change, 2000, &err)),
       "a change that names the version it saw is made");
    struct conversation found = find(anna, made.id);
    ok(str_is(found.title, "new") && found.version == 2 && found.updated_ms == 2000 &&
           found.created_ms == 1000 && !found.pinned && !found.archived,
       "it raises the version, and only what it names is other");
    const char *before = all_rows();
    ok(failed_as(conversation_change(anna, worker, made.id, 1, &change, 3000, &err),
                 ERROR_PRECONDITION, "version_mismatch"),
       "one that names an older version is ERROR_PRECONDITION");
    is_text(err.param, "If-Match", "it names the header");
    ok(failed_as(conversation_change(anna, worker, made.id, 3, &change, 3000, &err),
                 ERROR_PRECONDITION, "version_mismatch"),
       "so is one that names a version that is yet to come");
    ok(failed_as(conversation_change(anna, worker, conversation_id_new(), 0, &change, 1, &err),
                 ERROR_NOT_FOUND, "conversation_not_found"),
       "what is not there cannot be changed");
    is_text(all_rows(), before, "and nothing is changed by any of them");
    change = no_change;
    change.pinned = 1;
    ok(worked(conversation_change(anna, worker, made.id, 0, &change, 2000, &err)) &&
           worked(conversation_change(anna, worker, made.id, 0, &change, 2000, &err)),
       "without a version any will do, also for what is so already");
    change = (struct conversation_change){ .title = STR(""), .pinned = 0, .archived = 1 };
    ok(worked(conversation_change(anna, worker, made.id, 4, &change, 4000, &err)),
       "several things change at once");
    found = find(anna, made.id);
    ok(found.title.at && found.title.len == 0 && !found.pinned && found.archived &&
           found.version == 5,
       "an empty title is a title, unpinned is not the same as not named");
}

static void turns_move_on(void)
{
    struct conversation made = make(anna, STR(""));
    struct message_id leaf = message_id_new();
    ok(worked(conversation_advance(anna, worker, made.id, leaf, STR("other"), 5000, &err)),
       "a turn moves its conversation on");
    struct conversation found = find(anna, made.id);
    ok(message_id_equal(found.leaf, leaf) && str_is(found.model, "other") && found.version == 2 &&
           found.updated_ms == 5000 &&
           memcmp(&found.touched, &made.touched, sizeof found.touched) > 0,
       "newest leaf, model, version, time, and its place in the list");
    ok(worked(conversation_name(anna, worker, made.id, STR("named"), &err)) &&
           str_is(find(anna, made.id).title, "named"),
       "a conversation without a title is named");
    ok(worked(conversation_name(anna, worker, made.id, STR("again"), &err)) &&
           str_is(find(anna, made.id).title, "named"),
       "one that has a title keeps it");
    const char *before = all_rows();
    ok(worked(conversation_advance(anna, worker, conversation_id_new(), leaf, STR("m"), 1, &err)) &&
           worked(conversation_name(anna, worker, conversation_id_new(), STR("t"), &err)),
       "what was deleted meanwhile is no error to either");
    is_text(all_rows(), before, "and does not come back");
}

/* ---- lists ---- */

static const struct tenant_scope *lister; /* with conversations A to F, made in this order */
static struct conversation listed[6];

static const char *list(struct conversation_filter filter)
{
    struct conversation *found;
    size_t count;
    char titles[64] = "";
    if (!filter.limit)
        filter.limit = 100;
    if (conversation_list(lister, worker, &filter, arena, &found, &count, &err) != 0)
        return err.code;
    for (size_t i = 0; i < count; i++)
        titles[i] = found[i].title.at[0];
    return arena_printf(arena, "%s", titles);
}

static void mark(int i, int pinned, int archived)
{
    struct conversation_change change = { .pinned = pinned, .archived = archived };
    if (conversation_change(lister, worker, listed[i].id, 0, &change, 1, &err) != 0)
        bail_out("mark");
}

static void lists(void)
{
    lister = scope_of(1, 'c');
    is_text(list((struct conversation_filter){ 0 }), "", "who has none has an empty list");
    for (int i = 0; i < 6; i++)
        listed[i] = make(lister, (struct str){ &"ABCDEF"[i], 1 });
    is_text(list((struct conversation_filter){ 0 }), "FEDCBA", "the newest comes first");
    mark(1, 1, -1); /* B pinned, C archived, D both */
    mark(2, -1, 1);
    mark(3, 1, 1);
    is_text(list((struct conversation_filter){ 0 }), "FEBA", "the archived are not among them");
    is_text(list((struct conversation_filter){ .pinned_only = true }), "B", "only the pinned");
    is_text(list((struct conversation_filter){ .archived = true }), "DC", "only the archived");
    is_text(list((struct conversation_filter){ .archived = true, .pinned_only = true }), "D",
            "only those that are both");
    conversation_advance(lister, worker, listed[0].id, message_id_new(), STR("m"), 1, &err);
    is_text(list((struct conversation_filter){ 0 }), "AFEB", "activity brings one to the front");
    listed[0] = find(lister, listed[0].id);
    is_text(list((struct conversation_filter){ .limit = 2 }), "AF", "a page has its limit");
    is_text(list((struct conversation_filter){
                .limit = 2, .has_after = true, .after = listed[5].touched }),
            "EB", "the next goes on behind the cursor");
    is_text(list((struct conversation_filter){
                .limit = 2, .has_after = true, .after = listed[1].touched }),
            "", "and the last is empty");
    is_text(list((struct conversation_filter){ .limit = -1 }), "query_shape", "a limit is needed");
}

/* A page must not lose what lies behind the cursor when the cursor's own row has gone. */
static void a_cursor_outlives_its_row(void)
{
    struct uuid cursor = listed[5].touched;
    if (conversation_delete(lister, worker, listed[5].id, 0, &err) != 0)
        bail_out("delete");
    is_text(list((struct conversation_filter){ .has_after = true, .after = cursor }), "EB",
            "a cursor whose conversation is deleted still marks the place");
}

static void many_messages_go(void)
{
    struct conversation made = make(anna, STR("long")), other = make(anna, STR("other"));
    struct message_id leaf = { NO_UUID };
    for (int i = 0; i < 200; i++)
        leaf = say(anna, made.id, leaf);
    say(anna, other.id, (struct message_id){ NO_UUID });
    ok(failed_as(conversation_delete(anna, worker, made.id, 7, &err), ERROR_PRECONDITION,
                 "version_mismatch"),
       "a deletion can name a version too");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message"), 201, "and then deletes nothing");
    ok(worked(conversation_delete(anna, worker, made.id, 1, &err)), "a conversation is deleted");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message"), 1,
              "with its 200 chained messages, and no other's");
    ok(failed_as(conversation_delete(anna, worker, made.id, 0, &err), ERROR_NOT_FOUND,
                 "conversation_not_found"),
       "once");
}

/* ---- locked ---- */

static int hold(struct db *on, void *arg, struct error *e)
{
    const struct conversation *c = arg;
    struct conversation found;
    if (conversation_find(anna, on, c->id, true, arena, &found, e) != 0)
        return -1;
    struct db *other = database_open_as("insula_worker");
    must(other, "SET SESSION innodb_lock_wait_timeout = 0");
    err = (struct error){ 0 };
    ok(conversation_change(anna, other, c->id, 0, &no_change, 9, &err) == -1 &&
           err.kind == ERROR_UNAVAILABLE,
       "a conversation that was found to be changed waits for nobody else's change");
    ok(worked(conversation_find(anna, other, c->id, false, arena, &found, &err)),
       "but may be read");
    db_free(&other);
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    people_begin(argv);
    anna = scope_of(1, 'a');
    a_new_one();
    titles_have_a_length();
    changes();
    turns_move_on();
    lists();
    a_cursor_outlives_its_row();
    many_messages_go();
    struct conversation locked = make(anna, STR("locked"));
    ok(worked(db_transaction(worker, hold, &locked, &err)), "the lock ends with its transaction");
    return people_end();
}
