/* The key file's keys, shared by all threads and read again when a record names a newer key. */
#ifndef INSULA_APP_TENANCY_HOUSE_KEYS_H
#define INSULA_APP_TENANCY_HOUSE_KEYS_H

#include "crypto/keys.h"

struct house_keys;

int house_keys_open(const char *path, struct house_keys **out, struct error *err);
void house_keys_free(struct house_keys **keys);
/* Could the file be read again? */
bool house_keys_readable(const struct house_keys *keys);
void house_keys_derive(struct house_keys *keys, const char *purpose,
                       unsigned char out[DATA_KEY_BYTES]);
/* Fails like data_key_unwrap, but only after the file was read once more on "key_unknown". */
int house_keys_unwrap(struct house_keys *keys, struct tenant_id tenant, struct str record,
                      unsigned char out[DATA_KEY_BYTES], struct error *err);

#endif
