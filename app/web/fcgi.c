/* Takes requests from the web server: an own accept, then libfcgi's reading, then never libfcgi
 * again. */
#include "web/fcgi.h"

#include "refused.h"

#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PARAMS_MAX       200
#define PARAMS_MAX_BYTES 65536
#define READ_SECONDS     30
#define DRAIN_MAX_BYTES  (1 << 20)

int fcgi_init(struct error *err)
{
    /* Read by libfcgi: how long it waits for a peer's first byte, and for its end. */
    setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "2000", 1);
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
    if (FCGX_Init() != 0)
        return fail(err, ERROR_INTERNAL, "fcgi_init", "libfcgi cannot start.");
    signal(SIGPIPE, SIG_IGN); /* libfcgi has put its own handler there */
    return 0;
}

/* The kernel wakes one of the threads that wait here. */
int fcgi_wait(int listen_fd, int interruptible, int peer_uid)
{
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, interruptible);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    int cause = errno;
    pthread_sigmask(SIG_BLOCK, &only, NULL);
    if (fd < 0) {
        if (cause == EMFILE || cause == ENFILE || cause == ENOMEM || cause == ENOBUFS)
            usleep(50000); /* out of descriptors: the streams that end give some back */
        return -1;
    }
    struct timeval patience = { .tv_sec = READ_SECONDS };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (peer_uid >= 0 && (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
                          (peer.uid != (uid_t)peer_uid && peer.uid != 0))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Two spellings of one header (X-A, X_A) become one name twice: which one counts is nobody's guess.
 */
static int check_params(char **params, struct error *err)
{
    size_t count = 0, bytes = 0;
    for (; params[count]; count++) {
        bytes += strlen(params[count]);
        size_t name = strcspn(params[count], "=") + 1;
        for (size_t i = 0; i < count && count <= PARAMS_MAX; i++)
            if (strncmp(params[i], params[count], name) == 0)
                return fail(err, ERROR_BAD_REQUEST, "duplicate_header",
                            "A header was sent twice under spellings that mean the same.");
    }
    if (count > PARAMS_MAX || bytes > PARAMS_MAX_BYTES)
        return fail(err, ERROR_HEADERS, "headers_too_large",
                    "The request's headers are too large.");
    return 0;
}

static struct str param(FCGX_Request *r, struct arena *arena, const char *name)
{
    const char *value = FCGX_GetParam(name, r->envp);
    return value ? arena_copy(arena, str_of(value)) : (struct str){ 0 };
}

static enum method method_of(struct str name)
{
    static const struct {
        const char *name;
        enum method method;
    } methods[] = { { "GET", METHOD_GET },       { "HEAD", METHOD_GET },
                    { "POST", METHOD_POST },     { "PATCH", METHOD_PATCH },
                    { "DELETE", METHOD_DELETE }, { "OPTIONS", METHOD_OPTIONS } };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_is(name, methods[i].name))
            return methods[i].method;
    return METHOD_OTHER;
}

static void read_params(FCGX_Request *r, struct arena *arena, struct request *out)
{
    struct str script = param(r, arena, "SCRIPT_NAME"), path = param(r, arena, "PATH_INFO");
    out->method = method_of(param(r, arena, "REQUEST_METHOD"));
    out->path = str_of(arena_printf(arena, "%.*s%.*s", STR_ARGS(script), STR_ARGS(path)));
    out->query = param(r, arena, "QUERY_STRING");
    out->authorization = param(r, arena, "HTTP_AUTHORIZATION");
    out->x_api_key = param(r, arena, "HTTP_X_API_KEY");
    out->api_key = param(r, arena, "HTTP_API_KEY");
    out->content_type = param(r, arena, "CONTENT_TYPE");
    out->accept = param(r, arena, "HTTP_ACCEPT");
    out->if_match = param(r, arena, "HTTP_IF_MATCH");
    out->if_none_match = param(r, arena, "HTTP_IF_NONE_MATCH");
    out->idempotency_key = param(r, arena, "HTTP_IDEMPOTENCY_KEY");
    out->last_event_id = param(r, arena, "HTTP_LAST_EVENT_ID");
    out->origin = param(r, arena, "HTTP_ORIGIN");
    out->wanted_method = param(r, arena, "HTTP_ACCESS_CONTROL_REQUEST_METHOD");
    out->wanted_headers = param(r, arena, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS");
    out->remote_address = param(r, arena, "REMOTE_ADDR");
}

/* The web server may still be sending: a close with unread bytes would take our answer with it. */
static void drain(FCGX_Request *r)
{
    char block[8192];
    int n;
    for (size_t total = 0; total < DRAIN_MAX_BYTES; total += (size_t)n)
        if ((n = FCGX_GetStr(block, sizeof block, r->in)) <= 0)
            break;
}

static int too_large(FCGX_Request *r, size_t most, struct error *err)
{
    drain(r);
    return fail(err, ERROR_TOO_LARGE, "body_too_large",
                "The request's body is larger than %zu bytes.", most);
}

/* CONTENT_LENGTH may be missing (chunked); where it is there it must be kept. */
static int read_body(FCGX_Request *r, struct arena *arena, size_t most, struct str *out,
                     struct error *err)
{
    struct str declared = param(r, arena, "CONTENT_LENGTH");
    long long length = -1;
    if (declared.len && !str_to_number(declared, INT64_MAX, &length))
        return fail(err, ERROR_BAD_REQUEST, "invalid_length", "Content-Length is no number.");
    if (length > (long long)most)
        return too_large(r, most, err);
    struct text body = text_make(most);
    char block[8192];
    for (int n; !body.over && (n = FCGX_GetStr(block, sizeof block, r->in)) > 0;)
        text_add(&body, (struct str){ block, (size_t)n });
    bool over = body.over;
    *out = arena_copy(arena, text_str(&body));
    text_free(&body);
    if (over)
        return too_large(r, most, err);
    if (FCGX_GetError(r->in) != 0 || (length >= 0 && (long long)out->len != length))
        return fail(err, ERROR_BAD_REQUEST, "body_incomplete", "The request's body is incomplete.");
    return 0;
}

int fcgi_read(int fd, size_t body_max_bytes, struct arena *arena, struct request *out,
              int *request_id_out, struct error *err)
{
    FCGX_Request r;
    /* -1: after garbage libfcgi's own accept fails at once instead of blocking. */
    if (FCGX_InitRequest(&r, -1, 0) != 0) {
        close(fd);
        return 0;
    }
    r.ipcFd = fd;
    r.keepConnection = 1;
    if (FCGX_Accept_r(&r) < 0)
        return 0; /* it has closed the descriptor */
    *out = (struct request){ .id = request_id_new() };
    int status = refused_before_us(param(&r, arena, "REDIRECT_STATUS"), err);
    if (status == 0)
        status = check_params(r.envp, err);
    if (status < 0)
        drain(&r);
    else {
        read_params(&r, arena, out);
        status = read_body(&r, arena, body_max_bytes, &out->body, err);
    }
    *request_id_out = r.requestId;
    r.ipcFd = -1;
    FCGX_Free(&r, 0);
    return status < 0 ? -1 : 1;
}
