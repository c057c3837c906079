/* The protocols of model servers. A script says what is said and how it goes; a protocol says in
 * which bytes. One table in speak.c, a file speak_….c for each family. */
#ifndef UPSTREAM_SPEAK_H
#define UPSTREAM_SPEAK_H

#include "answer.h"

/* What a request is refused with. */
struct refusal {
    int status;
    const char *code; /* OpenAI's word for it; NULL: none */
    const char *message;
    int retry_after; /* seconds; -1: not said */
};

/* OpenAI's four reasons to finish, in another protocol's words. */
enum { FINISH_STOP, FINISH_LENGTH, FINISH_TOOLS, FINISH_FILTER, FINISH_WORDS };

struct protocol {
    const char *name;
    const char *addresses[3];   /* patterns of paths; the first protocol that matches is spoken */
    const char *stream_address; /* who asks here asks for a stream; NULL: the body says */
    const char *needs;          /* a header or a parameter that a question must carry; NULL: none */
    struct asking asking;
    const struct manners *manners; /* speak_openai.h */
    const char *stream_type;
    const char *line;        /* how one record is written: printf's format of a text */
    const char *request_id;  /* the header with the answer's id */
    bool text_only;          /* no reasoning, no tool calls */
    bool whole_calls;        /* tool calls are told in one piece */
    bool keeps_text;         /* what was said is needed again at the end: in answer->said */
    bool says_retry_in_body; /* in no header */

    /* A stream: begin, pieces, finish (why it ended), end (usage, end mark). With script->events
     * only end is called. begin, finish: NULL where there is nothing to say. */
    void (*begin)(struct answer *answer, struct buffer *out);
    void (*say)(struct answer *answer, const struct piece *piece, struct buffer *out);
    void (*finish)(struct answer *answer, struct buffer *out);
    void (*end)(struct answer *answer, struct buffer *out);
    void (*alive)(struct buffer *out);                       /* what clients skip */
    void (*fail)(struct answer *answer, struct buffer *out); /* an error in the middle */

    /* An answer that is not streamed: all of answer->said, ->thought, ->calls. */
    void (*whole)(struct answer *answer, struct buffer *out);
    /* Whether such an error is the only event of a 200 where a stream was asked for; NULL: never. */
    bool (*refuses_in_stream)(int status);
    /* An error as HTTP: writes the body and returns the status. */
    int (*refuse)(const struct refusal *refusal, struct buffer *out);
};

/* Who is asked at this path; NULL: nobody. */
const struct protocol *protocol_find(const char *path);
bool protocol_streams(const struct protocol *protocol, const char *path);
extern const struct protocol openai_protocol, azure_protocol, azure_v1_protocol, vllm_protocol,
    llamacpp_protocol, ollama_v1_protocol, tgi_v1_protocol, responses_protocol, anthropic_protocol,
    ollama_protocol, gemini_protocol, tgi_protocol;

/* What was used up. out counts reasoning too. */
struct counts {
    long long in, cached, out, reasoning;
};
struct counts answer_counts(const struct answer *answer);

/* The script's reason or the natural one, in the protocol's words; a word of the script that is
 * none of OpenAI's goes out as it is. */
const char *answer_finish(const struct answer *answer, const char *const words[FINISH_WORDS]);
const char *answer_model(const struct answer *answer);
const char *call_id(const struct answer *answer, int call); /* valid until the next call */

/* A word for a status; the table ends with status 0, whose word is for all others. */
struct status_word {
    int status;
    const char *word;
};
const char *status_word(const struct status_word *words, int status);

/* `"name":"text"`, with a comma before it. */
void add_member(struct buffer *out, const char *name, const char *text);
void add_text(struct buffer *out, const char *text);            /* a JSON string */
void add_buffer(struct buffer *out, const struct buffer *text); /* the same */
void add_comment(struct buffer *out);                           /* of server-sent events */

#define LOST_THREAD "The scripted model server lost its thread."

#endif
