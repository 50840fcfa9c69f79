#include "script/tool_cloud.h"

#include "base/clock.h"
#include "base/mem.h"
#include "script/tool_note.h"

#include <stdio.h>
#include <string.h>

#define MEMBERS_MAX 100

/* An error the spec wants for the next calls of a kind. */
struct tool_cloud_failure {
    struct tool_cloud_failure *next;
    char kind[16];
    int times;
    struct err err;
};

/* A call of the plugin that will be answered. */
struct tool_cloud_call {
    struct tool_cloud_call *next, **at;
    struct tool_cloud *cloud;
    account_sent_fn *sent;
    account_done_fn *done;
    account_members_fn *members;
    void *arg;
    bool failed;
    struct err err;
    char group[65];
    char uid[40];
};

static bool take_failure(struct tool_cloud *cloud, const char *kind, struct err *err)
{
    for (struct tool_cloud_failure **at = &cloud->failures; *at; at = &(*at)->next) {
        struct tool_cloud_failure *failure = *at;
        if (strcmp(failure->kind, kind) != 0) {
            continue;
        }
        *err = failure->err;
        if (--failure->times == 0) {
            *at = failure->next;
            free(failure);
        }
        return true;
    }
    return false;
}

static void drop_pending(struct tool_cloud_call *pending)
{
    *pending->at = pending->next;
    if (pending->next) {
        pending->next->at = pending->at;
    }
    free(pending);
}

static void answer_members(const struct tool_cloud_call *pending)
{
    struct str ids[MEMBERS_MAX];
    size_t count = 0;
    const struct json *group = json_get(pending->cloud->groups, pending->group);
    const struct json *id = NULL;
    while ((id = json_next(group, id)) && count < MEMBERS_MAX) {
        ids[count++] = json_str(id);
    }
    pending->members(pending->arg, ids, count, NULL);
}

static void answer(void *arg)
{
    struct tool_cloud_call *pending = arg;
    struct tool_cloud_call copy = *pending;
    const struct err *why = copy.failed ? &copy.err : NULL;
    drop_pending(pending);
    if (copy.sent) {
        struct sent sent = { str_from(copy.uid), clock_wall_ms() };
        copy.sent(copy.arg, why ? NULL : &sent, why);
    } else if (copy.members && !why) {
        answer_members(&copy);
    } else if (copy.members) {
        copy.members(copy.arg, NULL, 0, why);
    } else {
        copy.done(copy.arg, why);
    }
}

/* Writes the call down and queues its answer. The caller fills in the callback. */
static struct tool_cloud_call *add_call(struct tool_cloud *cloud, const char *kind,
                                        struct json **call)
{
    struct tool_cloud_call *pending = MEM_NEW(struct tool_cloud_call);
    pending->cloud = cloud;
    pending->next = cloud->pending;
    pending->at = &cloud->pending;
    if (pending->next) {
        pending->next->at = &pending->next;
    }
    cloud->pending = pending;
    cloud->call_count++;
    snprintf(pending->uid, sizeof(pending->uid), "SENT-%zu", cloud->call_count);
    pending->failed = take_failure(cloud, kind, &pending->err);
    *call = json_add(cloud->calls, NULL, json_object());
    json_add_str(*call, "kind", str_from(kind));
    if (pending->failed) {
        json_add_str(*call, "failed", str_from(err_word(pending->err.code)));
    }
    loop_defer(cloud->loop, answer, pending);
    return pending;
}

static void *fake_send(void *arg, const struct outgoing *message, account_sent_fn *done,
                       void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "send", &call);
    (void)err;
    json_add_str(call, "type", str_from(tool_note_conversation(message->type)));
    json_add_str(call, "target", message->target);
    json_add_str(call, "object_name", message->object_name);
    struct json *content = json_parse(message->content, NULL);
    if (content) {
        json_add(call, "content", content);
    }
    json_add_str(call, "uid", str_from(pending->uid));
    json_add_str(call, "key", message->key);
    pending->sent = done;
    pending->arg = done_arg;
    return pending;
}

static void *fake_recall(void *arg, enum conversation_type type, struct str target,
                         struct str sender, struct str uid, int64_t sent_ms,
                         account_done_fn *done, void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "recall", &call);
    (void)err;
    json_add_str(call, "type", str_from(tool_note_conversation(type)));
    json_add_str(call, "target", target);
    json_add_str(call, "sender", sender);
    json_add_str(call, "uid", uid);
    json_add_int(call, "sent_ms", sent_ms);
    pending->done = done;
    pending->arg = done_arg;
    return pending;
}

