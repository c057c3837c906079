/* What holds for every curl handle of the house. */
#ifndef INSULA_NET_MANNERS_H
#define INSULA_NET_MANNERS_H

#include "net/transfer.h"

#include <curl/curl.h>

/* Ends the process when curl has run out of memory or lacks a setting. */
void curl_must(bool good);
#define SET(easy, option, value) curl_must(curl_easy_setopt(easy, option, value) == CURLE_OK)

/* On a fresh or reset handle, before everything else. */
void set_manners(CURL *easy);
/* The rules that hold now. */
const struct address_rules *net_rules(void);

#endif
