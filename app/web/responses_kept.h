/* A response that is kept, as its handlers find it; private to web/. */
#ifndef INSULA_WEB_RESPONSES_KEPT_H
#define INSULA_WEB_RESPONSES_KEPT_H

#include "store/responses.h"
#include "web/exchange.h"

struct kept {
    struct response_row response;
    struct turn_row turn;
};

/* The response that the path names, of the scope's own user. ERROR_NOT_FOUND "response_not_found". */
int response_of_path(struct exchange *x, const struct tenant_scope *scope, struct kept *out,
                     struct error *err);

#endif
