/* A streamed answer, as its door writes it: the head, then chunks as they come, then one end. */
#ifndef INSULA_WEB_STREAM_H
#define INSULA_WEB_STREAM_H

#include "web/exchange.h"

/* 200, the stream's headers, and what the door says first. Once. */
void stream_open(struct exchange *x);
/* One chat.completion.chunk and its number. Opens where needed. */
void stream_event(struct exchange *x, uint64_t id, struct str data);
void stream_ping(struct exchange *x);
/* The ends: exactly one of them. stream_done's end mark and the end of the response leave in one write;
 * it says: complete, stored and charged. stream_broken says why not, and never the end mark. */
void stream_done(struct exchange *x);
void stream_broken(struct exchange *x, const struct error *err);

/* Ends the exchange's answer as its turn ended: done or broken on an open stream, the JSON body, or an error
 * with its real status where nothing was sent yet. */
void turn_answer(struct exchange *x, const struct error *unsettled_or_null);
/* The same for a followed turn. */
void follow_answer(struct exchange *x);

#endif
