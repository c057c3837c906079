/* The ledger's rows: opened at admission, settled once. */
#ifndef INSULA_STORE_TURNS_H
#define INSULA_STORE_TURNS_H

#include "auth/scope.h"

struct db;
struct many;

struct turn_row {
    struct turn_id id;
    struct conversation_id conversation; /* zero: not kept */
    struct message_id parent, answer;
    struct str model;
    struct provider_id provider;
    bool settled;
    int32_t period;
    int64_t hold, tokens_in, tokens_cached, tokens_out, tokens_reasoning, cost;
    struct str usage_source, outcome, code;
    struct str attempts;          /* JSON: each request that was made of a provider; to be written */
    int64_t started_ms, deadline_ms, first_ms, total_ms; /* first_ms -1: nothing came */
};

/* Both with others, by db_run_many.
 * From open to settled, with everything that is known at the end, model and provider being those that
 * answered: counts as changed, except where somebody
 * settled it before; then nothing is written. */
int turns_open(struct many *many, const struct tenant_scope *scope, const struct turn_row *row,
               struct str sealed_scope, struct error *err);
int turns_close(struct many *many, const struct tenant_scope *scope, const struct turn_row *row,
                struct error *err);
/* ERROR_NOT_FOUND "turn_not_found". */
int turn_find(const struct tenant_scope *scope, struct db *db, struct turn_id id,
              struct arena *arena, struct turn_row *out, struct error *err);

#endif
