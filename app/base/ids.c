/* Making ids (UUIDv7) and their outside form, for every row and every answer. */
#include "base/ids.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#define TEXT_DIGITS 26

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* The kernel's own bytes each time: a forked process must not repeat its parent's ids, and this
 * folder stands below crypto/. */
static void fill_random(unsigned char *bytes, size_t n)
{
    ssize_t got;
    while ((got = getrandom(bytes, n, 0)) < 0 && errno == EINTR)
        ;
    if (got != (ssize_t)n) { /* up to 256 bytes come whole or not at all */
        log_event(LOG_ALARM, "random", "getrandom failed");
        abort();
    }
}

/* 48 bits of milliseconds and 12 of counter, as one number that only grows: a full counter, or a
 * wall clock set back, borrows from the milliseconds to come. */
static uint64_t next_tick(unsigned start)
{
    static _Atomic uint64_t last;
    uint64_t now = (uint64_t)clock_unix_ms() << 12 | (start & 0x7FF);
    uint64_t seen = atomic_load(&last), next;
    do {
        next = now > seen ? now : seen + 1;
    } while (!atomic_compare_exchange_weak(&last, &seen, next));
    return next;
}

static struct uuid uuid_new(void)
{
    struct uuid id;
    fill_random(id.b, sizeof id.b);
    uint64_t tick = next_tick((unsigned)id.b[6] << 8 | id.b[7]);
    for (int i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(tick >> (52 - 8 * i));
    id.b[6] = (unsigned char)(0x70 | (tick >> 8 & 0x0F));
    id.b[7] = (unsigned char)tick;
    id.b[8] = (unsigned char)(0x80 | (id.b[8] & 0x3F));
    return id;
}

uint64_t uuid_unix_ms(struct uuid id)
{
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id.b[i];
    return ms;
}

static bool uuid_parse(struct str text, const char *prefix, struct uuid *out)
{
    struct uuid id = { { 0 } };
    size_t skip = strlen(prefix);
    if (!str_starts(text, prefix) || text.len != skip + TEXT_DIGITS)
        return false;
    for (size_t i = 0; i < TEXT_DIGITS; i++) {
        const char *digit = memchr(digits, text.at[skip + i], sizeof digits - 1);
        /* 26 digits hold 130 bits: the first has room for three. */
        if (!digit || (i == 0 && digit - digits > 7))
            return false;
        unsigned carry = (unsigned)(digit - digits);
        for (int b = 15; b >= 0; b--) { /* id = id * 32 + digit */
            carry |= (unsigned)id.b[b] << 5;
            id.b[b] = (unsigned char)carry;
            carry >>= 8;
        }
    }
    *out = id;
    return true;
}

static const char *uuid_text(struct uuid id, const char *prefix, char out[ID_TEXT_MAX])
{
    size_t skip = strlen(prefix);
    memcpy(out, prefix, skip);
    for (int i = TEXT_DIGITS - 1; i >= 0; i--) {
        unsigned rest = 0;
        for (int b = 0; b < 16; b++) { /* id, rest = id / 32, id % 32 */
            rest = rest << 8 | id.b[b];
            id.b[b] = (unsigned char)(rest >> 5);
            rest &= 31;
        }
        out[skip + (size_t)i] = digits[rest];
    }
    out[skip + TEXT_DIGITS] = '\0';
    return out;
}

#define ID_DEFINE(name, prefix)                                                                    \
    _Static_assert(sizeof prefix + TEXT_DIGITS <= ID_TEXT_MAX, "prefix of " #name);                \
    struct name##_id name##_id_new(void)                                                           \
    {                                                                                              \
        return (struct name##_id){ uuid_new() };                                                   \
    }                                                                                              \
    bool name##_id_parse(struct str text, struct name##_id *out)                                   \
    {                                                                                              \
        return uuid_parse(text, prefix, &out->v);                                                  \
    }                                                                                              \
    const char *name##_id_text(struct name##_id id, char out[ID_TEXT_MAX])                         \
    {                                                                                              \
        return uuid_text(id.v, prefix, out);                                                       \
    }
ID_KINDS(ID_DEFINE)