static void *fake_members(void *arg, struct str group, account_members_fn *done,
                          void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "members", &call);
    (void)err;
    json_add_str(call, "group", group);
    snprintf(pending->group, sizeof(pending->group), "%.*s", STR_ARG(group));
    pending->members = done;
    pending->arg = done_arg;
    return pending;
}

/* mute, unmute and kick: something done to a member. */
static struct tool_cloud_call *act_on_member(struct tool_cloud *cloud, const char *kind,
                                             struct str group, struct str user,
                                             struct json **call, account_done_fn *done,
                                             void *done_arg)
{
    struct tool_cloud_call *pending = add_call(cloud, kind, call);
    json_add_str(*call, "group", group);
    json_add_str(*call, "user", user);
    pending->done = done;
    pending->arg = done_arg;
    return pending;
}

static void *fake_mute(void *arg, struct str group, struct str user, int64_t minutes,
                       account_done_fn *done, void *done_arg, struct err *err)
{
    struct json *call;
    void *pending = act_on_member(arg, "mute", group, user, &call, done, done_arg);
    (void)err;
    json_add_int(call, "minutes", minutes);
    return pending;
}

static void *fake_unmute(void *arg, struct str group, struct str user,
                         account_done_fn *done, void *done_arg, struct err *err)
{
    struct json *call;
    (void)err;
    return act_on_member(arg, "unmute", group, user, &call, done, done_arg);
}

static void *fake_kick(void *arg, struct str group, struct str user, struct str reason,
                       account_done_fn *done, void *done_arg, struct err *err)
{
    struct json *call;
    void *pending = act_on_member(arg, "kick", group, user, &call, done, done_arg);
    (void)err;
    json_add_str(call, "reason", reason);
    return pending;
}

static void *fake_mute_all(void *arg, struct str group, bool on, account_done_fn *done,
                           void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "mute_all", &call);
    (void)err;
    json_add_str(call, "group", group);
    json_add_bool(call, "on", on);
    pending->done = done;
    pending->arg = done_arg;
    return pending;
}

static void fake_cancel(void *arg, void *call)
{
    struct tool_cloud *cloud = arg;
    loop_defer_cancel(cloud->loop, answer, call);
    drop_pending(call);
}

static void fake_done(void *arg, int64_t row)
{
    struct tool_cloud *cloud = arg;
    (void)row;
    cloud->done_count++;
}

static struct str fake_user(void *arg)
{
    const struct tool_cloud *cloud = arg;
    return str_from(cloud->user);
}

static const struct script_im fake_im = {
    .send = fake_send,
    .recall = fake_recall,
    .members = fake_members,
    .mute = fake_mute,
    .unmute = fake_unmute,
    .kick = fake_kick,
    .mute_all = fake_mute_all,
    .cancel = fake_cancel,
    .done = fake_done,
    .user = fake_user,
};

struct script_im tool_cloud_im(struct tool_cloud *cloud)
{
    struct script_im im = fake_im;
    im.arg = cloud;
    return im;
}

void tool_cloud_init(struct tool_cloud *cloud, struct loop *loop, struct str user)
{
    memset(cloud, 0, sizeof(*cloud));
    cloud->loop = loop;
    cloud->calls = json_array();
    cloud->groups = json_object();
    snprintf(cloud->user, sizeof(cloud->user), "%.*s", STR_ARG(user));
}

void tool_cloud_clear(struct tool_cloud *cloud)
{
    while (cloud->pending) {
        fake_cancel(cloud, cloud->pending);
    }
    while (cloud->failures) {
        struct tool_cloud_failure *next = cloud->failures->next;
        free(cloud->failures);
        cloud->failures = next;
    }
    json_free(cloud->calls);
    json_free(cloud->groups);
    cloud->calls = cloud->groups = NULL;
}

void tool_cloud_set_members(struct tool_cloud *cloud, const char *group, struct json *ids)
{
    struct json *groups = json_object();
    const struct json *known = NULL;
    while ((known = json_next(cloud->groups, known))) {
        if (!str_eq(json_name(known), str_from(group))) {
            char *name = str_dup(json_name(known));
            json_add(groups, name, json_copy(known));
            free(name);
        }
    }
    json_add(groups, group, ids);
    json_free(cloud->groups);
    cloud->groups = groups;
}

void tool_cloud_fail(struct tool_cloud *cloud, const char *kind, const struct err *err,
                     int times)
{
    struct tool_cloud_failure *failure = MEM_NEW(struct tool_cloud_failure);
    snprintf(failure->kind, sizeof(failure->kind), "%s", kind);
    failure->times = times;
    failure->err = *err;
    failure->next = cloud->failures;
    cloud->failures = failure;
}
