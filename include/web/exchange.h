/* One request and its answer. An exchange is owned by exactly one thread at a time and moves one way:
 * desk → gate → relay → ledger; its arena travels with it. */
#ifndef INSULA_WEB_EXCHANGE_H
#define INSULA_WEB_EXCHANGE_H

#include "base/config.h"
#include "chat/follow.h"
#include "chat/slots.h"
#include "chat/turn.h"
#include "door/door.h"
#include "web/client.h"
#include "web/request.h"

#include <stdatomic.h>

/* What all exchanges of a worker share. Only the configuration is ever replaced (SIGHUP): an
 * exchange keeps the one it began with. */
struct house {
    const struct config *_Atomic config;
    struct directory *directory;
    struct auth *auth;
    struct slots *slots;
    struct chat chat;
};

enum next { NEXT_ANSWER, NEXT_ADMIT, NEXT_RELAY, NEXT_FOLLOW };

struct response {
    int status;
    const char *content_type;
    struct text headers;       /* further "Name: value\r\n" lines */
    struct text body;
    const char *code;          /* of an error, for the log */
    const char *detail;        /* of an error, for the log */
};

#define EXCHANGE_PARAMS 3
struct exchange {
    struct exchange *queue_next; /* worker/queue's */
    struct arena *arena;
    const struct house *house;
    const struct config *config;
    struct db *db;             /* the desk's; NULL once handed over */
    struct client client;
    struct request request;
    struct response response;
    const struct route *route; /* NULL: none matched */
    const struct door *door;   /* the route's; our own where none matched */
    struct voice *voice;       /* NULL: no answer of a turn was begun */
    const struct json *body;   /* the client's, once it is read; NULL: none */
    struct str params[EXCHANGE_PARAMS]; /* of the path, in order */
    const struct tenant_scope *scope;   /* NULL: an open route */
    struct identity identity;
    const struct tenant *tenant;        /* held */
    enum next next;
    const struct turn_request *asked;   /* NEXT_ADMIT */
    struct turn *turn;         /* NEXT_RELAY */
    bool has_slot;
    struct follow *follow;     /* NEXT_FOLLOW */
    bool follow_stream;        /* as events; else one JSON answer at its end */
    bool head_sent;
    int64_t started_ms;        /* steady clock */
    int64_t auth_us, db_us;    /* for Server-Timing */
    char user_hash[USER_HASH_MAX];
};

/* The arena is the exchange's own; limits come from the configuration. */
struct exchange *exchange_new(const struct house *house);
/* Gives it the connection that its answer goes to. */
void exchange_open(struct exchange *x, int fd, int request_id);
/* Closes the connection, gives tenant and slot back, writes the log line, frees everything. */
void exchange_end(struct exchange **exchange);

/* Adds a response header; value is ours, never the client's raw bytes. */
void respond_header(struct exchange *x, const char *name, const char *value);
/* JSON body writer; close it, then respond_json sets status and type. */
struct json_writer *respond_writer(struct exchange *x);
void respond_json(struct exchange *x, int status);
/* web/problem.c: the one place that knows status numbers of errors. */
void respond_problem(struct exchange *x, const struct error *err);
int problem_status(const struct error *err);
/* An error as its door will write it; lives as long as *err and the exchange's arena. */
struct problem problem_of(const struct exchange *x, const struct error *err);

/* Sends head and body and finishes the request; never blocks (client_drain does). */
void respond_send(struct exchange *x);

#endif
