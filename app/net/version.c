/* Says which libcurl runs here. */
#include "net/version.h"

#include <curl/curl.h>

const char *net_version(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}
