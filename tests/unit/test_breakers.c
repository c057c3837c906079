/* A provider that is out of order is left alone by all workers, and tried again by one. */
#include "base/arena.h"
#include "base/breakers.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 6000000 /* a half minute's beginning */

static const struct breaker_rules rules = { 4, 1000 };
static char dir[] = "/tmp/insula-test-breakers-XXXXXX";
static struct error err;

static enum breaker_state state_of(struct provider_id id)
{
    struct breaker breaker = { 0 };
    return breaker_find(id, &breaker) ? breaker.state : BREAKER_CLOSED;
}

static void tell(struct provider_id id, int64_t now_ms, enum breaker_news news, int times)
{
    for (int i = 0; i < times; i++)
        breaker_tell(id, &rules, now_ms, news);
}

static struct provider_id opened(int64_t now_ms)
{
    struct provider_id id = provider_id_new();
    tell(id, now_ms, BREAKER_FAILED, 4);
    return id;
}

static void without_a_file_all_are_closed(void)
{
    struct provider_id id = opened(START_MS);
    ok(breaker_wait_ms(id, &rules, START_MS) == 0 && state_of(id) == BREAKER_CLOSED,
       "before it is opened, nobody is left alone");
    ok(breakers_open(dir, false, &err) == -1, "a file that is not there");
    is_number(breakers_open(dir, true, &err), 0, "is made by workers");
}

static void failures_open_it(void)
{
    struct provider_id id = provider_id_new();
    tell(id, START_MS, BREAKER_FAILED, 3);
    is_number(breaker_wait_ms(id, &rules, START_MS), 0, "three failures are not four");
    tell(id, START_MS, BREAKER_FAILED, 1);
    is_number(breaker_wait_ms(id, &rules, START_MS + 1), 999, "four are");
    id = provider_id_new();
    tell(id, START_MS, BREAKER_ANSWERED, 5);
    tell(id, START_MS, BREAKER_FAILED, 4);
    is_number(state_of(id), BREAKER_CLOSED, "not where most are answered");
    tell(id, START_MS, BREAKER_FAILED, 1);
    is_number(state_of(id), BREAKER_OPEN, "half is enough");
    id = provider_id_new();
    tell(id, START_MS, BREAKER_FAILED, 3);
    tell(id, START_MS + 30000, BREAKER_FAILED, 3);
    is_number(state_of(id), BREAKER_CLOSED, "nor where they are half a minute apart");
    id = provider_id_new();
    tell(id, START_MS, BREAKER_REACHED, 100);
    is_number(state_of(id), BREAKER_CLOSED, "nor where it says no, however often");
    id = provider_id_new();
    for (int i = 0; i < 100; i++)
        breaker_tell(id, &(struct breaker_rules){ 0, 1000 }, START_MS, BREAKER_FAILED);
    is_number(state_of(id), BREAKER_CLOSED, "nor where the operator wants none");
    id = provider_id_new();
    tell(id, START_MS, BREAKER_ANSWERED, 100000);
    tell(id, START_MS, BREAKER_FAILED, 30000);
    is_number(state_of(id), BREAKER_CLOSED, "counts that are full keep their proportion");
    ok(breaker_wait_ms(provider_id_new(), &rules, START_MS) == 0, "others are others");
}

static void one_tries(void)
{
    struct provider_id id = opened(START_MS);
    is_number(breaker_wait_ms(id, &rules, START_MS + 1000), 0, "after a while one may try");
    is_number(breaker_wait_ms(id, &rules, START_MS + 1000), 1000, "and no other");
    is_number(state_of(id), BREAKER_HALF_OPEN, "it is half open");
    tell(id, START_MS + 1100, BREAKER_FAILED, 1);
    ok(state_of(id) == BREAKER_OPEN && breaker_wait_ms(id, &rules, START_MS + 1500) == 600,
       "a failure opens it again");
    is_number(breaker_wait_ms(id, &rules, START_MS + 2100), 0, "the next tries");
    tell(id, START_MS + 2200, BREAKER_ANSWERED, 1);
    ok(state_of(id) == BREAKER_CLOSED && breaker_wait_ms(id, &rules, START_MS + 2200) == 0,
       "an answer closes it");
    tell(id, START_MS + 2300, BREAKER_FAILED, 3);
    is_number(state_of(id), BREAKER_CLOSED, "and what was before is forgotten");
    id = opened(START_MS);
    tell(id, START_MS + 500, BREAKER_ANSWERED, 1);
    is_number(state_of(id), BREAKER_OPEN, "an answer to a request of before says nothing");
}

