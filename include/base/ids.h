/* Ids are types, so that a user's id cannot stand where a conversation's belongs.
 *
 * Inside, an id is 16 bytes. UUIDv7 (RFC 9562 section 5.7) for rows that are made in time order;
 * a user's id is instead derived from issuer and subject (auth/scope.h). Outside, an id is a prefix
 * and 26 characters of Crockford's base32 in lower case, as "conv_01j…"; parsing one kind where
 * another is wanted fails, and so does any other way of writing the same id. */
#ifndef INSULA_BASE_IDS_H
#define INSULA_BASE_IDS_H

#include "base/str.h"

#include <stdint.h>

struct uuid {
    unsigned char b[16];
};

/* name, prefix */
#define ID_KINDS(X)                                                                                \
    X(conversation, "conv_")                                                                       \
    X(message, "msg_")                                                                             \
    X(turn, "turn_")                                                                               \
    X(response, "resp_") /* a turn's, as OpenAI's clients call it: the same bytes */               \
    X(user, "user_")                                                                               \
    X(provider, "prov_")                                                                           \
    X(idp, "idp_")                                                                                 \
    X(request, "req_")

#define ID_TEXT_MAX 40 /* longest prefix, 26 characters, NUL, rounded up */

#define ID_DECLARE(name, prefix)                                                                   \
    struct name##_id {                                                                             \
        struct uuid v;                                                                             \
    };                                                                                             \
    struct name##_id name##_id_new(void); /* UUIDv7; each is above the last of its process */      \
    bool name##_id_parse(struct str text, struct name##_id *out);                                  \
    const char *name##_id_text(struct name##_id id, char out[ID_TEXT_MAX]); /* returns out */      \
    static inline bool name##_id_is_zero(struct name##_id id)                                      \
    {                                                                                              \
        static const struct uuid zero;                                                             \
        return memcmp(&id.v, &zero, sizeof zero) == 0;                                             \
    }                                                                                              \
    static inline bool name##_id_equal(struct name##_id a, struct name##_id b)                     \
    {                                                                                              \
        return memcmp(&a.v, &b.v, sizeof a.v) == 0;                                                \
    }
ID_KINDS(ID_DECLARE)
#undef ID_DECLARE

/* A tenant is a small number inside and a slug outside; 0 is no tenant. */
struct tenant_id {
    uint32_t v;
};

uint64_t uuid_unix_ms(struct uuid id); /* the time within a UUIDv7 */

#endif
