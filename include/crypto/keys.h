/* Secrets at rest, in two steps (data.md "Encryption"):
 *
 *   key file ── key-encryption keys, several live, newest seals
 *       └─ wraps ── a data key per tenant (table data_key; tenant 0 is the house)
 *                       └─ seals ── each secret, bound to tenant, table, column and row
 *
 * Record: "v1" (1 byte 0x01) ‖ key id (4, big-endian) ‖ nonce (12) ‖ ciphertext ‖ tag (16), AES-256-GCM.
 * The associated data names the place, so a record moved elsewhere does not open. */
#ifndef INSULA_CRYPTO_KEYS_H
#define INSULA_CRYPTO_KEYS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/ids.h"

#define DATA_KEY_BYTES 32
#define SEAL_OVERHEAD (1 + 4 + 12 + 16)

/* The key file's keys. Format of the file: lines "<id> <64 hex digits>", '#' comments; ids are
 * positive, unique; the last line is the newest. Refused unless mode is 0400 or 0600 and the owner
 * is this process's user or root. */
struct key_ring;

/* ERROR_INTERNAL "keys_unreadable" with the reason in message. */
int key_ring_read(const char *path, struct key_ring **out, struct error *err);
void key_ring_free(struct key_ring **ring); /* wipes */
uint32_t key_ring_newest(const struct key_ring *ring);
size_t key_ring_count(const struct key_ring *ring);
uint32_t key_ring_id(const struct key_ring *ring, size_t index); /* oldest first */
/* Appends a new random key to the file (atomically, same mode and owner) under the next id.
 * Makes the file, mode 0400, when there is none. At most 256 keys. */
int key_file_add(const char *path, uint32_t *id_out, struct error *err);

/* A key derived from the oldest key of the ring for one purpose ("scope", "log"): HMAC(key, purpose). The
 * oldest, so that rotation does not change it while both are in the file. */
void key_ring_derive(const struct key_ring *ring, const char *purpose,
                     unsigned char out[DATA_KEY_BYTES]);

/* What a sealed record belongs to. */
struct seal_place {
    struct tenant_id tenant;
    const char *table, *column;
    struct str row;        /* the row's key bytes; empty where the tenant has one row */
};

/* Wraps and unwraps a tenant's data key. The record lives in the arena. */
int data_key_wrap(struct arena *arena, const struct key_ring *ring, struct tenant_id tenant,
                  const unsigned char key[DATA_KEY_BYTES], struct str *record_out, struct error *err);
/* ERROR_INTERNAL "key_unknown": the record names a key that the ring lacks (read the file again,
 * it may have been rotated); "seal_broken": it does not open. */
int data_key_unwrap(const struct key_ring *ring, struct tenant_id tenant, struct str record,
                    unsigned char out[DATA_KEY_BYTES], struct error *err);
/* The key of the ring that a wrapped data key names; 0 for secrets sealed under a data key, and when
 * it is no record. */
uint32_t sealed_key_id(struct str record);

/* ERROR_TOO_LARGE "secret_too_large" from both: over 16 MiB or the arena's maximum. */
int seal(struct arena *arena, const unsigned char key[DATA_KEY_BYTES],
         const struct seal_place *place, struct str secret, struct str *record_out,
         struct error *err);
/* The secret lives in the arena, NUL-terminated; the arena wipes it at its end. ERROR_INTERNAL
 * "seal_broken". */
int unseal(struct arena *arena, const unsigned char key[DATA_KEY_BYTES],
           const struct seal_place *place, struct str record, struct str *secret_out,
           struct error *err);

#endif
