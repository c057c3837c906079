/* A logo's type, told by its bytes. Private to cli/. */
#ifndef INSULA_CLI_IMAGE_H
#define INSULA_CLI_IMAGE_H

#include "base/str.h"

/* "image/png", "image/jpeg" or "image/webp"; NULL for anything else (SVG can carry scripts). */
const char *image_type(struct str bytes);

#endif
