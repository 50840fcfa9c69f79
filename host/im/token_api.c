/* A token from the Server API: user/getToken, which does not tell when it ends. */
#include "im/token_source.h"

#include "base/mem.h"
#include "im/form.h"

#include <stdlib.h>

#define BODY_MAX ((size_t)16 << 10)

struct from_api {
    struct token_source source;
    struct server_api *api;
    char *user, *name;
    struct server_api_call *call;
    token_found_fn *fn;
    void *arg;
};

static void on_answer(void *arg, const struct json *answer, const struct err *why)
{
    struct from_api *from = arg;
    from->call = NULL;
    if (answer) {
        const struct token_found found = { json_str(json_get(answer, "token")), 0 };
        from->fn(from->arg, &found, NULL);
        return;
    }
    struct err err = *why;
    if (err.code == ERR_REFUSED && !server_api_passes(err.status))
        err.code = ERR_TOKEN;
    from->fn(from->arg, NULL, &err);
}

static bool ask(struct token_source *source, struct str stale, token_found_fn *fn,
                void *arg, struct err *err)
{
    struct from_api *from = (struct from_api *)source;
    struct buf body;
    (void)stale;
    from->fn = fn;
    from->arg = arg;
    buf_init(&body, BODY_MAX);
    err_set(err, ERR_CONFIG, "the user's id or name is too long");
    if (form_add(&body, "userId", str_from(from->user)) &&
        form_add(&body, "name", str_from(from->name)))
        from->call = server_api_start_once(from->api, "/user/getToken.json",
                                           buf_str(&body), on_answer, from, err);
    buf_clear(&body);
    if (!from->call)
        err->code = ERR_CONFIG;
    return from->call != NULL;
}

static void stop(struct token_source *source)
{
    struct from_api *from = (struct from_api *)source;
    server_api_cancel(from->call);
    from->call = NULL;
}

static void free_source(struct token_source *source)
{
    struct from_api *from = (struct from_api *)source;
    free(from->user);
    free(from->name);
    free(from);
}

struct token_source *token_from_api(struct server_api *api, struct str user,
                                    struct str name)
{
    struct from_api *from = MEM_NEW(struct from_api);
    from->source = (struct token_source){ ask, stop, free_source };
    from->api = api;
    from->user = str_dup(user);
    from->name = str_dup(name.len ? name : user);
    return &from->source;
}
