/* Vectors in a provider's answer: lists of numbers, too long for a tree of values. */
#ifndef INSULA_GATEWAY_VECTORS_H
#define INSULA_GATEWAY_VECTORS_H

#include "json/read.h"
#include "json/write.h"

/* A JSON text, and a copy of it in which each list of numbers is a string of the same length: its brackets
 * have become quotes. */
struct vectors {
    struct str json, folded;
};
/* False at the arena's maximum. */
bool vectors_fold(struct arena *arena, struct str json, struct vectors *out);

/* Writes a vector of the folded text's tree, which is a list of numbers or base64 of little-endian floats, as
 * the one or the other. False, and nothing written: it is neither. */
bool vector_put(struct json_writer *w, const struct vectors *vectors, const struct json *vector,
                bool base64);

#endif
