/* One answer, handed out piece by piece: made up from a question and a script, or a fixture's bytes. */
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

#define ANSWER_HEADERS_MAX 16
struct answer {
    int status;
    bool hang_up;   /* close the connection without a word */
    bool streamed;  /* chunked; otherwise whole is sent with its length */
    struct header headers[ANSWER_HEADERS_MAX];
    int header_count;
    struct script script;
    struct question question;

    struct buffer whole; /* of fixtures and of all that is not made up as it goes */
    size_t *cuts;        /* offsets at which whole is cut; NULL: one piece */
    size_t cut_count, cut_next, whole_sent;
    bool bytewise;       /* a cut behind every byte */
    enum answer_step end;

    char id[40];
    const char *text;    /* what is said, where it is not made by size */
    size_t text_said;
    int chunk_count;     /* content chunks in all; -1: until the text is said */
    int chunks_said;     /* = completion tokens */
    int stage;           /* within stream.c */
    bool stalled, paused;
};

void answer_add_header(struct answer *answer, const char *name, const char *value);

/* An answer to a chat request; body is NUL-terminated. *script is taken over. */
struct answer *answer_to_chat(const char *body, struct script *script);
struct answer *answer_error(int status, const char *type, const char *code, const char *message);
enum answer_step answer_next(struct answer *answer, struct buffer *piece, int *delay_ms);
void answer_free(struct answer *answer);

/* stream.c: the events of a streamed chat answer, and the text of any. */
enum answer_step stream_next(struct answer *answer, struct buffer *piece, int *delay_ms);
void stream_prepare(struct answer *answer);
bool stream_say(struct answer *answer, struct buffer *out); /* one chunk's content; false: all said */
void stream_add_usage(struct answer *answer, struct buffer *out);

/* fixture.c: an answer as POST /control {"fixture": {…}} describes it; NULL: *problem says why. */
struct answer *answer_of_fixture(const char *dir, yajl_val fixture, const char **problem);

/* words.c */
const char *words_about(const char *question); /* a plausible sentence or two; valid until the next call */
size_t words_next(const char *text, size_t size); /* bytes of the next piece; size 0: a word */

#endif
