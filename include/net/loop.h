/* One thread's event loop: epoll, and a way to be woken by other threads. */
#ifndef INSULA_NET_LOOP_H
#define INSULA_NET_LOOP_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* Embedded in whatever waits on a descriptor. */
struct watch {
    int fd;
    uint32_t events; /* as epoll's */
    void (*ready)(struct watch *self, uint32_t events);
};

int loop_new(struct loop **out, struct error *err);
void loop_free(struct loop **loop);
int loop_add(struct loop *loop, struct watch *watch);    /* 0, or -1 with errno */
void loop_change(struct loop *loop, struct watch *watch, uint32_t events);
void loop_remove(struct loop *loop, struct watch *watch); /* safe while its events are being delivered */
/* Waits at most timeout_ms and delivers what is ready. A watch removed meanwhile gets nothing. */
void loop_run(struct loop *loop, int timeout_ms);
void loop_wake(struct loop *loop); /* from any thread: loop_run returns soon */

#endif
