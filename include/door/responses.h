/* OpenAI's Responses, beyond what every door does: a response is kept, and comes back as an object. */
#ifndef INSULA_DOOR_RESPONSES_H
#define INSULA_DOOR_RESPONSES_H

#include "door/door.h"

/* The settings of a request, without its input, as a JSON object in the arena: what a response shows of
 * them, whoever asks later. A voice's `asked` may be this or the client's body: it makes no difference. */
struct str responses_settings(struct arena *arena, const struct json *body);

/* The response object as far as its events were told to the voice. problem: why it is over without
 * being complete; NULL: it is complete, or not over. */
struct said responses_object(struct voice *voice, bool is_over, const struct problem *problem_or_null);

/* One stored message as items of a response's input. parts: the OpenAI message object; absent: plain
 * text. id: the message's, "msg_…". */
void responses_put_stored(struct json_writer *w, struct arena *arena, const char *id, struct str role,
                          struct str content, struct str parts);

#endif
