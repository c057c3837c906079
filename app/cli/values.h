/* The forms that options' values must have; each reads a whole text or says no. Private to cli/. */
#ifndef INSULA_CLI_VALUES_H
#define INSULA_CLI_VALUES_H

#include "base/arena.h"

#include <stdint.h>

#define MONEY_TEXT_MAX 32
/* "100", "0.15": currency units with at most six decimals to micro-units, at most 4e18. */
bool money_parse(const char *text, int64_t *micro_out);
/* At least two decimals, no more than needed: "0.15", "100.00", "0.000001". Returns out. */
const char *money_text(int64_t micro, char out[MONEY_TEXT_MAX]);

/* "90s", "15m", "12h": 1 second to max_seconds. */
bool duration_parse(const char *text, int64_t max_seconds, int64_t *seconds_out);
/* "2026-11-23" to days since 1970-01-01; a day that is in the calendar. */
bool day_parse(const char *text, int32_t *day_out);
#define DAY_TEXT_MAX 16
const char *day_text(int32_t day, char out[DAY_TEXT_MAX]);
/* Digits only, least to most. */
bool number_parse(const char *text, int64_t least, int64_t most, int64_t *out);

bool is_slug(const char *text);      /* [a-z0-9][a-z0-9_-]{0,62} */
bool is_color(const char *text);     /* #rrggbb and not a byte more */
bool is_locale(const char *text);    /* "en", "de-CH" */
bool is_currency(const char *text);  /* "EUR" */
/* Strict UTF-8 of 1 to max_characters without control characters; lines: line breaks may be in it
 * and it may be empty. */
bool is_words(const char *text, size_t max_characters, bool lines);

/* What url_read takes, at most URL_STORED_MAX_BYTES; *out is without slashes at its end. */
bool url_parse(struct arena *arena, const char *text, bool may_have_query, const char **out);

#endif
