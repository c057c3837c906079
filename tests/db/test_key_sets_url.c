/* Key sets from URLs: fetched once for all workers, kept through an issuer's bad hours, and never
 * fetched faster for a flood of unknown kids. Two caches play two workers. */
#include "auth/key_set.h"
#include "net/transfer.h"
#include "token_craft.h"

#include "house.h" /* last: its globals would shadow parameters */

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

static EVP_PKEY *rsa;
static struct identity_provider provider;
static const char *document, *type = "application/json"; /* what the issuer answers */
static int status = 200;
static atomic_int fetches, delay_ms;

static enum MHD_Result answer(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    (void)self, (void)url, (void)method, (void)version, (void)data, (void)size, (void)state;
    fetches++;
    usleep((useconds_t)delay_ms * 1000);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(document), (void *)(uintptr_t)document, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Location", "/elsewhere");
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

static struct MHD_Daemon *start_issuer(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL,
                         NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    int port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    struct address_rules *rules;
    if (address_rules_read(arena, arena_printf(arena, "127.0.0.1:%d", port), &rules, &err) ||
        net_init(rules, NULL, &err))
        bail_out("net");
    provider.key_set_url = arena_printf(arena, "http://127.0.0.1:%d/keys", port);
    return daemon;
}

static const char *set_of(const char *kid)
{
    struct str n = craft_number(arena, rsa, "n", 0);
    return arena_printf(
        arena, "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%.*s\",\"e\":\"AQAB\"}]}", kid,
        STR_ARGS(n));
}

static int find_on(struct key_sets *sets, struct db *on, const char *kid)
{
    struct arena *mine = arena_new(1 << 20);
    struct key key;
    struct error error = { 0 };
    int result = key_sets_find(sets, on, &provider, str_of(kid), STR("RS256"), mine, &key, &error);
    arena_free(&mine);
    return result ? -(int)error.kind : 0;
}

static int find(struct key_sets *sets, const char *kid)
{
    return find_on(sets, db, kid);
}

static void age_by(int64_t ms)
{
    clock_set_unix_ms(clock_unix_ms() + ms);
    usleep(320 * 1000);
}

static void one_fetch_serves_all(struct key_sets *one, struct key_sets *two)
{
    document = set_of("k1");
    is_number(find(one, "k1"), 0, "a key set is fetched");
    is_number(find(two, "k1"), 0, "another worker has it too");
    for (int i = 0; i < 1000; i++)
        find(i % 2 ? one : two, "k1");
    is_number(fetches, 1, "with one fetch");
}

static void floods_do_not_fetch(struct key_sets *one, struct key_sets *two)
{
    char kid[32];
    int honest = 0;
    age_by(31 * 1000);
    fetches = 0;
    int64_t start = clock_steady_ms();
    for (int i = 0; clock_steady_ms() - start < 3000; i++) {
        snprintf(kid, sizeof kid, "guess-%d", i);
        find(i % 2 ? one : two, kid);
        honest += find(i % 2 ? two : one, "k1") != 0;
    }
    is_number(fetches, 1, "a flood of unknown kids makes one fetch in a cool-down");
    is_number(honest, 0, "and known kids are served all the while");
}

static void missing_kids_cost_nothing(struct key_sets *one)
{
    static const char executed[] = "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM"
                                   " information_schema.SESSION_STATUS"
                                   " WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE'";
    usleep(320 * 1000);
    find(one, "missing");
    usleep(320 * 1000);
    int64_t before = ask_number(db, executed);
    find(one, "missing");
    is_number(ask_number(db, executed) - before, 1,
              "a kid known to be missing is not asked for again");
}

static void rotations_show(struct key_sets *one, struct key_sets *two)
{
    document = set_of("k2");
    is_number(find(one, "k2"), -ERROR_UNAUTHENTICATED, "a new kid waits for the cool-down");
    age_by(31 * 1000);
    is_number(find(one, "k2"), 0, "after it, it is fetched");
    is_number(find(one, "k1"), -ERROR_UNAUTHENTICATED, "the old one is gone");
    is_number(find(two, "k2"), 0, "another worker takes the new document");
    is_number(find(two, "k1"), -ERROR_UNAUTHENTICATED, "whole");
}

static void *find_slow(void *sets)
{
    find(sets, "slow-guess");
    return NULL;
}

static void a_slow_issuer_holds_up_nobody(struct key_sets *one)
{
    pthread_t slow;
    struct db *second = database_open_as("root");
    age_by(31 * 1000);
    delay_ms = 1500;
    pthread_create(&slow, NULL, find_slow, one);
    usleep(300 * 1000);
    int64_t start = clock_steady_ms();
    int failed = 0;
    for (int i = 0; i < 100; i++)
        failed += find_on(one, second, "k2") != 0;
    int64_t took = clock_steady_ms() - start;
    ok(!failed && took < 200, "known kids do not wait for a fetch (%d ms)", (int)took);
    pthread_join(slow, NULL);
    delay_ms = 0;
    db_free(&second);
}

static void bad_answers_change_nothing(struct key_sets *one)
{
    static const struct {
        const char *document, *type;
        int status;
    } bad[] = {
        { "{\"keys\":[]}", "application/json", 200 },
        { "{\"keys\":", "application/json", 200 },
        { "", "application/json", 200 },
        { NULL, "text/html", 200 },
        { NULL, "application/json", 500 },
        { NULL, "application/json", 404 },
        { NULL, "application/json", 302 },
    };
    const char *good = document;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        age_by(31 * 1000);
        const char *kid = arena_printf(arena, "evil-%zu", i); /* missing ones are remembered */
        document = bad[i].document ? bad[i].document : set_of(kid);
        type = bad[i].type;
        status = bad[i].status;
        fetches = 0;
        ok(find(one, kid) == -ERROR_UNAUTHENTICATED && fetches == 1 && !find(one, "k2"),
           "a bad answer leaves the last good keys: %d %s %.20s", status, type, document);
    }
    char *big = arena_alloc(arena, 300 << 10);
    memset(big, ' ', (300 << 10) - 1);
    memcpy(big, set_of("evil"), strlen(set_of("evil")));
    age_by(31 * 1000);
    document = big;
    type = "application/json";
    status = 200;
    ok(find(one, "evil") == -ERROR_UNAUTHENTICATED && !find(one, "k2"), "so does one over 256 KiB");
    document = good;
}

