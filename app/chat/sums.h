/* The shared rows of a batch of settlements (budget, hourly sums, daily users): added up first, so
 * that each is locked once and late; private to chat/. */
#ifndef INSULA_CHAT_SUMS_H
#define INSULA_CHAT_SUMS_H

#include "chat/settle.h"

/* Daily users, hourly sums, budgets, in this order and each in the order of its rows. Those settled
 * before
 * (`already`) are left out. Reorders the list; the rows are written down in the arena. */
int sums_add(struct db *db, struct arena *arena, struct settlement *list, size_t count,
             struct error *err);

#endif
