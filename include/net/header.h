/* What may stand in a header that we send: checked when it is stored and again when it is used. */
#ifndef INSULA_NET_HEADER_H
#define INSULA_NET_HEADER_H

#include "base/str.h"

enum {
    HEADER_VALUE_MAX_BYTES = 4096,
    HEADER_KEY_MAX_BYTES = 4000, /* of a key: "Bearer " and the like fit in front of it */
};

/* Visible ASCII and blanks, at least one byte. */
bool header_value_is_good(struct str value);
/* A key, a version, a secret: visible ASCII without blanks, at least one byte. */
bool header_key_is_good(struct str key);

#endif
