#include "net/resolve.h"

#include "base/mem.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

struct resolve {
    uv_getaddrinfo_t request;
    struct loop *loop;
    resolve_done_fn *done; /* NULL: cancelled */
    void *arg;
    char name[RESOLVE_NAME_MAX + 1];
    struct err why;
    bool asking; /* libuv has it */
};

static void finish(struct resolve *resolve, const struct resolve_answer *answer)
{
    if (resolve->done != NULL)
        resolve->done(resolve->arg, answer, &resolve->why);
    free(resolve);
}

/* Without asking: the name is a number, or cannot be asked for. */
static void on_known(void *arg)
{
    struct resolve *resolve = arg;
    struct resolve_answer answer = { 0 };

    if (resolve->why.code == ERR_NONE) {
        answer.count = 1;
        snprintf(answer.numbers[0], RESOLVE_NUMBER, "%.*s", RESOLVE_NUMBER - 1,
                 resolve->name);
    }
    finish(resolve, &answer);
}

static bool write_number(const struct addrinfo *info, char out[RESOLVE_NUMBER])
{
    struct sockaddr_storage address;

    if (info->ai_addrlen > sizeof(address))
        return false;
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    return uv_ip_name((struct sockaddr *)&address, out, RESOLVE_NUMBER) == 0;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct resolve *resolve = request->data;
    struct resolve_answer answer = { 0 };

    for (struct addrinfo *info = found; info != NULL; info = info->ai_next)
        if (answer.count < RESOLVE_MAX &&
            write_number(info, answer.numbers[answer.count]))
            answer.count++;
    uv_freeaddrinfo(found);
    if (answer.count == 0)
        err_set(&resolve->why, ERR_NETWORK, "cannot find the address of %s: %s",
                resolve->name, status != 0 ? uv_strerror(status) : "it has none");
    finish(resolve, &answer);
}

static bool is_number(const char *name)
{
    struct sockaddr_in6 in6;
    struct sockaddr_in in;

    return uv_ip4_addr(name, 0, &in) == 0 || uv_ip6_addr(name, 0, &in6) == 0;
}

struct resolve *resolve_start(struct loop *loop, const char *name, resolve_done_fn *done,
                              void *arg)
{
    struct resolve *resolve = MEM_NEW(struct resolve);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    int code;

    resolve->loop = loop;
    resolve->done = done;
    resolve->arg = arg;
    resolve->request.data = resolve;
    snprintf(resolve->name, sizeof(resolve->name), "%s", name);
    /* No interface but loopback has an address on a machine without network, and then
     * AI_ADDRCONFIG would hide localhost. */
    if (strcmp(name, "localhost") == 0)
        hints.ai_flags = 0;
    if (!is_number(resolve->name)) {
        code = uv_getaddrinfo(loop_uv(loop), &resolve->request, on_resolved,
                              resolve->name, NULL, &hints);
        resolve->asking = code == 0;
        if (resolve->asking)
            return resolve;
        err_set(&resolve->why, ERR_NETWORK, "cannot find the address of %s: %s",
                resolve->name, uv_strerror(code));
    }
    loop_defer(loop, on_known, resolve);
    return resolve;
}

void resolve_cancel(struct resolve *resolve)
{
    resolve->done = NULL;
    if (resolve->asking) {
        uv_cancel((uv_req_t *)&resolve->request); /* on_resolved frees, now or later */
        return;
    }
    loop_defer_cancel(resolve->loop, on_known, resolve);
    free(resolve);
}
