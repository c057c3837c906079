/* Walks a conversation's tree from a leaf to its root, and cuts it to the model's context. */
#include "chat/history.h"

static struct message *outline_find(struct message *outline, size_t count, struct message_id id)
{
    size_t low = 0, high = count; /* ids rise */
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(&outline[middle].id, &id, sizeof id);
        if (order == 0)
            return &outline[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct message **branch_of(struct arena *arena, struct message *outline, size_t outline_count,
                           struct message_id leaf, size_t *count)
{
    size_t depth = 0;
    struct message *at;
    /* A branch cannot be longer than the tree: a circle in broken rows ends there. */
    for (at = outline_find(outline, outline_count, leaf); at && depth < outline_count; depth++)
        at = outline_find(outline, outline_count, at->parent);
    struct message **branch = arena_array_of(arena, struct message *, depth);
    at = outline_find(outline, outline_count, leaf);
    for (size_t i = depth; i > 0; i--, at = outline_find(outline, outline_count, at->parent))
        branch[i - 1] = at;
    *count = depth;
    return branch;
}

/* Ids of two workers, or of two machines' clocks, need not rise along a branch: a child may sort
 * before its parent. */
static void branch_bounds(struct message **branch, size_t count, struct message_id *least,
                          struct message_id *most)
{
    *least = *most = branch[0]->id;
    for (size_t i = 1; i < count; i++) {
        if (memcmp(&branch[i]->id, least, sizeof *least) < 0)
            *least = branch[i]->id;
        if (memcmp(&branch[i]->id, most, sizeof *most) > 0)
            *most = branch[i]->id;
    }
}

int history_read(const struct tenant_scope *scope, struct db *db,
                 struct conversation_id conversation, struct message_id leaf, struct arena *arena,
                 struct message **out, size_t *count, struct error *err)
{
    *out = NULL;
    *count = 0;
    if (message_id_is_zero(leaf))
        return 0;
    struct message *outline, *range;
    struct message_id least, most;
    size_t outline_count, range_count, depth;
    if (message_outline(scope, db, conversation, arena, &outline, &outline_count, err) < 0)
        return -1;
    struct message **branch = branch_of(arena, outline, outline_count, leaf, &depth);
    if (depth == 0)
        return fail(err, ERROR_NOT_FOUND, "message_not_found", "There is no such message.");
    branch_bounds(branch, depth, &least, &most);
    if (message_range(scope, db, conversation, least, most, arena, &range, &range_count, err) < 0)
        return -1;
    *out = arena_array_of(arena, struct message, depth);
    for (size_t i = 0; i < depth; i++) {
        const struct message *whole = outline_find(range, range_count, branch[i]->id);
        (*out)[i] = whole ? *whole : *branch[i];
    }
    *count = depth;
    return 0;
}

static int64_t estimate(int64_t bytes)
{
    return bytes / 3 + 4;
}

static const char *role_of(struct str role)
{
    static const char *const roles[] = { "system", "developer", "assistant", "tool", "user" };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (str_is(role, roles[i]))
            return roles[i];
    return "user";
}

static void prompt_push(struct prompt *prompt, struct prompt_message message, int64_t tokens)
{
    prompt->messages[prompt->count] = message;
    prompt->tokens[prompt->count++] = tokens;
}

static struct prompt join(struct arena *arena, const struct message *stored, size_t stored_count,
                          const struct prompt *added)
{
    size_t most = stored_count + added->count;
    struct prompt all = { .messages = arena_array_of(arena, struct prompt_message, most),
                          .tokens = arena_array_of(arena, int64_t, most) };
    for (size_t i = 0; i < stored_count; i++)
        if (stored[i].content.len || stored[i].parts.len) /* a failed answer said nothing */
            prompt_push(&all,
                        (struct prompt_message){ .role = role_of(stored[i].role),
                                                 .content = stored[i].content,
                                                 .json = stored[i].parts },
                        stored[i].bytes);
    for (size_t i = 0; i < added->count; i++)
        prompt_push(&all, added->messages[i], added->tokens[i]);
    return all;
}

static bool is_result(const struct prompt *prompt, size_t i)
{
    return !strcmp(prompt->messages[i].role, "tool");
}

/* What the turn is about: the last message; where that is a tool's, all results beside it and the
 * message that called for them. */
static size_t about(const struct prompt *prompt)
{
    size_t first = prompt->count ? prompt->count - 1 : 0;
    while (first > 0 && is_result(prompt, first))
        first--;
    return first;
}

static bool instructs(const struct prompt *prompt, size_t i)
{
    const char *role = prompt->messages[i].role;
    return !strcmp(role, "system") || !strcmp(role, "developer");
}

void history_cut(struct arena *arena, const struct message *stored, size_t stored_count,
                 const struct prompt *added, int64_t context_tokens, struct prompt *out)
{
    struct prompt all = join(arena, stored, stored_count, added);
    int64_t total = 0;
    for (size_t i = 0; i < all.count; i++)
        total += estimate(all.tokens[i]);
    struct prompt kept = { .messages = all.messages, .tokens = all.tokens };
    size_t end = about(&all);
    bool goes = false;
    for (size_t i = 0; i < all.count; i++) {
        bool is_free = i < end && !instructs(&all, i);
        if (is_free) /* a result goes with its call: no provider takes it alone */
            goes = total > context_tokens || (goes && is_result(&all, i));
        if (is_free && goes) /* the oldest go first, so never one from the middle */
            total -= estimate(all.tokens[i]);
        else
            prompt_push(&kept, all.messages[i], all.tokens[i]);
    }
    *out = kept;
}
