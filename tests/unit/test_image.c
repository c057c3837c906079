/* A logo's type is in its bytes. */
#include "image.h"
#include "tap.h"

int main(void)
{
    is_text(image_type(STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")), "image/png", "PNG");
    is_text(image_type(STR("\xff\xd8\xff\xe0")), "image/jpeg", "JPEG");
    is_text(image_type(STR("RIFF\1\2\3\4WEBPVP8 ")), "image/webp", "WebP");
    ok(!image_type(STR("<svg xmlns='http://www.w3.org/2000/svg'/>")), "SVG carries scripts");
    ok(!image_type(STR("RIFF\1\2\3\4WAVE")), "a RIFF is not always a picture");
    ok(!image_type(STR("\x89PNG\r\n\x1a\n")), "a PNG has a first chunk");
    ok(!image_type(STR("")) && !image_type(STR("\xff\xd8")), "too short for any");
    return done();
}
