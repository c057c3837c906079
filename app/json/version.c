/* Says which yajl runs here. */
#include "json/version.h"

#include <stdio.h>
#include <yajl/yajl_version.h>

const char *json_version(void)
{
    static char text[24]; /* written with the same bytes whoever writes it */
    int number = yajl_version();
    snprintf(text, sizeof text, "%d.%d.%d", number / 10000, number / 100 % 100, number % 100);
    return text;
}
