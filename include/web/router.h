/* From a request on a desk to its handler: match, authenticate, check, call. */
#ifndef INSULA_WEB_ROUTER_H
#define INSULA_WEB_ROUTER_H

#include "web/exchange.h"

enum need { NEED_NOTHING, NEED_MEMBER, NEED_ADMIN };

/* An open handler gets no scope and so cannot query; a user handler cannot be routed without one. */
struct route {
    enum method method;
    const struct door *door;   /* how its answers and errors are written */
    const char *path;          /* "/api/v1/conversations/{id}"; {rest...} takes slashes too, and no
                                  parameter comes behind it */
    enum need need;
    const char *name;          /* in logs */
    int (*open)(struct exchange *x, struct error *err);
    int (*user)(struct exchange *x, const struct tenant_scope *scope, struct error *err);
};

/* web/routes.c: the table of contents. Ends at path NULL. */
extern const struct route routes[];

/* Addresses that begin alike, and in which door's words it is said that there is none such. */
struct quarter {
    const char *begins;
    const struct door *door;
};
extern const struct quarter quarters[]; /* ends at NULL; the first that fits counts */

/* Sets the door by the address alone, for what is refused before its route is looked for. */
void route_quarter(struct exchange *x);
/* Finds the route, and who asks. False: the response is there already, of an open route or a refusal. */
bool route_begin(struct exchange *x);
/* Goes on from there: calls the handler. Fills the response, or sets x->next to hand the exchange over. */
void route_finish(struct exchange *x);

/* Pure: 1 matches, with the path's parameters; 0 does not. A route below /v1 takes more than its pattern
 * says: clients differ in what they hold for a server's base address, so "/v1/models" is asked for as
 * "/models" too, and as "/openai/models" and "/openai/v1/models" by Azure's. */
int route_takes(const struct route *route, struct str path, struct str params[EXCHANGE_PARAMS]);
/* The same for a pattern alone. */
int route_match(const char *pattern, struct str path, struct str params[EXCHANGE_PARAMS]);

#endif
