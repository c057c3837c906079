/* The shared rows of a batch of settlements (budget, hourly sums, daily users): added up first, so that
 * each is locked once and late; private to chat/. */
#ifndef INSULA_CHAT_SUMS_H
#define INSULA_CHAT_SUMS_H

#include "chat/settle.h"

/* Those settled before (`already`) are left out. */
int sums_usage(struct db *db, const struct settlement *list, size_t count, struct error *err);
int sums_users(struct db *db, const struct settlement *list, size_t count, struct error *err);
int sums_budget(struct db *db, const struct settlement *list, size_t count, struct error *err);

#endif
