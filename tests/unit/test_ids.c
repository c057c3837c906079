/* Ids: made in order, in threads and in forked processes; one text each; no kind for another. */
#include "base/clock.h"
#include "base/ids.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 20000

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static int count_twins(struct turn_id *ids, size_t n)
{
    int twins = 0;
    qsort(ids, n, sizeof *ids, compare);
    for (size_t i = 1; i < n; i++)
        twins += turn_id_equal(ids[i - 1], ids[i]);
    return twins;
}

static int is_version_7(struct uuid id)
{
    return id.b[6] >> 4 == 7 && id.b[8] >> 6 == 2;
}

static void test_order(void)
{
    struct turn_id last = turn_id_new(), id;
    int ordered = 1, version = is_version_7(last.v), tail_changes = 1;
    for (int i = 0; i < MANY; i++, last = id) {
        if (i == MANY / 4)
            clock_set_unix_ms(clock_unix_ms()); /* no time passes: the counter runs over */
        if (i == MANY / 2)
            clock_set_unix_ms(clock_unix_ms() - 3600000);
        id = turn_id_new();
        ordered &= compare(&last, &id) < 0;
        version &= is_version_7(id.v);
        tail_changes &= memcmp(last.v.b + 8, id.v.b + 8, 8) != 0;
    }
    clock_set_unix_ms(0);
    ok(ordered, "each is above the last, in one millisecond and with the clock set back too");
    ok(version, "each says version 7, variant 2");
    ok(tail_changes, "each has a random end of its own");
}

static void test_time(void)
{
    clock_set_unix_ms(clock_unix_ms() + 86400000);
    uint64_t now = (uint64_t)clock_unix_ms();
    is_number((long long)uuid_unix_ms(turn_id_new().v), (long long)now, "the time within");
    clock_set_unix_ms(0);
    struct uuid known = { { 0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0, 0x7C, 0xC3, 0x98, 0xC4, 0xDC, 0x0C,
                            0x0C, 0x07, 0x39, 0x8F } };
    is_number((long long)uuid_unix_ms(known), 1645557742000, "the time of RFC 9562's example");
}

static void *make_many(void *arg)
{
    struct turn_id *ids = arg;
    for (int i = 0; i < MANY; i++)
        ids[i] = turn_id_new();
    return NULL;
}

static void test_threads(void)
{
    static struct turn_id ids[4 * MANY];
    pthread_t threads[4];
    int ordered = 1;
    for (int t = 0; t < 4; t++)
        pthread_create(&threads[t], NULL, make_many, ids + t * MANY);
    for (int t = 0; t < 4; t++)
        pthread_join(threads[t], NULL);
    for (int t = 0; t < 4; t++) {
        for (int i = 1; i < MANY; i++)
            ordered &= compare(&ids[t * MANY + i - 1], &ids[t * MANY + i]) < 0;
    }
    ok(ordered, "each thread sees ids that grow");
    /* The first 8 bytes hold time and counter: they alone must differ, not just the random end. */
    for (int i = 0; i < 4 * MANY; i++)
        memset(ids[i].v.b + 8, 0, 8);
    is_number(count_twins(ids, 4 * MANY), 0, "no two threads get the same tick");
}

static void test_fork(void)
{
    static struct turn_id ids[3 * MANY];
    int ends[2];
    clock_set_unix_ms(clock_unix_ms()); /* the worst case: the same millisecond, the same counter */
    turn_id_new();
    for (int p = 0; p < 2; p++) {
        if (pipe(ends))
            abort();
        pid_t child = fork();
        if (child == 0) {
            make_many(ids);
            FILE *out = fdopen(ends[1], "w");
            _exit(!out || fwrite(ids, 16, MANY, out) != MANY || fclose(out));
        }
        close(ends[1]);
        FILE *in = fdopen(ends[0], "r");
        is_number((long long)fread(ids + (p + 1) * MANY, 16, MANY, in), MANY, "a child's ids");
        fclose(in);
        waitpid(child, NULL, 0);
    }
    make_many(ids);
    clock_set_unix_ms(0);
    is_number(count_twins(ids, 3 * MANY), 0, "parent and two children never make the same id");
}

static void test_text(void)
{
    struct conversation_id zero = { 0 }, full, id, back;
    char out[ID_TEXT_MAX];
    memset(&full, 0xFF, sizeof full);
    is_text(conversation_id_text(zero, out), "conv_00000000000000000000000000", "the lowest");
    is_text(conversation_id_text(full, out), "conv_7zzzzzzzzzzzzzzzzzzzzzzzzz", "the highest");
    ok(conversation_id_is_zero(zero) && !conversation_id_is_zero(full), "zero is known");
    for (unsigned char i = 0; i < 16; i++)
        id.v.b[i] = (unsigned char)(i * 17);
    is_text(conversation_id_text(id, out), "conv_0024h36h2ncsvrh6daqf6dvvqz", "a known one");
    int same = 1;
    for (int i = 0; i < 1000; i++) {
        id = conversation_id_new();
        same &= conversation_id_parse(str_of(conversation_id_text(id, out)), &back);
        same &= conversation_id_equal(id, back) && !conversation_id_is_zero(id);
    }
    ok(same, "text and back again");
    struct conversation_id low = conversation_id_new(), high = conversation_id_new();
    char low_text[ID_TEXT_MAX], high_text[ID_TEXT_MAX];
    ok(strcmp(conversation_id_text(low, low_text), conversation_id_text(high, high_text)) < 0,
       "texts sort as the ids do");
}

static void test_refusals(void)
{
    static const char *const bad[] = {
        "conv_",
        "",
        "conv_0000000000000000000000000",   /* 25 digits */
        "conv_000000000000000000000000000", /* 27 */
        "conv_80000000000000000000000000",  /* over 128 bits */
        "conv_0000000000000000000000000i",  /* letters that Crockford leaves out */
        "conv_0000000000000000000000000l",
        "conv_0000000000000000000000000o",
        "conv_0000000000000000000000000u",
        "conv_0000000000000000000000000A", /* upper case */
        "CONV_00000000000000000000000000",
        "conv-00000000000000000000000000",
        "conv_0000000000000000000000000 ",
        " conv_00000000000000000000000000",
        "msg_000000000000000000000000000",
        "00000000000000000000000000",
    };
    struct conversation_id id;
    memset(&id, 0x55, sizeof id);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!conversation_id_parse(str_of(bad[i]), &id), "refused: '%s'", bad[i]);
    ok(!conversation_id_parse((struct str){ 0 }, &id), "refused: absent");
    ok(!conversation_id_parse(STR("conv_0000000000000000000000000\0"), &id), "refused: a NUL");
    ok(id.v.b[0] == 0x55 && id.v.b[15] == 0x55, "and the output is left alone");
}

static void test_kinds(void)
{
    static char texts[16][ID_TEXT_MAX];
    int kinds = 0, crossed = 0;
#define KEEP(name, prefix) name##_id_text(name##_id_new(), texts[kinds++]);
    ID_KINDS(KEEP)
#define PARSE(name, prefix)                                                                        \
    for (int k = 0; k < kinds; k++) {                                                              \
        struct name##_id id;                                                                       \
        bool mine = !strncmp(texts[k], prefix, strlen(prefix));                                    \
        crossed += name##_id_parse(str_of(texts[k]), &id) != mine;                                 \
    }
    ID_KINDS(PARSE)
    ok(kinds >= 7 && crossed == 0, "each kind parses its own texts and no other kind's");
}

int main(void)
{
    test_order();
    test_time();
    test_threads();
    test_fork();
    test_text();
    test_refusals();
    test_kinds();
    return done();
}
