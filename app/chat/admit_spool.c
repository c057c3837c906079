/* Makes the spool's file of a turn that is being admitted. */
#include "admission.h"
#include "spool_record.h"

int admit_spool(struct admissions *all, struct candidate *c, struct db *db, struct error *err)
{
    (void)db;
    struct turn *turn = c->turn;
    unsigned char bytes[SCOPE_SEALED_BYTES];
    scope_seal(all->chat->auth, turn->scope, bytes);
    c->sealed_scope = arena_copy(turn->arena, (struct str){ (const char *)bytes, sizeof bytes });
    if (spool_create(all->chat->spool_dir, turn->scope, turn->id, &turn->spool, err) < 0)
        return -1;
    turn->place = spool_place(turn->arena, turn);
    if (spool_append(turn->spool, SPOOL_HEADER, spool_header(turn->arena, turn, c->sealed_scope),
                     err) < 0)
        return -1;
    return spool_append(turn->spool, SPOOL_PLACE, turn->place, err);
}
