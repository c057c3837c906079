/* What the files of the reader share: one parse under way. */
#ifndef INSULA_JSON_PARSER_H
#define INSULA_JSON_PARSER_H

#include "json/read.h"

#include <setjmp.h>
#include <yajl/yajl_parse.h>

/* A container whose end has not been read yet. */
struct frame {
    struct json *container;
    struct json *last; /* its newest child */
    struct frame *outer;
};

struct parser {
    struct arena *arena; /* of the tree */
    struct arena *work;  /* of yajl, for the length of the parse */
    struct str text; /* what yajl reads: the caller's text or its mended copy */
    struct json_limits limits;
    yajl_handle yajl;
    struct error *err; /* filled by whatever stopped the parse */
    jmp_buf full;      /* where to go when an arena's maximum is reached */

    size_t at;           /* behind the last token read */
    struct frame *top;   /* innermost open container */
    struct frame *spare; /* closed ones, for reuse */
    struct json *root;
    struct str key; /* read, its value not yet */
    int depth;
    size_t values;
};

/* memory.c: zeroed memory for the tree; goes to p->full instead of returning NULL. */
void *parser_alloc(struct parser *p, size_t bytes) __attribute__((returns_nonnull));
yajl_alloc_funcs parser_memory(struct parser *p);

/* spelling.c: what yajl would let pass. Refuses it or, when lenient, mends a copy: p->text. */
int spelling_check(struct parser *p);

/* tree.c: yajl's events to the tree. */
extern const yajl_callbacks tree_callbacks;
/* Where the token behind p->at begins. */
size_t token_start(const struct parser *p);

/* number.c: fills integer and real; false when a double cannot hold it. */
bool number_read(struct parser *p, struct json *number);

/* duplicates.c: a member whose key an earlier one has too, or NULL. */
const struct json *duplicate_find(struct parser *p, const struct json *object);

/* complaint.c: the ways to fail. All return -1. */
int complain(struct parser *p, size_t offset, const char *what);
int complain_duplicate(struct parser *p, const struct json *member);
int complain_too_large(struct parser *p, const char *what);
int complain_syntax(struct parser *p); /* what yajl has just found */
int complain_end(struct parser *p);    /* … at the end of the text */

#endif
