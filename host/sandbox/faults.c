#include "sandbox/faults.h"

#include "base/mem.h"
#include "sandbox/state.h"

struct order {
    struct order *next;
    int64_t id, left;
    enum fault_when when;
    struct str user, topic, path; /* empty: any */
    struct fault fault;
};

struct faults {
    struct order *first;
    int64_t last_id;
};

static const char *const when_names[FAULT_WHENS] = {
    [FAULT_NAVI] = "navi",   [FAULT_CONNECT] = "connect", [FAULT_PUBLISH] = "publish",
    [FAULT_QUERY] = "query", [FAULT_PUSH] = "push",       [FAULT_HTTP] = "http",
    [FAULT_HOOK] = "hook",
};

#define AT(when) (1u << FAULT_##when)
#define ON_FRAMES (AT(PUBLISH) | AT(QUERY) | AT(PUSH))
#define ON_HTTP (AT(NAVI) | AT(HTTP))
#define ANYWHERE (ON_FRAMES | ON_HTTP | AT(CONNECT))

static const struct {
    const char *name;
    unsigned where; /* bits of the places it makes sense at */
    int64_t max;    /* of the value; 0: it is a flag and must be true */
} actions[FAULT_DOS] = {
    [FAULT_CONNACK] = { "connack", AT(CONNECT), 255 },
    [FAULT_DISCONNECT] = { "disconnect", ON_FRAMES | AT(CONNECT), 255 },
    [FAULT_STATUS] = { "status", AT(PUBLISH) | AT(QUERY) | ON_HTTP, 65535 },
    [FAULT_HTTP_STATUS] = { "http_status", ON_HTTP, 599 },
    [FAULT_DROP] = { "drop", ANYWHERE | AT(HOOK), 0 },
    [FAULT_DELAY_MS] = { "delay_ms", ANYWHERE | AT(HOOK), 86400000 },
    [FAULT_DUPLICATE] = { "duplicate", ON_FRAMES | AT(CONNECT) | AT(HOOK), 100 },
    [FAULT_REORDER] = { "reorder", ON_FRAMES | AT(CONNECT), 100 },
    [FAULT_CUT_AT_BYTE] = { "cut_at_byte", ANYWHERE, 1048576 },
    [FAULT_CLOSE] = { "close", ANYWHERE, 0 },
    [FAULT_FORGE] = { "forge", AT(HOOK), 0 },
};

struct faults *faults_new(void)
{
    return MEM_NEW(struct faults);
}

static void free_order(struct order *order)
{
    free((char *)order->user.at);
    free((char *)order->topic.at);
    free((char *)order->path.at);
    free(order);
}

void faults_clear(struct faults *faults)
{
    while (faults->first) {
        struct order *order = faults->first;
        faults->first = order->next;
        free_order(order);
    }
}

void faults_free(struct faults *faults)
{
    if (!faults)
        return;
    faults_clear(faults);
    free(faults);
}

static bool read_when(const struct json *order, enum fault_when *out, struct err *err)
{
    struct str word = json_str(json_get(order, "when"));
    for (int i = 0; i < FAULT_WHENS; i++) {
        if (str_eq(word, str_from(when_names[i]))) {
            *out = (enum fault_when)i;
            return true;
        }
    }
    return err_set(err, ERR_ARGUMENT,
                   "\"when\" must be navi, connect, publish, query, push, "
                   "http or hook");
}

static bool read_do(const struct json *order, enum fault_when when, struct fault *out,
                    struct err *err)
{
    const struct json *what = json_get(order, "do");
    if (json_kind(what) != JSON_OBJECT || json_size(what) != 1)
        return err_set(err, ERR_ARGUMENT, "\"do\" must be an object with one member");
    const struct json *member = json_next(what, NULL);
    for (int i = 0; i < FAULT_DOS; i++) {
        if (!str_eq(json_name(member), str_from(actions[i].name)))
            continue;
        if (!(actions[i].where & 1u << when))
            return err_set(err, ERR_ARGUMENT, "\"%s\" makes no sense at \"%s\"",
                           actions[i].name, when_names[when]);
        out->action = (enum fault_do)i;
        if (actions[i].max == 0) {
            if (!json_bool(member, false))
                return err_set(err, ERR_ARGUMENT, "\"%s\" must be true", actions[i].name);
            return true;
        }
        out->value = json_int(member, -1);
        if (json_kind(member) != JSON_NUMBER || out->value < 0 ||
            out->value > actions[i].max)
            return err_set(err, ERR_ARGUMENT, "\"%s\" must be a number from 0 to %lld",
                           actions[i].name, (long long)actions[i].max);
        if (i == FAULT_HTTP_STATUS && out->value < 200)
            return err_set(err, ERR_ARGUMENT, "\"http_status\" must be 200 to 599");
        return true;
    }
    return err_set(err, ERR_ARGUMENT, "\"do\" does not know \"%.*s\"",
                   STR_ARG(json_name(member)));
}

int64_t faults_add(struct faults *faults, const struct json *order, struct err *err)
{
    struct order made = { 0 };
    const struct json *times = json_get(order, "times");
    if (!read_when(order, &made.when, err) ||
        !read_do(order, made.when, &made.fault, err))
        return 0;
    made.left = json_int(times, 1);
    if (made.left < 1) {
        err_set(err, ERR_ARGUMENT, "\"times\" must be a number from 1 up");
        return 0;
    }
    made.id = ++faults->last_id;
    state_set(&made.user, json_str(json_get(order, "user")));
    state_set(&made.topic, json_str(json_get(order, "topic")));
    state_set(&made.path, json_str(json_get(order, "path")));

    struct order **link = &faults->first;
    while (*link)
        link = &(*link)->next;
    *link = mem_dup(&made, sizeof made);
    return made.id;
}

bool faults_del(struct faults *faults, int64_t id)
{
    for (struct order **link = &faults->first; *link; link = &(*link)->next) {
        struct order *order = *link;
        if (order->id == id) {
            *link = order->next;
            free_order(order);
            return true;
        }
    }
    return false;
}

static bool fits(struct str wanted, struct str have)
{
    return wanted.len == 0 || str_eq(wanted, have);
}

bool faults_take(struct faults *faults, const struct fault_site *site, struct fault *out)
{
    for (struct order **link = &faults->first; *link; link = &(*link)->next) {
        struct order *order = *link;
        if (order->when != site->when || !fits(order->user, site->user) ||
            !fits(order->topic, site->topic) || !fits(order->path, site->path))
            continue;
        *out = order->fault;
        if (--order->left == 0) {
            *link = order->next;
            free_order(order);
        }
        return true;
    }
    return false;
}

void faults_describe(const struct faults *faults, struct json *parent, const char *name)
{
    struct json *list = json_add(parent, name, json_array());
    for (const struct order *order = faults->first; order; order = order->next) {
        struct json *one = json_add(list, NULL, json_object());
        json_add_int(one, "id", order->id);
        json_add_str(one, "when", str_from(when_names[order->when]));
        if (order->user.len)
            json_add_str(one, "user", order->user);
        if (order->topic.len)
            json_add_str(one, "topic", order->topic);
        if (order->path.len)
            json_add_str(one, "path", order->path);
        json_add_int(one, "times", order->left);
        struct json *what = json_add(one, "do", json_object());
        const char *word = actions[order->fault.action].name;
        if (actions[order->fault.action].max == 0)
            json_add_bool(what, word, true);
        else
            json_add_int(what, word, order->fault.value);
    }
}
