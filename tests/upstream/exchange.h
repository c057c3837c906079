/* HTTP requests to the scripted model server, as libmicrohttpd hands them over. */
#ifndef UPSTREAM_EXCHANGE_H
#define UPSTREAM_EXCHANGE_H

#include <microhttpd.h>

struct server {
    const char *fixtures; /* folder of body files; NULL: none */
    int delay_ms;         /* before each chunk, where no script says otherwise */
    long long connections;
};

enum MHD_Result exchange_handle(void *server, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_bytes, void **exchange);
void exchange_finished(void *server, struct MHD_Connection *connection, void **exchange,
                       enum MHD_RequestTerminationCode why);
void connection_noticed(void *server, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode what);

#endif