/* A process that claims the try and is killed with it. */
static void who_dies_with_it_holds_nobody_up(void)
{
    struct provider_id id = opened(START_MS);
    pid_t child = fork();
    if (child == 0)
        _exit(breaker_wait_ms(id, &rules, START_MS + 1000) == 0 ? 7 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    is_number(WEXITSTATUS(status), 7, "another worker tries");
    is_number(breaker_wait_ms(id, &rules, START_MS + 1400), 600, "which all know");
    is_number(breaker_wait_ms(id, &rules, START_MS + 2000), 0,
              "but when nothing is heard of it, another tries");
}

static void clocks_begin_anew(void)
{
    struct provider_id id = opened(START_MS);
    is_number(breaker_wait_ms(id, &rules, 5000), 0, "what was before the machine's start is over");
}

static void credentials(void)
{
    struct provider_id id = provider_id_new();
    struct breaker breaker = { 0 };
    ok(breaker_refused(id, 1000000), "the first refusal is told");
    ok(!breaker_refused(id, 1000001) && !breaker_refused(id, 1599999), "not each");
    ok(breaker_refused(id, 1600000), "but again after ten minutes");
    ok(breaker_find(id, &breaker) && breaker.refused_unix_ms == 1000000, "since the first");
    tell(id, START_MS, BREAKER_REACHED, 1);
    ok(breaker_find(id, &breaker) && breaker.refused_unix_ms == 1000000, "a no changes nothing");
    tell(id, START_MS, BREAKER_ANSWERED, 1);
    ok(breaker_find(id, &breaker) && breaker.refused_unix_ms == 0, "an answer does");
    breaker_refused(id, 9000000);
    breaker_forget(id);
    ok(breaker_find(id, &breaker) && breaker.refused_unix_ms == 0, "and so does another key");
    id = opened(START_MS);
    breaker_forget(id);
    is_number(state_of(id), BREAKER_CLOSED, "which closes the breaker too");
}

static void metrics_name_them(void)
{
    char id[ID_TEXT_MAX];
    struct provider_id open = opened(START_MS), fine = provider_id_new();
    struct text page = text_make(1 << 20);
    tell(fine, START_MS, BREAKER_ANSWERED, 1);
    breakers_write(&page);
    ok(strstr(page.at, provider_id_text(open, id)) && !page.over, "an open one is named");
    ok(!strstr(page.at, provider_id_text(fine, id)), "one that is closed is not");
    text_free(&page);
}

static void many_have_room(void)
{
    int without = 0;
    for (int i = 0; i < 2000; i++)
        without += state_of(opened(START_MS)) != BREAKER_OPEN;
    is_number(without, 0, "two thousand providers have a breaker each");
    struct text page = text_make(1 << 20);
    int lines = 0;
    breakers_write(&page);
    for (const char *at = page.at; (at = strchr(at, '\n')); at++)
        lines++;
    ok(lines <= 2 * 102, "of which /metrics tells a hundred");
    text_free(&page);
    for (int i = 0; i < 5000; i++)
        opened(START_MS);
    is_number(breaker_wait_ms(provider_id_new(), &rules, START_MS), 0,
              "more than there is room for are never left alone");
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    without_a_file_all_are_closed();
    failures_open_it();
    one_tries();
    who_dies_with_it_holds_nobody_up();
    clocks_begin_anew();
    credentials();
    metrics_name_them();
    many_have_room();
    char path[100];
    snprintf(path, sizeof path, "%s/breakers", dir);
    unlink(path);
    rmdir(dir);
    return done();
}
