/* What holds for every curl handle of the house: nothing is followed, remembered, unpacked or taken
 * from the environment. */
#include "manners.h"

#include "base/log.h"

#include <stdatomic.h>
#include <unistd.h>

static const struct address_rules *_Atomic the_rules;
static char *the_ca_file; /* set by net_init, before threads */

void curl_must(bool good)
{
    if (good)
        return;
    log_event(LOG_ALARM, "net.curl", "out of memory, or a setting that this libcurl lacks");
    abort();
}

int net_init(const struct address_rules *rules, const char *ca_file, struct error *err)
{
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write every connection's keys there */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return fail(err, ERROR_INTERNAL, "internal", "libcurl does not start");
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    if (!(curl->features & CURL_VERSION_SSL) || !(curl->features & CURL_VERSION_ASYNCHDNS))
        return fail(err, ERROR_INTERNAL, "internal", "libcurl lacks TLS or resolving in threads");
    if (ca_file && access(ca_file, R_OK) != 0)
        return fail(err, ERROR_BAD_REQUEST, "invalid_setting", "%s cannot be read", ca_file);
    free(the_ca_file);
    the_ca_file = ca_file ? strdup(ca_file) : NULL;
    curl_must(!ca_file || the_ca_file);
    net_judge_by(rules);
    return 0;
}

void net_judge_by(const struct address_rules *rules)
{
    atomic_store(&the_rules, rules);
}

const struct address_rules *net_rules(void)
{
    return atomic_load(&the_rules);
}

/* Cookies, alt-svc, HSTS and decompression stay off by never being switched on. */
void set_manners(CURL *easy)
{
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(easy, CURLOPT_PROXY, "");
    SET(easy, CURLOPT_NOPROXY, "*");
    SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(easy, CURLOPT_TCP_NODELAY, 1L);
    SET(easy, CURLOPT_USERAGENT, "insula");
    SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    /* With a CApath curl parses the whole bundle for every new connection. */
    SET(easy, CURLOPT_CAPATH, NULL);
    if (the_ca_file)
        SET(easy, CURLOPT_CAINFO, the_ca_file);
}
