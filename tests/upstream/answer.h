/* One answer, handed out piece by piece: made up from a question and a script, or a fixture's
 * bytes. */
#ifndef UPSTREAM_ANSWER_H
#define UPSTREAM_ANSWER_H

#include "buffer.h"
#include "question.h"
#include "script.h"

enum answer_step {
    ANSWER_PIECE, /* *piece, which may be empty, is the next one, to be sent after *delay_ms */
    ANSWER_STALL, /* nothing more until the client leaves */
    ANSWER_END,   /* the regular end of the body */
    ANSWER_RESET, /* drop the connection */
};

struct header {
    char *name, *value;
};

/* What is said next: some reasoning, some text, or some of a tool call's arguments. */
enum saying { SAY_NOTHING, SAY_REASONING, SAY_TEXT, SAY_CALL };
struct piece {
    enum saying saying;
    struct buffer bytes;
    int call;         /* which one */
    bool first, last; /* of all reasoning, of all text, of this call */
};

struct protocol; /* speak.h */
struct refusal;

#define ANSWER_HEADERS_MAX 32
struct answer {
    int status;
    bool hang_up;  /* close the connection without a word */
    bool streamed; /* chunked; otherwise whole is sent with its length */
    struct header headers[ANSWER_HEADERS_MAX];
    int header_count;
    const struct protocol *protocol;
    struct script script;
    struct question question;

    struct buffer whole; /* of fixtures and of all that is not made up as it goes */
    size_t *cuts;        /* offsets at which whole is cut; NULL: one piece */
    size_t cut_count, cut_next, whole_sent;
    bool bytewise; /* a cut behind every byte */
    enum answer_step end;

    char id[40];
    const char *text;                          /* what is said, where it is not made by size */
    size_t text_said, thought_said, call_said; /* bytes; call_said: of the call that is under way */
    int chunk_count;                           /* text chunks in all; -1: until the text is said */
    int call_count;                            /* tool calls in all */
    int chunks_said;                           /* pieces of all kinds = completion tokens */
    int texts_said, thoughts_said, calls_said; /* pieces of text, of reasoning; calls begun */
    struct buffer said, thought; /* texts so far, where the protocol needs them again */
    int stage;                   /* within stream.c */
    bool stalled, paused;

    /* the protocol's own */
    enum saying open; /* what is being said now */
    int block, sequence;
};

void answer_add_header(struct answer *answer, const char *name, const char *value);
void answer_add_number(struct answer *answer, const char *name, long long value);

/* An answer to a question at an address of this protocol; body is NUL-terminated. *script is taken
 * over. */
struct answer *answer_to(const struct protocol *protocol, const char *path, const char *body,
                         struct script *script);
struct answer *answer_refuse(const struct protocol *protocol, const struct refusal *refusal);
/* A document as it is; json may be empty, and then something is added to answer->whole. */
struct answer *answer_document(int status, const char *json);
enum answer_step answer_next(struct answer *answer, struct buffer *piece, int *delay_ms);
void answer_free(struct answer *answer);

/* stream.c: the events of a streamed answer. */
enum answer_step stream_next(struct answer *answer, struct buffer *piece, int *delay_ms);

/* utter.c: what any answer says. */
void utter_prepare(struct answer *answer);
bool utter(struct answer *answer, struct piece *piece); /* false: all is said */

/* fixture.c: an answer as POST /control {"fixture": {…}} describes it; NULL: *problem says why. */
struct answer *answer_of_fixture(const char *dir, yajl_val fixture, const char **problem);

/* words.c */
const char *
words_about(const char *question); /* a plausible sentence or two; valid until the next call */
size_t words_next(const char *text, size_t size); /* bytes of the next piece; size 0: a word */

#endif
