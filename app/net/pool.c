/* One tenant's connections: a curl multi handle driven by the relay's loop. */
#include "pool.h"

#include "base/clock.h"

#include <sys/epoll.h>

enum { IDLE_MAX = 16, TICK_MAX_MS = 250 };

/* What curl reads into; each live stream has one, and its chunks are a few hundred bytes. */
#define BUFFER_BYTES 4096L

#define MULTI(multi, option, value) curl_must(curl_multi_setopt(multi, option, value) == CURLM_OK)

struct socket_watch {
    struct watch watch;
    struct pool *pool;
};

/* On a fresh or reset handle. False: its last transfer broke off early and left its buffer behind,
 * whose size the reset has forgotten: curl would write past its end. */
static bool shrink(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES) == CURLE_OK;
}

struct transfer *pool_take(struct pool *pool)
{
    struct transfer *transfer = pool->idle;
    if (transfer) {
        pool->idle = transfer->next;
        pool->idle_count--;
        return transfer;
    }
    transfer = calloc(1, sizeof *transfer);
    curl_must(transfer != NULL);
    transfer->pool = pool;
    transfer->easy = curl_easy_init();
    curl_must(transfer->easy && shrink(transfer->easy));
    return transfer;
}

static void transfer_free(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    free(transfer);
}

void pool_give(struct pool *pool, struct transfer *transfer)
{
    call_clear(&transfer->call);
    if (pool->idle_count >= IDLE_MAX || !shrink(transfer->easy)) {
        transfer_free(transfer);
        return;
    }
    transfer->next = pool->idle;
    pool->idle = transfer;
    pool->idle_count++;
}

void pool_remove(struct pool *pool, struct transfer *transfer)
{
    for (struct transfer **at = &pool->resuming; *at; at = &(*at)->next) {
        if (*at == transfer) {
            *at = transfer->next;
            break;
        }
    }
    transfer->resuming = false;
    for (struct transfer **at = &pool->deaf; *at; at = &(*at)->next_deaf) {
        if (*at == transfer) {
            *at = transfer->next_deaf;
            break;
        }
    }
    curl_multi_remove_handle(pool->multi, transfer->easy);
    pool->under_way--;
}

static void end_transfer(struct pool *pool, struct transfer *transfer, CURLcode result)
{
    struct call *call = &transfer->call;
    enum transfer_end how = call_end(call, result);
    pool_remove(pool, transfer);
    call->sink->end(call->self, how, call_detail(call, result));
    pool_give(pool, transfer);
}

/* curl is done with it; its receiver may not have had all of it. */
static void finish_transfer(struct pool *pool, struct transfer *transfer, CURLcode result)
{
    struct call *call = &transfer->call;
    if (!call_keeps(call)) {
        end_transfer(pool, transfer, result);
        return;
    }
    call->over = true;
    call->result = result;
}

/* curl leaves ended transfers in a queue; its receivers may start and cancel others meanwhile. */
static void end_done(struct pool *pool)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(pool->multi, &left))) {
        struct transfer *transfer = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        if (message->msg == CURLMSG_DONE && transfer)
            finish_transfer(pool, transfer, result);
    }
    while (pool->deaf)
        end_transfer(pool, pool->deaf, CURLE_OUT_OF_MEMORY);
}

/* Telling curl of it by -1 would fail every transfer of the pool, now and for ever. */
static void make_deaf(struct pool *pool, CURL *easy)
{
    struct transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    for (struct transfer *known = pool->deaf; known; known = known->next_deaf)
        if (known == transfer)
            return;
    transfer->next_deaf = pool->deaf;
    pool->deaf = transfer;
}

static void on_ready(struct watch *self, uint32_t events)
{
    struct pool *pool = ((struct socket_watch *)self)->pool;
    int what = 0, running;
    if (events & (EPOLLIN | EPOLLHUP))
        what |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        what |= CURL_CSELECT_OUT;
    if (events & EPOLLERR)
        what |= CURL_CSELECT_ERR;
    /* curl may remove the watch, so that self is gone after this. */
    curl_multi_socket_action(pool->multi, self->fd, what, &running);
    end_done(pool);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *self, void *socket_self)
{
    struct pool *pool = self;
    struct socket_watch *known = socket_self;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (what == CURL_POLL_REMOVE) {
        if (known)
            loop_remove(pool->loop, &known->watch);
        free(known);
        return 0;
    }
    if (known) {
        loop_change(pool->loop, &known->watch, events);
        return 0;
    }
    struct socket_watch *made = calloc(1, sizeof *made);
    curl_must(made != NULL);
    made->watch = (struct watch){ .fd = fd, .events = events, .ready = on_ready };
    made->pool = pool;
    if (loop_add(pool->loop, &made->watch) != 0) {
        free(made);
        make_deaf(pool, easy);
        return 0;
    }
    curl_multi_assign(pool->multi, fd, made);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *self)
{
    struct pool *pool = self;
    (void)multi;
    pool->due_ms = timeout_ms < 0 ? -1 : clock_steady_ms() + timeout_ms;
    return 0;
}

int pool_new(struct loop *loop, struct pool **out, struct error *err)
{
    struct pool *pool = calloc(1, sizeof *pool);
    CURLM *multi = curl_multi_init();
    curl_must(pool && multi);
    (void)err;
    *pool = (struct pool){ .loop = loop, .multi = multi, .due_ms = -1 };
    MULTI(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    MULTI(multi, CURLMOPT_SOCKETDATA, pool);
    MULTI(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    MULTI(multi, CURLMOPT_TIMERDATA, pool);
    MULTI(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    *out = pool;
    return 0;
}

void pool_free(struct pool **pool)
{
    if (!*pool)
        return;
    while ((*pool)->idle) {
        struct transfer *transfer = (*pool)->idle;
        (*pool)->idle = transfer->next;
        transfer_free(transfer);
    }
    curl_multi_cleanup((*pool)->multi);
    free(*pool);
    *pool = NULL;
}

size_t pool_transfers(const struct pool *pool)
{
    return pool->under_way;
}

/* curl hands over what it held back, so take() runs here; its refusal curl only reports. */
static void resume(struct pool *pool, struct transfer *transfer)
{
    struct call *call = &transfer->call;
    CURLcode result = CURLE_WRITE_ERROR;
    call->held = false;
    if (call_release(call) == 0) {
        if (call_keeps(call))
            return;
        result = call->over ? call->result : curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    }
    if (call->over || result != CURLE_OK)
        end_transfer(pool, transfer, result);
}

static void resume_all(struct pool *pool)
{
    while (pool->resuming) {
        struct transfer *transfer = pool->resuming;
        pool->resuming = transfer->next;
        transfer->resuming = false;
        if (!transfer->call.paused)
            resume(pool, transfer);
    }
}

int pool_tick(struct pool *pool)
{
    int running;
    resume_all(pool);
    if (pool->due_ms >= 0 && clock_steady_ms() >= pool->due_ms) {
        pool->due_ms = -1; /* curl sets the next one meanwhile */
        curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    end_done(pool);
    if (pool->resuming)
        return 0;
    int64_t left_ms = pool->due_ms < 0 ? TICK_MAX_MS : pool->due_ms - clock_steady_ms();
    return left_ms < 0 ? 0 : left_ms > TICK_MAX_MS ? TICK_MAX_MS : (int)left_ms;
}
