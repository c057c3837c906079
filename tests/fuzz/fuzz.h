/* What all fuzzers share: a promise that ends the process when it is broken, and taking an input
 * apart byte by byte. */
#ifndef INSULA_TESTS_FUZZ_H
#define INSULA_TESTS_FUZZ_H

#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(kept, words)                                                                       \
    do {                                                                                           \
        if (!(kept)) {                                                                             \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, (words));           \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* 0 once the input is used up. */
static inline uint8_t take_byte(struct str *input)
{
    if (!input->len)
        return 0;
    uint8_t byte = (uint8_t)*input->at;
    *input = (struct str){ input->at + 1, input->len - 1 };
    return byte;
}

static inline struct str fuzz_input(const uint8_t *data, size_t size)
{
    return size ? (struct str){ (const char *)data, size } : STR("");
}

static inline bool lies_in(struct str part, struct str whole)
{
    return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

#endif
