/* One sealed record, whatever key seals it: "v1" ‖ key id ‖ nonce ‖ ciphertext ‖ tag. */
#ifndef INSULA_CRYPTO_SEAL_RECORD_H
#define INSULA_CRYPTO_SEAL_RECORD_H

#include "crypto/keys.h"

#define RECORD_SECRET_MAX (16 * 1024 * 1024)
/* In place of a key id: sealed under the tenant's data key, of which there is one. */
#define RECORD_DATA_KEY 0

/* key_id stands in the record and is bound into it. out: SEAL_OVERHEAD + secret.len bytes. */
void record_seal(uint32_t key_id, const unsigned char key[DATA_KEY_BYTES],
                 const struct seal_place *place, struct str secret, unsigned char *out);
/* The secret's length, or -1 when these bytes cannot be a record under key_id. */
long record_secret_len(uint32_t key_id, struct str record);
/* For a record that record_secret_len accepted. Writes that many bytes; wipes them and returns
 * false when the record is not this place's. */
bool record_open(const unsigned char key[DATA_KEY_BYTES], const struct seal_place *place,
                 struct str record, unsigned char *out);

#endif
