/* /control: how tests steer the model server and ask what it saw. */
#ifndef UPSTREAM_CONTROL_H
#define UPSTREAM_CONTROL_H

#include "exchange.h"

enum MHD_Result control_handle(const struct server *server, struct MHD_Connection *connection,
                               const char *method, const char *url, const char *body);

#endif
