/* What doors share of speaking; private to door/. */
#ifndef INSULA_DOOR_VOICE_H
#define INSULA_DOOR_VOICE_H

#include "door/door.h"

/* Nothing to say. */
struct said voice_silent(struct voice *voice);
/* What was written into voice->out since voice_begin. */
void voice_begin(struct voice *voice);
struct said voice_said(struct voice *voice);

/* OpenAI's: ": ping", {"error": …}, and the latter as an event. */
struct said openai_ping(struct voice *voice);
void openai_problem(struct json_writer *w, const struct problem *problem);
struct said openai_broken(struct voice *voice, const struct problem *problem);
struct said openai_done(struct voice *voice);

#endif
