/* Sets a curl handle up for one request and hands what arrives to the receiver; every address that
 * curl would call is judged here. */
#include "call.h"

#include "net/header.h"
#include "net/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

enum { URL_MAX_BYTES = 2048, CONNECT_MS = 10000, TOTAL_MS = 900000 };

/* Plain HTTP is for what the operator listed. */
static bool may_call(struct call *call, const struct sockaddr *address)
{
    bool good = call->plain ? address_is_listed(net_rules(), address)
                            : address_allowed(net_rules(), address);
    call->forbidden = !good;
    return good;
}

/* Each new connection comes by here with its resolved address… */
static curl_socket_t on_open(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
    if (purpose != CURLSOCKTYPE_IPCXN || !may_call(self, &address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* …and each request on whatever connection it got here: a kept one was vetted under older rules. */
static int on_request(void *self, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)remote_port) };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = in.sin_port };
    const struct sockaddr *address = NULL;
    (void)local_ip;
    (void)local_port;
    if (inet_pton(AF_INET, remote_ip, &in.sin_addr) == 1)
        address = (const struct sockaddr *)&in;
    else if (inet_pton(AF_INET6, remote_ip, &in6.sin6_addr) == 1)
        address = (const struct sockaddr *)&in6;
    if (address && may_call(self, address))
        return CURL_PREREQFUNC_OK;
    ((struct call *)self)->forbidden = true;
    return CURL_PREREQFUNC_ABORT;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *self)
{
    struct call *call = self;
    if (response_head_line(&call->head, (struct str){ bytes, size * count }))
        call->sink->head(call->self, &call->head.http);
    return size * count;
}

/* Is its connection one of HTTP/2, with streams of others? */
static bool is_shared(const struct call *call)
{
    long version = 0;
    curl_easy_getinfo(call->easy, CURLINFO_HTTP_VERSION, &version);
    return version == CURL_HTTP_VERSION_2_0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *self)
{
    struct call *call = self;
    if (call_keeps(call) || (call->paused && is_shared(call)))
        return call_keep(call, (struct str){ bytes, size * count });
    if (call->paused) {
        call->held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (call->sink->take(call->self, (struct str){ bytes, size * count }) == 0)
        return size * count;
    call->stopped = true;
    return 0;
}

/* Who asks does not hear of it: what a provider is called with was set up by the operator. */
static int fail_setup(struct error *err, const char *what)
{
    fail(err, ERROR_UPSTREAM, "upstream_unavailable", "The provider could not be reached.");
    err->retry_useless = 1;
    return error_note(err, "%s", what);
}

static void add_header(struct call *call, const char *line)
{
    struct curl_slist *longer = curl_slist_append(call->headers, line);
    curl_must(longer != NULL);
    call->headers = longer;
}

static int set_headers(struct call *call, const struct http_request *request, struct error *err)
{
    char line[HEADER_VALUE_MAX_BYTES + 128];
    add_header(call, "Accept-Encoding: identity");
    add_header(call, "Expect:");
    for (size_t i = 0; i < request->header_count; i++) {
        const struct header *header = &request->headers[i];
        if (!header_value_is_good(header->value))
            return fail_setup(err, "a header's value is empty, too long or not visible ASCII");
        snprintf(line, sizeof line, "%s: %.*s", header->name, STR_ARGS(header->value));
        add_header(call, line);
    }
    SET(call->easy, CURLOPT_HTTPHEADER, call->headers);
    return 0;
}

static int set_target(struct call *call, const struct http_request *request, struct error *err)
{
    CURL *easy = call->easy;
    struct url url;
    if (strlen(request->url) > URL_MAX_BYTES || !url_read(str_of(request->url), true, &url))
        return fail_setup(err, "the URL is too long or badly formed");
    call->plain = url.plain;
    if (request->http2) {
        SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        SET(easy, CURLOPT_PIPEWAIT, 1L); /* rather a stream of a connection that is being made */
    }
    SET(easy, CURLOPT_URL, request->url);
    if (strcmp(request->method, "GET") == 0) {
        SET(easy, CURLOPT_HTTPGET, 1L);
    } else {
        SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        SET(easy, CURLOPT_POSTFIELDS, request->body.at ? request->body.at : "");
        SET(easy, CURLOPT_CUSTOMREQUEST, request->method);
    }
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS,
        (long)(request->connect_ms ? request->connect_ms : CONNECT_MS));
    SET(easy, CURLOPT_TIMEOUT_MS, (long)(request->total_ms ? request->total_ms : TOTAL_MS));
    return 0;
}

static void set_callbacks(struct call *call)
{
    CURL *easy = call->easy;
    SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(easy, CURLOPT_OPENSOCKETDATA, call);
    SET(easy, CURLOPT_PREREQFUNCTION, on_request);
    SET(easy, CURLOPT_PREREQDATA, call);
    SET(easy, CURLOPT_HEADERFUNCTION, on_head);
    SET(easy, CURLOPT_HEADERDATA, call);
    SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(easy, CURLOPT_WRITEDATA, call);
}

int call_prepare(struct call *call, CURL *easy, const struct http_request *request,
                 const struct transfer_sink *sink, void *self, struct error *err)
{
    *call = (struct call){
        .easy = easy, .sink = sink, .self = self, .kept = text_make(CALL_KEPT_MAX_BYTES)
    };
    call->head.http.content_type = call->head.content_type;
    set_manners(easy);
    set_callbacks(call);
    if (set_target(call, request, err) != 0 || set_headers(call, request, err) != 0) {
        call_clear(call);
        return -1;
    }
    return 0;
}

enum transfer_end call_end(const struct call *call, CURLcode result)
{
    long sent_bytes = 0;
    if (result == CURLE_OK)
        return TRANSFER_COMPLETE;
    if (call->stopped)
        return TRANSFER_STOPPED;
    if (call->forbidden)
        return TRANSFER_FORBIDDEN;
    if (result == CURLE_OPERATION_TIMEDOUT)
        return TRANSFER_TIMEOUT;
    /* All else broke either before the request left or after. */
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent_bytes);
    return sent_bytes > 0 ? TRANSFER_CUT : TRANSFER_NO_CONNECTION;
}

/* OpenSSL's numbers (X509_V_ERR_…); 1 is curl's own, which compares names itself. */
static const char *certificate_fault(CURL *easy)
{
    static const struct {
        long number;
        const char *words;
    } faults[] = {
        { 1, "the server's certificate names another host" },
        { 9, "the server's certificate is not valid yet" },
        { 10, "the server's certificate has expired" },
        { 18, "the server's certificate vouches for itself alone" },
        { 19, "nobody who is trusted vouches for the server's certificate" },
        { 20, "nobody who is trusted vouches for the server's certificate" },
        { 21, "nobody who is trusted vouches for the server's certificate" },
    };
    long number = -1;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &number);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].number == number)
            return faults[i].words;
    return "the server's certificate is not good";
}

/* Not curl's error buffer: that one names hosts and addresses. */
const char *call_detail(const struct call *call, CURLcode result)
{
    if (result == CURLE_OK)
        return "";
    if (call->forbidden)
        return "its address is not one that [upstream] allow lets through";
    return result == CURLE_PEER_FAILED_VERIFICATION ? certificate_fault(call->easy)
                                                    : curl_easy_strerror(result);
}

void call_clear(struct call *call)
{
    curl_easy_reset(call->easy);
    text_free(&call->kept);
    curl_slist_free_all(call->headers);
    call->headers = NULL;
}
