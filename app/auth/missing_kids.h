/* The last kids that an issuer's key set lacked, so that asking again costs nothing (J9). */
#ifndef INSULA_APP_AUTH_MISSING_KIDS_H
#define INSULA_APP_AUTH_MISSING_KIDS_H

#include "base/str.h"

#include <stdint.h>

#define MISSING_KIDS 128

/* Zeroed is empty. Not locked: its owner is. */
struct missing_kids {
    struct {
        unsigned char hash[16]; /* of the kid, which an attacker chose */
        int64_t until_ms; /* wall clock, like the cool-down that it waits for */
    } kids[MISSING_KIDS];
    size_t next;
};

void missing_kids_add(struct missing_kids *missing, struct str kid, int64_t until_ms);
bool missing_kids_has(const struct missing_kids *missing, struct str kid, int64_t now_ms);

#endif
