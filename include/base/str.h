/* Bytes with a length. A struct str borrows; a struct text owns and grows up to a maximum. */
#ifndef INSULA_BASE_STR_H
#define INSULA_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Borrowed bytes: not NUL-terminated unless the maker says so, may hold NUL. {0} is absent
 * (at == NULL); an empty string has at != NULL and len 0. */
struct str {
    const char *at;
    size_t len;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_ARGS(s) (int)(s).len, (s).at ? (s).at : "" /* for "%.*s" */

static inline struct str str_of(const char *c_string)
{
    return (struct str){ c_string, c_string ? strlen(c_string) : 0 };
}

bool str_equal(struct str a, struct str b);                   /* bytes; absent equals only absent */
bool str_is(struct str a, const char *c_string);              /* bytes */
bool str_starts(struct str a, const char *prefix);
bool str_equal_nocase(struct str a, const char *c_string);    /* ASCII letters only */
/* A whole non-negative decimal, digits only, at most max; false leaves *out alone. */
bool str_to_number(struct str a, long long max, long long *out);

/* A growable buffer that cannot be made without its maximum. Once an append would pass the maximum
 * it and all later ones change nothing and `over` stays set: check it once, at the end. Memory that
 * malloc refuses ends the process. Zero bytes are kept; at[len] is always NUL once anything was
 * appended. What is appended must not lie in the text itself. */
struct text {
    char *at;
    size_t len, size, max;
    bool over;
};

struct text text_make(size_t max_bytes);
void text_add(struct text *t, struct str bytes);
void text_add_c(struct text *t, const char *c_string);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *t);   /* keeps the memory */
void text_cut(struct text *t, size_t len); /* back to its first len bytes; no longer than it is: nothing */
void text_free(struct text *t);    /* back to an empty text with the same maximum */
static inline struct str text_str(const struct text *t)
{
    return (struct str){ t->at ? t->at : "", t->len };
}

#endif
