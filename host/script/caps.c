#include "script/caps.h"

#include "base/clock.h"
#include "script/caps_web.h"
#include "script/exec.h"
#include "store/audit.h"

#include <stdio.h>
#include <string.h>

#define STORE_SIZE ((int64_t)1 << 20)
#define DENIALS_MAX 20
#define DENIALS_WINDOW_MS 10000

bool caps_has(const struct instance *instance, const char *capability)
{
    /* "media:FOLDER" grants what "media" does, and a folder. */
    return map_get(&instance->version->grants, str_from(capability)) != NULL ||
           (strcmp(capability, "media") == 0 && instance->version->media_folder);
}

void caps_audit(struct runtime *runtime, struct str who, const char *verb,
                struct str target, struct str result)
{
    struct audit_row row = {
        .at_ms = clock_wall_ms(),
        .plugin = who,
        .verb = str_from(verb),
        .target = target,
        .result = result,
    };
    audit_add(runtime->store, &row);
}

static void audit(struct task *task, const char *verb, struct str result)
{
    struct instance *instance = task->instance;
    caps_audit(instance->runtime, str_from(instance->version->name), verb,
               str_from(task->audit_target), result);
}

static bool deny(struct task *task, const char *verb, const char *capability,
                 struct err *err)
{
    struct instance *instance = task->instance;
    unsigned dropped;
    task->audit_verb = NULL;
    if (rate_pass(&instance->denial_rate, clock_mono_ms(), DENIALS_MAX, DENIALS_WINDOW_MS,
                  &dropped))
        audit(task, verb, str_from(err_word(ERR_DENIED)));
    if (exec_of(instance))
        return err_set(err, ERR_DENIED, "its head does not say \"--- needs: %s\"",
                       capability);
    return err_set(err, ERR_DENIED,
                   "the plugin %s is not granted \"%s\" (grants in the configuration)",
                   instance->version->name, capability);
}

bool caps_gate(struct task *task, const char *capability, struct conversation where,
               struct str subject, struct err *err)
{
    char target[sizeof(task->audit_target)];
    snprintf(target, sizeof(target), "%s:%.*s%s%.*s", objects_chat_kind(where.type),
             STR_ARG(where.target), subject.len ? "/" : "", STR_ARG(subject));
    return caps_gate_on(task, capability, str_from(target), err);
}

bool caps_gate_on(struct task *task, const char *capability, struct str target,
                  struct err *err)
{
    snprintf(task->audit_target, sizeof(task->audit_target), "%.*s", STR_ARG(target));
    if (caps_has(task->instance, capability)) {
        task->audit_verb = capability;
        return true;
    }
    return deny(task, capability, capability, err);
}

bool caps_gate_web(struct task *task, struct str method, const struct url *url,
                   struct err *err)
{
    char capability[sizeof(err->text) / 2];
    snprintf(task->audit_target, sizeof(task->audit_target), "%.*s %.*s", STR_ARG(method),
             STR_ARG(url->place));
    if (caps_web(&task->instance->version->grants, url) != CAPS_WEB_NOWHERE) {
        task->audit_verb = "http";
        return true;
    }
    snprintf(capability, sizeof(capability), "http:%.*s", STR_ARG(url->place));
    return deny(task, "http", capability, err);
}

static bool is_of(const struct origin *origin, struct conversation where)
{
    return origin && origin->type == where.type && str_eq(origin->target, where.target);
}

bool caps_gate_here(struct task *task, const char *capability, struct conversation where,
                    struct err *err)
{
    task->audit_verb = NULL;
    if (is_of(task->origin, where) || is_of(task->heard, where))
        return true;
    return caps_gate(task, capability, where, STR_NONE, err);
}

void caps_done(struct task *task, const struct err *why)
{
    char result[64] = "done";
    if (why && why->code == ERR_REFUSED)
        snprintf(result, sizeof(result), "%s %d", err_word(why->code), why->status);
    else if (why)
        snprintf(result, sizeof(result), "%s", err_word(why->code));
    caps_done_with(task, result);
}

void caps_done_with(struct task *task, const char *result)
{
    if (task->audit_verb)
        audit(task, task->audit_verb, str_from(result));
    task->audit_verb = NULL;
}

/* "10M", "512K" or bytes. */
static bool parse_size(struct str text, int64_t *size)
{
    int64_t unit = 1;
    if (str_ends(text, STR("M")) || str_ends(text, STR("K"))) {
        unit = str_ends(text, STR("M")) ? 1 << 20 : 1 << 10;
        text.len--;
    }
    if (!str_to_i64(text, size) || *size <= 0 || *size > (int64_t)1 << 32)
        return false;
    *size *= unit;
    return true;
}

int64_t caps_store_size(const struct instance *instance)
{
    struct str grant;
    void *value;
    int64_t size;
    for (size_t at = 0; map_next(&instance->version->grants, &at, &grant, &value);)
        if (str_starts(grant, STR("store:")) &&
            parse_size(str_sub(grant, 6, grant.len), &size))
            return size;
    return STORE_SIZE;
}
