/* Keeps what comes for a paused stream of HTTP/2, for call.c and pool.c. While one of a
 * connection's streams is paused and has bytes, libcurl 7.88 reads no more for the others. So curl
 * is not told of the pause, and the bytes wait here, up to a maximum. */
#include "call.h"

enum {
    SLICE_BYTES = 16 << 10
}; /* so much at once: what the receiver may take before it says stop */

size_t call_keep(struct call *call, struct str bytes)
{
    text_add(&call->kept, bytes);
    call->held = true;
    return call->kept.over ? 0 : bytes.len;
}

bool call_keeps(const struct call *call)
{
    return call->kept.len > 0;
}

int call_release(struct call *call)
{
    while (call->released < call->kept.len && !call->paused) {
        struct str slice = { call->kept.at + call->released, call->kept.len - call->released };
        if (slice.len > SLICE_BYTES)
            slice.len = SLICE_BYTES;
        call->released += slice.len;
        if (call->sink->take(call->self, slice) != 0) {
            call->stopped = true;
            return -1;
        }
    }
    call->held = call->released < call->kept.len;
    if (!call->held) {
        text_free(&call->kept);
        call->released = 0;
    }
    return 0;
}
