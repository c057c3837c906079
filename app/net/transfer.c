/* Requests of the relay: started into a pool, paused for slow clients, cancelled for gone ones. */
#include "pool.h"

int transfer_start(struct pool *pool, const struct http_request *request,
                   const struct transfer_sink *sink, void *self, struct transfer **out,
                   struct error *err)
{
    struct transfer *transfer = pool_take(pool);
    if (call_prepare(&transfer->call, transfer->easy, request, sink, self, err) != 0) {
        pool_give(pool, transfer);
        return -1;
    }
    SET(transfer->easy, CURLOPT_PRIVATE, transfer);
    if (curl_multi_add_handle(pool->multi, transfer->easy) != CURLM_OK) {
        pool_give(pool, transfer);
        return fail(err, ERROR_INTERNAL, "internal", "The request could not be started");
    }
    pool->under_way++;
    loop_wake(pool->loop); /* its first step waits for the next tick */
    *out = transfer;
    return 0;
}

void transfer_pause(struct transfer *transfer, bool pause)
{
    struct pool *pool = transfer->pool;
    transfer->call.paused = pause;
    if (pause || !transfer->call.held || transfer->resuming)
        return;
    /* Not at once: curl would call take() from in here. */
    transfer->resuming = true;
    transfer->next = pool->resuming;
    pool->resuming = transfer;
    loop_wake(pool->loop);
}

void transfer_cancel(struct transfer **transfer)
{
    struct transfer *gone = *transfer;
    if (!gone)
        return;
    struct pool *pool = gone->pool;
    pool_remove(pool, gone);
    pool_give(pool, gone);
    *transfer = NULL;
}
