#include "net/http.h"

#include "net/http_form.h"
#include "net/http_pool.h"
#include "net/net_inside.h"
#include "net/url.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>

#define TIMEOUT_MS 10000
#define ANSWER_MAX ((size_t)1 << 20)
#define LOOKUPS_MAX 64

struct http_call {
    struct http_pool *pool;
    CURL *easy;
    struct curl_slist *headers;
    struct http_upload *upload; /* NULL: no form */
    char *url, *body;
    struct str place; /* in `url`, for messages */
    int64_t timeout_ms;
    struct loop_timer timer;
    struct buf answer, answer_headers;
    size_t taken; /* bytes that `take` got */
    http_take_fn *take;
    http_done_fn *done;
    http_may_fn *may; /* may be NULL */
    void *arg;
    bool too_large, headers_too_large;
    bool not_taken; /* `take` refused */
    bool told;      /* `done` is being called */
    bool looked_up; /* its name has become a number, or needed none */
    struct http_call *next_lost, **lost_link;
    char denied[NI_MAXHOST]; /* the number that `may` refused */
    char problem[CURL_ERROR_SIZE];
};

/* ---- the end of a call ---- */

static void call_free(struct http_call *call)
{
    call->pool->calls--;
    loop_timer_stop(call->pool->loop, &call->timer);
    curl_easy_cleanup(call->easy);
    http_upload_free(call->upload);
    curl_slist_free_all(call->headers);
    buf_clear(&call->answer);
    buf_clear(&call->answer_headers);
    free(call->url);
    free(call->body);
    free(call);
}

static void end(struct http_call *call)
{
    curl_multi_remove_handle(call->pool->multi, call->easy);
    call_free(call);
}

/* libcurl waits for the thread that looks a name up before it lets go of a call, and a
 * name server that is silent would hold up everybody. So such a call is only forgotten;
 * it ends by itself when the answer comes, since it may connect nowhere. */
static void let_go(struct http_call *call)
{
    struct http_pool *pool = call->pool;

    loop_timer_stop(pool->loop, &call->timer);
    if (call->looked_up) {
        end(call);
        return;
    }
    call->next_lost = pool->lost;
    call->lost_link = &pool->lost;
    if (call->next_lost != NULL)
        call->next_lost->lost_link = &call->next_lost;
    pool->lost = call;
    pool->lost_count++;
}

static void end_lost(struct http_call *call)
{
    *call->lost_link = call->next_lost;
    if (call->next_lost != NULL)
        call->next_lost->lost_link = call->lost_link;
    call->pool->lost_count--;
    end(call);
}

void http_end_lost(struct http_pool *pool)
{
    while (pool->lost != NULL)
        end_lost(pool->lost);
}

static void tell(struct http_call *call, const struct http_answer *answer,
                 const struct err *why)
{
    loop_timer_stop(call->pool->loop, &call->timer);
    call->told = true;
    call->done(call->arg, answer, why);
}

static void finish(struct http_call *call, const struct http_answer *answer,
                   const struct err *why)
{
    curl_multi_remove_handle(call->pool->multi, call->easy);
    tell(call, answer, why);
    call_free(call);
}

static enum err_code code_of(const struct http_call *call, CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return ERR_TIMEOUT;
    case CURLE_FILESIZE_EXCEEDED:
        return ERR_LIMIT;
    case CURLE_WRITE_ERROR:
        return call->too_large ? ERR_LIMIT : ERR_NETWORK;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return ERR_TLS;
    default:
        return ERR_NETWORK;
    }
}

static void on_failed(struct http_call *call, CURLcode code)
{
    struct err why = { 0 };
    enum err_code kind = code_of(call, code);

    if (call->denied[0] != '\0')
        err_set(&why, ERR_DENIED, "%.*s: connections to %s are not allowed",
                STR_ARG(call->place), call->denied);
    else if (http_upload_broke(call->upload))
        err_set(&why, ERR_STORAGE, "%.*s: the file changed while it was sent",
                STR_ARG(call->place));
    else if (call->not_taken)
        err_set(&why, ERR_STORAGE, "%.*s: the answer cannot be kept",
                STR_ARG(call->place));
    else if (kind == ERR_LIMIT && call->headers_too_large)
        err_set(&why, kind, "%.*s: the answer's headers are larger than %zu bytes",
                STR_ARG(call->place), HTTP_ANSWER_HEADERS_MAX);
    else if (kind == ERR_LIMIT)
        err_set(&why, kind, "%.*s: the answer is larger than %zu bytes",
                STR_ARG(call->place), call->answer.max);
    else
        err_set(&why, kind, "%.*s: %s", STR_ARG(call->place),
                call->problem[0] != '\0' ? call->problem : curl_easy_strerror(code));
    finish(call, NULL, &why);
}

