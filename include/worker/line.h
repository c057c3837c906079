/* Who waits for a desk, in a line for each tenant, so that nobody waits behind another tenant's
 * crowd.
 *
 * Free desks share two tasks: to open the door (accept, read, find out who asks) and to serve. As
 * long as another desk is at the door, one serves who waits, a tenant after the other; the last
 * free desk goes to the door. There it serves who comes from a tenant that is not being served,
 * lets others wait, and is owed one who waits when it is back: so neither the door nor the lines
 * are ever left alone. A worker with one desk has no lines. */
#ifndef INSULA_WORKER_LINE_H
#define INSULA_WORKER_LINE_H

#include "web/exchange.h"

#define DESKS_MAX 64 /* how many may share a line */

struct line;

struct line *line_new(void);
/* Nobody waits any more. */
void line_free(struct line **line);

/* The exchange that a free desk is to serve, as if it had entered; NULL: to the door, and
 * line_back() from there. is_owed: this desk has just served one from the door. */
struct exchange *line_next(struct line *line, bool is_owed);
void line_back(struct line *line);
/* A desk back from the door asks for an exchange with a scope. *now_out false: it waits here, and
 * is whoever's takes it next. ERROR_LIMIT "tenant_busy", ERROR_UNAVAILABLE "house_busy", both with
 * Retry-After: too much waits already. */
int line_enter(struct line *line, struct exchange *x, bool *now_out, struct error *err);
/* An exchange of this tenant has left its desk. */
void line_leave(struct line *line, struct tenant_id tenant);

#endif
