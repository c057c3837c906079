/* Random bytes, for keys, nonces and ids that nobody may guess. */
#include "crypto/random.h"

#include "base/log.h"

#include <errno.h>
#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
    unsigned char *at = out;
    while (n) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            log_event(LOG_ALARM, "random", "the kernel gives no random bytes: %s", strerror(errno));
            abort();
        }
        at += got;
        n -= (size_t)got;
    }
}