static void on_done(struct http_call *call, CURLcode code)
{
    struct http_answer answer = { .body = buf_str(&call->answer),
                                  .headers = buf_str(&call->answer_headers) };
    char *content_type = NULL, *redirect = NULL;
    long status = 0;

    if (code != CURLE_OK) {
        on_failed(call, code);
        return;
    }
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &content_type);
    curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &redirect);
    answer.status = (int)status;
    answer.content_type = str_from(content_type);
    answer.redirect = str_from(redirect);
    finish(call, &answer, NULL);
}

static void on_timeout(void *arg)
{
    struct http_call *call = arg;
    struct err why = { 0 };

    err_set(&why, ERR_TIMEOUT, "%.*s: no answer within %" PRId64 " ms",
            STR_ARG(call->place), call->timeout_ms);
    tell(call, NULL, &why);
    let_go(call);
}

void http_call_over(void *arg, int code)
{
    struct http_call *call = arg;

    if (call->lost_link != NULL)
        end_lost(call);
    else
        on_done(call, (CURLcode)code);
}

/* ---- where it may go ---- */

static bool may_go(struct http_call *call, const char *number)
{
    call->looked_up = true;
    if (call->lost_link != NULL)
        return false;
    if (call->may == NULL || call->may(call->arg, str_from(number)))
        return true;
    snprintf(call->denied, sizeof(call->denied), "%s", number);
    return false;
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose,
                                    struct curl_sockaddr *to)
{
    char number[NI_MAXHOST];

