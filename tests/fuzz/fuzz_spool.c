/* Spool files with any bytes in them, as a full disk, a crash or a person may leave them: whole
 * records are read as they stand, the first that is cut short ends the file, and what recovery
 * makes of it can be settled. */
#include "fuzz/fuzz.h"

#include "base/codec.h"
#include "spool_file.h"
#include "spool_record.h"

#include <sys/mman.h>
#include <unistd.h>

static struct spool_reader *reader_of(struct str bytes)
{
    int fd = memfd_create("spool", MFD_CLOEXEC);
    PROMISE(fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len, "a file to read");
    return spool_reader_of(fd);
}

static void check_records(struct str file)
{
    struct spool_reader *reader = reader_of(file);
    enum spool_kind kind;
    struct str payload, rest = file;
    while (spool_next(reader, &kind, &payload) == 1) {
        PROMISE(rest.len >= SPOOL_HEAD_BYTES, "a record has a head");
        const unsigned char *head = (const unsigned char *)rest.at;
        size_t length =
            head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 | (size_t)head[4] << 24;
        PROMISE(kind == (enum spool_kind)head[0] && payload.len == length, "as the head says");
        PROMISE(length <= rest.len - SPOOL_HEAD_BYTES, "whole");
        PROMISE(!memcmp(payload.at, rest.at + SPOOL_HEAD_BYTES, length), "the bytes of the file");
        rest = (struct str){ rest.at + SPOOL_HEAD_BYTES + length,
                             rest.len - SPOOL_HEAD_BYTES - length };
    }
    PROMISE(spool_next(reader, &kind, &payload) == 0, "the end stays the end");
    PROMISE(!spool_is_live(reader), "nobody writes it");
    spool_reader_close(&reader);
    PROMISE(!reader, "closed once");
}

static void check_recovery(struct str file)
{
    struct spool_reader *reader = reader_of(file);
    struct arena *arena = arena_new(64 << 20); /* recovery's */
    struct spooled s;
    struct error err;
    PROMISE(spooled_read(reader, arena, &s, &err) == 0, "the file can be read");
    PROMISE(s.output_bytes >= 0, "output counts upwards");
    PROMISE(!s.spoken.content.over, "content within its maximum");
    PROMISE(utf8_check(text_str(&s.spoken.content)) == s.spoken.content.len, "content is UTF-8");
    if (s.sealed_scope.at)
        PROMISE(memchr(file.at, SPOOL_HEADER, file.len), "a scope is in a header only");
    settlement_price(&s.settlement, s.prices, &s.usage, s.prompt_tokens, s.output_bytes);
    PROMISE(s.settlement.row.usage_source.len, "it can be priced");
    spoken_free(&s.spoken);
    arena_free(&arena);
    spool_reader_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = fuzz_input(data, size);
    check_records(file);
    check_recovery(file);
    return 0;
}
