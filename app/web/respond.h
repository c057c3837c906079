/* What the files of web/ share of answering; private to web/. */
#ifndef INSULA_WEB_RESPOND_H
#define INSULA_WEB_RESPOND_H

#include "web/exchange.h"

/* Status and header lines, without the blank line that ends them. */
void respond_head(struct exchange *x, struct text *out);

#endif
