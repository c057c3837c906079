/* All settings of insula.conf as one table, and what each accepts, for config.c and its test. */
#ifndef INSULA_BASE_SETTINGS_H
#define INSULA_BASE_SETTINGS_H

#include "base/config.h"

enum setting_type {
    SETTING_TEXT,
    SETTING_LIST,   /* words; may go on in indented lines */
    SETTING_PATH,   /* a relative one starts at the file's folder */
    SETTING_NUMBER, /* decimal, from min to max */
};

struct setting {
    const char *section, *name;
    enum setting_type type;
    size_t offset;          /* of a const char * or an int in struct config */
    int min, max, standard; /* of a number; the default of the others is NULL */
    bool needed;
};

extern const struct setting settings[];
extern const size_t setting_count;

/* NULL: there is no such setting. */
const struct setting *setting_find(const char *section, const char *name);
/* All numbers at their defaults, all texts NULL. */
void settings_reset(struct config *config);
/* Reads value into the setting's place. A list that has a value already goes on with this one.
 * folder: where relative paths start. ERROR_BAD_REQUEST says what is wrong with the value. */
int setting_store(const struct setting *setting, struct arena *arena, const char *folder,
                  const char *value, struct config *config, struct error *err);

#endif
