/* What doors share of turning their client's body into a chat completion's; private to door/. */
#ifndef INSULA_DOOR_TRANSLATE_H
#define INSULA_DOOR_TRANSLATE_H

#include "json/read.h"
#include "json/write.h"

/* A chat completion's body while it is written: an object that is open. */
struct translation {
    struct arena *arena;
    struct text text;
    struct json_writer *w;
};
void translation_open(struct translation *t, struct arena *arena, const struct json *body);
/* Ends it in any case; status is that of the writing, passed on when it is not 0.
 * ERROR_TOO_LARGE "request_too_large". */
int translation_close(struct translation *t, int status, struct str *out, struct error *err);

/* Where something stands in the client's body: "messages[3].content[0].source". */
struct place {
    char text[96];
};
struct place place_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* place.key; key alone where the place is NULL: a member of the body. */
struct place place_in(const struct place *place_or_null, const char *key);

/* ERROR_BAD_REQUEST that names the place: "<place> <words>." */
int refuse_at(const struct place *place, const char *code, const char *words, struct error *err);
/* "<place> must be <wanted>.", "invalid_type". */
int refuse_type(const struct place *place, const char *wanted, struct error *err);

/* The member of that type; NULL where it is absent or null. "invalid_type" naming it. */
int member_of(const struct json *object, const struct place *place_or_null, const char *key,
              enum json_type type, const struct json **out, struct error *err);
/* The same for one that must be there ("missing_field"); a text must not be empty. */
int member_needed(const struct json *object, const struct place *place_or_null, const char *key,
                  enum json_type type, const struct json **out, struct error *err);

/* A member that goes out under another name, as it is; its place in the client's body is named. */
struct renamed {
    const char *from, *to;
    enum json_type type;
};
int put_renamed(struct json_writer *w, const struct json *object, const struct place *place_or_null,
                const struct renamed *names, size_t count, struct error *err);

/* response_format for a schema, which is an object. */
void put_schema_format(struct json_writer *w, const struct json *schema);
/* {"type":"text","text":…} and {"type":"image_url","image_url":{"url":…}} */
void put_text_part(struct json_writer *w, struct str text);
void put_image_part(struct json_writer *w, struct str url);
/* "data:<media>;base64,<data>"; absent at the arena's maximum. */
struct str data_url(struct arena *arena, struct str media, struct str base64);

#endif
