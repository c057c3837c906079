/* The chunks of one stream are alike: the text of its content differs, and hardly anything else. So a
 * chunk that was parsed teaches how the next ones look, and those that look so need no parser. */
#ifndef INSULA_GATEWAY_OPENAI_LIKENESS_H
#define INSULA_GATEWAY_OPENAI_LIKENESS_H

#include "gateway/provider.h"

/* Decodes a record that is the learned one byte for byte, but for the strings that may differ, when
 * these are free of \u and good UTF-8. False: parse it. What it says is what parsing would say. */
bool likeness_read(const struct decoder *decoder, struct str data, struct arena *arena,
                   struct decoded *out);
/* Learns from a record and what it was found to say; from one that says more than text, nothing. */
void likeness_learn(struct decoder *decoder, struct str data, const struct json *root,
                    const struct decoded *said);

#endif
