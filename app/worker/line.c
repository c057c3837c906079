/* Lets exchanges wait for a desk; called by desks. */
#include "worker/line.h"

#include "worker/fair.h"

#include <pthread.h>

struct line {
    pthread_mutex_t lock;
    struct fair *waiting;
    int at_door;
    int served;
    struct tenant_id serving[DESKS_MAX]; /* whom, a desk each */
};

struct line *line_new(void)
{
    struct line *line = calloc(1, sizeof *line);
    if (!line)
        abort();
    pthread_mutex_init(&line->lock, NULL);
    line->waiting = fair_new();
    return line;
}

void line_free(struct line **line)
{
    if (!*line)
        return;
    pthread_mutex_destroy(&(*line)->lock);
    fair_free(&(*line)->waiting);
    free(*line);
    *line = NULL;
}

static int serving_find(const struct line *line, struct tenant_id tenant)
{
    int i = 0;
    while (i < line->served && line->serving[i].v != tenant.v)
        i++;
    return i;
}

struct exchange *line_next(struct line *line, bool is_owed)
{
    pthread_mutex_lock(&line->lock);
    struct exchange *x = line->at_door > 0 || is_owed ? fair_pop(line->waiting, NULL, NULL) : NULL;
    if (x)
        line->serving[line->served++] = scope_tenant(x->scope);
    else
        line->at_door++;
    pthread_mutex_unlock(&line->lock);
    return x;
}

void line_back(struct line *line)
{
    pthread_mutex_lock(&line->lock);
    line->at_door--;
    pthread_mutex_unlock(&line->lock);
}

int line_enter(struct line *line, struct exchange *x, bool *now_out, struct error *err)
{
    struct tenant_id tenant = scope_tenant(x->scope);
    int status = 0;
    pthread_mutex_lock(&line->lock);
    bool is_served = serving_find(line, tenant) < line->served;
    *now_out = !fair_waits(line->waiting, tenant) && (line->at_door > 0 || !is_served);
    if (*now_out)
        line->serving[line->served++] = tenant;
    else
        status = fair_push(line->waiting, x, err);
    pthread_mutex_unlock(&line->lock);
    return status;
}

void line_leave(struct line *line, struct tenant_id tenant)
{
    pthread_mutex_lock(&line->lock);
    line->serving[serving_find(line, tenant)] = line->serving[line->served - 1];
    line->served--;
    pthread_mutex_unlock(&line->lock);
}
