/* Tells a logo's type by its content: a file's name proves nothing. */
#include "image.h"

static bool begins(struct str bytes, size_t offset, const char *magic, size_t len)
{
    return bytes.len >= offset + len && memcmp(bytes.at + offset, magic, len) == 0;
}

const char *image_type(struct str bytes)
{
    if (begins(bytes, 0, "\x89PNG\r\n\x1a\n", 8) && begins(bytes, 12, "IHDR", 4))
        return "image/png";
    if (begins(bytes, 0, "\xff\xd8\xff", 3))
        return "image/jpeg";
    if (begins(bytes, 0, "RIFF", 4) && begins(bytes, 8, "WEBP", 4))
        return "image/webp";
    return NULL;
}