static void issuers_may_be_away_for_a_day(struct key_sets *one)
{
    age_by(31 * 1000);
    find(one, "refresh");
    status = 500;
    age_by(INT64_C(23) * 3600 * 1000);
    is_number(find(one, "k2"), 0, "an issuer that is away is bridged for a day");
    age_by(INT64_C(3600) * 1000 + 60 * 1000);
    is_number(find(one, "k2"), -ERROR_UNAVAILABLE, "and no longer");
    status = 200;
    age_by(31 * 1000);
    is_number(find(one, "k2"), 0, "when it is back, so are its keys");
    fetches = 0;
    age_by(3601 * 1000);
    is_number(find(one, "k2"), 0, "after an hour");
    is_number(fetches, 1, "a key set is fetched again");
}

static void a_lost_database_is_bridged(struct key_sets *one)
{
    struct database_config away = root;
    away.socket = "/nonexistent/db.sock";
    struct db *lost = db_new(&away);
    struct key_sets *fresh = key_sets_new();
    age_by(2 * 3600 * 1000);
    is_number(find_on(one, lost, "k2"), 0, "known keys serve on without a database");
    is_number(find_on(fresh, lost, "k2"), -ERROR_UNAVAILABLE, "others cannot be had");
    key_sets_free(&fresh);
    db_free(&lost);
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    house_begin();
    rsa = craft_rsa(2048);
    struct MHD_Daemon *issuer = start_issuer();
    struct idp_row row = house_idp_row(house_tenant("reef"), "issuer");
    row.algorithms = provider.algorithms = "RS256";
    row.key_set_url = provider.key_set_url;
    house_put_idp(&row);
    provider.id = row.id;
    struct key_sets *one = key_sets_new(), *two = key_sets_new();
    one_fetch_serves_all(one, two);
    floods_do_not_fetch(one, two);
    missing_kids_cost_nothing(one);
    rotations_show(one, two);
    a_slow_issuer_holds_up_nobody(one);
    bad_answers_change_nothing(one);
    issuers_may_be_away_for_a_day(one);
    a_lost_database_is_bridged(one);
    key_sets_free(&one);
    key_sets_free(&two);
    MHD_stop_daemon(issuer);
    EVP_PKEY_free(rsa);
    house_end();
    return database_end();
}
