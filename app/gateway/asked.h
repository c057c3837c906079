/* What a client asked, read from OpenAI's form for the providers that speak otherwise. What cannot
 * be read is refused: -1 with ERROR_BAD_REQUEST, naming the place. */
#ifndef INSULA_GATEWAY_ASKED_H
#define INSULA_GATEWAY_ASKED_H

#include "gateway/completion.h"
#include "base/error.h"
#include "json/write.h"

/* asked_messages.c */

enum asked_kind { ASKED_TEXT, ASKED_IMAGE, ASKED_FILE };

struct asked_part {
    enum asked_kind kind;
    struct str text;       /* the text, or the URL of an image, or a file's data: URL */
    struct str detail;     /* of an image; absent: not said */
};

struct asked_call {
    struct str id, name;
    struct str arguments;  /* JSON text as the model wrote it; perhaps empty */
    struct str signature;  /* Google's mark of the thought behind it; absent: none came back */
};

struct asked_message {
    const char *role;      /* system developer user assistant tool */
    size_t index;          /* in the client's messages */
    bool is_text;          /* content came as one string: parts[0], if it is not empty */
    struct asked_part *parts;
    size_t part_count;
    struct asked_call *calls;            /* of the assistant */
    size_t call_count;
    const struct asked_call *answered;   /* of a tool's message: the call it answers; never NULL */
};

/* One for each message of the completion. */
int asked_messages(const struct completion *completion, struct arena *arena,
                   struct asked_message **out, struct error *err);
/* For the kinds that pass messages on as they are, earlier messages of a conversation among them: has each
 * tool call what it needs, and each result its call? */
int asked_check_calls(const struct completion *completion, struct arena *arena, struct error *err);
/* All text parts, joined with the separator. ERROR_BAD_REQUEST where other parts stand. */
int asked_text(const struct asked_message *message, const char *separator, struct arena *arena,
               struct str *out, struct error *err);
/* The call's arguments as an object, raw; "{}" where there are none. */
int asked_arguments(const struct asked_message *message, const struct asked_call *call,
                    struct arena *arena, struct str *out, struct error *err);
bool asked_is_system(const struct asked_message *message);
/* The texts of all system and developer messages, joined with LF; absent when there are none. */
int asked_system(const struct asked_message *messages, size_t count, struct arena *arena,
                 struct str *out, struct error *err);
/* Cuts "data:image/png;base64,AAAA" in two; false: not such a URL. */
bool asked_data_url(struct str url, struct str *media_out, struct str *base64_out);
/* Refuses a part of a message: "unsupported_content". */
int asked_refuse_part(const struct asked_message *message, const char *what, struct error *err);

/* asked_parameters.c */

/* Refuses every parameter that is not in `known` (NULL-terminated: those that are mapped, and those
 * that the provider's documents let us drop), unless it says what goes without saying. */
int asked_check(const struct json *parameters, const char *const *known, struct error *err);

/* A parameter that goes out under another name. */
struct asked_name {
    const char *from, *to;
    enum json_type type;
};
/* Writes those that are set; "invalid_type" for another type. */
int asked_put(struct json_writer *w, const struct json *parameters, const struct asked_name *names,
              size_t count, struct error *err);

/* The stop texts, in order; a string is one. At most ASKED_STOPS_MAX. */
enum { ASKED_STOPS_MAX = 16 };
struct asked_stops {
    struct str texts[ASKED_STOPS_MAX];
    size_t count;
};
int asked_stops(const struct json *parameters, struct asked_stops *out, struct error *err);
/* Writes them as an array under the name, if there are any. */
void asked_put_stops(struct json_writer *w, const char *name, const struct asked_stops *stops);

enum asked_form { FORM_TEXT, FORM_JSON, FORM_SCHEMA };
struct asked_format {
    enum asked_form form;
    struct str name, schema; /* schema: raw */
    bool strict;
};
int asked_format(const struct json *parameters, struct asked_format *out, struct error *err);

/* none minimal low medium high xhigh max; EFFORT_UNSAID where the client does not say. */
enum effort {
    EFFORT_UNSAID,
    EFFORT_NONE,
    EFFORT_MINIMAL,
    EFFORT_LOW,
    EFFORT_MEDIUM,
    EFFORT_HIGH,
    EFFORT_XHIGH,
    EFFORT_MAX,
};
int asked_effort(const struct json *parameters, enum effort *out, struct error *err);

/* asked_tools.c */

struct asked_tool {
    struct str name, description; /* description: absent when not given */
    struct str parameters;        /* raw schema; absent when not given */
    bool strict;
};

enum asked_choice { CHOICE_UNSAID, CHOICE_AUTO, CHOICE_REQUIRED, CHOICE_NONE, CHOICE_NAMED };

struct asked_tools {
    struct asked_tool *tools;
    size_t count;
    enum asked_choice choice;
    struct str named;             /* CHOICE_NAMED */
    bool one_at_a_time;           /* parallel_tool_calls is false */
};
int asked_tools(const struct json *parameters, struct arena *arena, struct asked_tools *out,
                struct error *err);

#endif
