/* What comes for a paused stream of HTTP/2 reaches its receiver later, in order, once, and not
 * without end. */
#include "call.h"
#include "tap.h"

static struct {
    char bytes[128 << 10];
    size_t len;
    int takes, pause_at, refuse_at;
    struct call *call;
} seen;

static int on_take(void *self, struct str bytes)
{
    (void)self;
    memcpy(seen.bytes + seen.len, bytes.at, bytes.len);
    seen.len += bytes.len;
    seen.takes++;
    seen.call->paused = seen.takes == seen.pause_at;
    return seen.takes == seen.refuse_at ? -1 : 0;
}

static struct call make(int pause_at, int refuse_at)
{
    static const struct transfer_sink sink = { .take = on_take };
    memset(&seen, 0, sizeof seen);
    seen.pause_at = pause_at;
    seen.refuse_at = refuse_at;
    return (struct call){ .sink = &sink, .paused = true, .kept = text_make(CALL_KEPT_MAX_BYTES) };
}

static void fill(struct call *call, char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)('a' + i % 23);
    seen.call = call;
    is_number((long)call_keep(call, (struct str){ bytes, len / 2 }), (long)(len / 2),
              "half is kept");
    is_number((long)call_keep(call, (struct str){ bytes + len / 2, len - len / 2 }),
              (long)(len - len / 2), "the rest is kept");
    ok(call_keeps(call) && call->held && !seen.takes, "nobody is told of it");
}

int main(void)
{
    static char bytes[100001], many[1 << 20];
    struct call call = make(2, 0);
    ok(!call_keeps(&call) && call_release(&call) == 0, "nothing is kept at first");
    fill(&call, bytes, sizeof bytes);
    call.paused = false;
    ok(call_release(&call) == 0 && seen.takes == 2 && call.held && call_keeps(&call),
       "a receiver that pauses again has no more for now");
    is_number((long)call_keep(&call, STR("late")), 4, "what comes meanwhile waits behind it");
    call.paused = false;
    ok(call_release(&call) == 0 && !call_keeps(&call) && !call.held, "then it has all");
    ok(seen.len == sizeof bytes + 4 && memcmp(seen.bytes, bytes, sizeof bytes) == 0 &&
           memcmp(seen.bytes + sizeof bytes, "late", 4) == 0,
       "in order, and once");

    call = make(0, 2);
    fill(&call, bytes, sizeof bytes);
    call.paused = false;
    ok(call_release(&call) == -1 && call.stopped && seen.takes == 2, "a receiver may refuse it");
    text_free(&call.kept);

    call = make(0, 0);
    size_t kept = 0;
    while (call_keep(&call, (struct str){ many, sizeof many }))
        kept += sizeof many;
    is_number((long)kept, CALL_KEPT_MAX_BYTES, "it has a maximum");
    text_free(&call.kept);
    return done();
}
