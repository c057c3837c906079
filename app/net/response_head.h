/* A response's head, read line by line as it arrives. */
#ifndef INSULA_NET_RESPONSE_HEAD_H
#define INSULA_NET_RESPONSE_HEAD_H

#include "net/transfer.h"

struct response_head {
    struct http_head http;
    char content_type[96]; /* http.content_type points here */
    bool has_ms;           /* retry-after-ms came: more exact than Retry-After */
    bool done;             /* what follows are trailers */
};

/* Takes one line with its line end. True once, when the final head (not 1xx) is whole. */
bool response_head_line(struct response_head *head, struct str line);

#endif