    if (purpose != CURLSOCKTYPE_IPCXN ||
        getnameinfo(&to->addr, to->addrlen, number, sizeof(number), NULL, 0,
                    NI_NUMERICHOST) != 0 ||
        !may_go(arg, number))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* libcurl keeps connections for whoever asks the same server next. */
static int on_connected(void *arg, char *to, char *from, int to_port, int from_port)
{
    (void)from;
    (void)to_port;
    (void)from_port;
    return may_go(arg, to) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* ---- starting ---- */

/* The lines of the last head only: an interim one ("100 Continue") may come before. */
static size_t on_header(char *at, size_t one, size_t len, void *arg)
{
    struct http_call *call = arg;
    struct str line = str_of(at, len);

    (void)one; /* always 1 */
    if (str_starts(line, STR("HTTP/"))) {
        buf_reset(&call->answer_headers);
        return len;
    }
    if (str_trim(line).len == 0 || buf_add_str(&call->answer_headers, line))
        return len;
    call->too_large = call->headers_too_large = true;
    return 0;
}

static bool is_success(const struct http_call *call)
{
    long status = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

static size_t on_answer(char *at, size_t one, size_t len, void *arg)
{
    struct http_call *call = arg;

    (void)one; /* always 1 */
    if (call->take != NULL && is_success(call)) {
        if (len > call->answer.max - call->taken) {
            call->too_large = true;
            return 0;
        }
        call->taken += len;
        call->not_taken = !call->take(call->arg, str_of(at, len));
        return call->not_taken ? 0 : len;
    }
    if (buf_add(&call->answer, at, len))
        return len;
    call->too_large = true;
    return 0;
}

static bool is_line(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '\r' || s.at[i] == '\n' || s.at[i] == '\0')
            return false;
    return true;
}

static bool is_method(const char *method)
{
    for (const char *c = method; *c != '\0'; c++)
        if (*c < 'A' || *c > 'Z')
            return false;
    return method[0] != '\0';
}

static bool check_request(const struct http_request *request, struct err *err)
{
    struct url url;

    if (!url_parse(request->url, &url, err))
        return false;
    if (!str_starts(url.scheme, STR("http")))
        return err_set(err, ERR_ARGUMENT, "not an http:// or https:// address: %.*s",
                       STR_ARG(url.place));
    if (request->method != NULL && !is_method(request->method))
        return err_set(err, ERR_ARGUMENT, "not an HTTP method: %s", request->method);
    if (request->header_count > HTTP_HEADERS_MAX)
        return err_set(err, ERR_ARGUMENT, "more than %d headers", HTTP_HEADERS_MAX);
    for (size_t i = 0; i < request->header_count; i++)
        if (!is_line(request->headers[i]) || str_index(request->headers[i], ':') < 1)
            return err_set(err, ERR_ARGUMENT, "header %zu is not a header", i + 1);
    return true;
}

static void add_header(struct http_call *call, const char *line)
{
    struct curl_slist *longer = curl_slist_append(call->headers, line);

    must(longer != NULL);
    call->headers = longer;
}

static void set_headers(struct http_call *call, const struct http_request *request)
{
    bool typed = false;

    for (size_t i = 0; i < request->header_count; i++) {
        char *line = str_dup(request->headers[i]);

        typed |= str_eq_nocase(str_sub(request->headers[i], 0, 13), STR("content-type:"));
        add_header(call, line);
        free(line);
    }
    /* What libcurl would add by itself: a round trip, and a guess. */
    add_header(call, "Expect:");
    if (!typed && call->upload == NULL)
        add_header(call, "Content-Type:");
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static void set_method(struct http_call *call, const struct http_request *request)
{
    const char *method = request->method;
    bool has_body = request->body.len > 0;

    if (method == NULL)
        method = has_body || call->upload != NULL ? "POST" : "GET";
    if (call->upload == NULL &&
        (has_body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0)) {
        call->body = mem_alloc(request->body.len + 1);
        if (has_body)
            memcpy(call->body, request->body.at, request->body.len);
        curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body);
        curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)request->body.len);
    }
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_options(struct http_call *call, const struct net *net)
{
    CURL *easy = call->easy;

    curl_easy_setopt(easy, CURLOPT_URL, call->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->problem);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, call->pool->pretended);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->answer.max);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* see let_go; when all ends */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even the environment's */
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "moondock");
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    /* The system's authorities stay trusted: libcurl looks in their folder as well. */
    if (net->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, net->ca_file);
}

struct http_call *http_start(struct net *net, const struct http_request *request,
                             http_done_fn *done, void *arg, struct err *err)
{
    struct http_call *call;
    struct url url;

    if (!check_request(request, err))
        return NULL;
    if (http_pool_of(net)->lost_count >= LOOKUPS_MAX) {
        err_set(err, ERR_LIMIT, "more than %d names are still being looked up",
                LOOKUPS_MAX);
        return NULL;
    }
    call = MEM_NEW(struct http_call);
    call->pool = http_pool_of(net);
    call->pool->calls++;
    call->done = done;
    call->take = request->take;
    call->may = request->may;
    call->arg = arg;
    call->timeout_ms = request->timeout_ms != 0 ? request->timeout_ms : TIMEOUT_MS;
    call->url = str_dup(request->url);
    must(url_parse(str_from(call->url), &url, NULL));
    call->place = url.place;
    buf_init(&call->answer, request->answer_max != 0 ? request->answer_max : ANSWER_MAX);
    buf_init(&call->answer_headers, HTTP_ANSWER_HEADERS_MAX);
    call->easy = curl_easy_init();
    must(call->easy != NULL);
    set_options(call, net);
    if (request->form != NULL) {
        call->upload = http_upload_new(call->easy, request->form, arg, err);
        if (call->upload == NULL) {
            call_free(call);
            return NULL;
        }
    }
    set_method(call, request);
    set_headers(call, request);
    must(curl_multi_add_handle(call->pool->multi, call->easy) == CURLM_OK);
    loop_timer_start(net->loop, &call->timer, call->timeout_ms, on_timeout, call);
    return call;
}

void http_cancel(struct http_call *call)
{
    if (!call->told)
        let_go(call);
}

void http_pretend(struct net *net, const char *line)
{
    struct http_pool *pool = http_pool_of(net);
    struct curl_slist *longer = curl_slist_append(pool->pretended, line);

    must(longer != NULL);
    pool->pretended = longer;
}
