/* Threads that are asked to end, and may not. */
#ifndef INSULA_BASE_THREAD_H
#define INSULA_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Waits at most so many ms of the steady clock for a thread's end. True: it has ended, and is joined. */
bool thread_join_within(pthread_t thread, int most_ms);

#endif
