/* Requests that the web server refused before a worker saw them; private to web/. */
#ifndef INSULA_APP_WEB_REFUSED_H
#define INSULA_APP_WEB_REFUSED_H

#include "base/error.h"
#include "base/str.h"

/* redirect_status: the CGI variable of that name. 0 where it is absent or under 400: a request like any
 * other. Otherwise -1 with the words for the client: the web server has refused this one by that
 * status, and asks us what to say (server.error-handler in lighttpd.conf.example). */
int refused_before_us(struct str redirect_status, struct error *err);

#endif
