#include "script/exec.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "script/api.h"
#include "script/capability.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/inside.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define ID_LEN 16
#define NAME_MAX_BYTES 64
#define ARGUMENTS_MAX 100

/* A task that waits: for an answer, or (number 0) for room. */
struct parked {
    struct parked *next;
    struct exec *exec;
    struct task *task;
    int64_t number;
};

struct exec {
    struct exec *next;
    struct script *script;
    struct instance *instance;
    char id[ID_LEN + 1];
    bool dry, over;
    const struct json *arguments; /* while it is started */
    struct str code;              /* likewise */
    struct json *news;
    size_t news_bytes;
    int64_t last_number;
    struct parked *parked;
    script_exec_fn *done; /* of who waits for news; NULL: nobody */
    void *done_arg;
    struct loop_timer poll, lease;
};

struct exec *exec_of(const struct instance *instance)
{
    return instance->exec;
}

bool exec_is_dry(const struct instance *instance)
{
    return instance->exec && instance->exec->dry;
}

/* --- news --- */

static struct loop *loop_of(const struct exec *exec)
{
    return exec->script->runtime.loop;
}

static int push_true(lua_State *L, void *arg)
{
    (void)arg;
    lua_pushboolean(L, 1);
    return 1;
}

static void unpark(struct parked *parked)
{
    struct parked **link = &parked->exec->parked;
    while (*link != parked)
        link = &(*link)->next;
    *link = parked->next;
    free(parked);
}

/* Those that wait for room go on; one may be gone when another has run. */
static void give_room(struct exec *exec)
{
    struct parked *at = exec->parked;
    while (at && !exec->over && !exec_is_full(exec)) {
        if (at->number != 0) {
            at = at->next;
            continue;
        }
        struct task *task = at->task;
        unpark(at);
        task_wake(task, push_true, NULL);
        at = exec->parked;
    }
}

/* Gives who waits what there is. */
static void on_poll_over(void *arg)
{
    struct exec *exec = arg;
    script_exec_fn *done = exec->done;
    void *done_arg = exec->done_arg;
    if (!done)
        return;
    struct json *body = json_object();
    json_add_bool(body, "ok", true);
    json_add_str(body, "run", str_from(exec->id));
    json_add(body, "news", exec->news);
    exec->news = json_array();
    exec->news_bytes = 0;
    exec->done = NULL;
    loop_timer_stop(loop_of(exec), &exec->poll);
    done(done_arg, body, NULL);
    json_free(body);
    if (exec->over)
        script_settle_soon(exec->script);
    else
        give_room(exec);
}

/* Not at once: what is said in one go goes in one answer. */
static void tell_soon(struct exec *exec)
{
    if (exec->done)
        loop_timer_start(loop_of(exec), &exec->poll, 0, on_poll_over, exec);
}

static size_t size_of(const struct json *item)
{
    struct buf text;
    buf_init(&text, 8 * EXEC_TEXT_MAX);
    json_write(item, &text);
    size_t size = text.len;
    buf_clear(&text);
    return size;
}

void exec_say(struct exec *exec, struct json *item)
{
    exec->news_bytes += size_of(item);
    json_add(exec->news, NULL, item);
    tell_soon(exec);
}

bool exec_is_full(const struct exec *exec)
{
    return exec->news_bytes > EXEC_NEWS_MAX;
}

static void cancel_parked(struct task *task)
{
    unpark(task->pending);
}

static void park(struct exec *exec, struct task *task, int64_t number)
{
    struct parked *parked = MEM_NEW(struct parked), **link = &exec->parked;
    parked->exec = exec;
    parked->task = task;
    parked->number = number;
    while (*link)
        link = &(*link)->next;
    *link = parked;
    task->pending = parked;
    task->cancel = cancel_parked;
    task_set_limit(task, 0); /* the lease ends it */
}

void exec_wait_room(struct exec *exec, struct task *task)
{
    park(exec, task, 0);
}

void exec_ask(struct exec *exec, struct task *task, struct json *item)
{
    json_add_int(item, "number", ++exec->last_number);
    park(exec, task, exec->last_number);
    exec_say(exec, item);
}

/* --- the end --- */

static void end(struct exec *exec, int64_t status, struct str why)
{
    if (exec->over)
        return;
    exec->over = true;
    struct json *item = json_object(), *told = json_add(item, "end", json_object());
    json_add_int(told, "status", status);
    if (why.len > 0)
        json_add_str(told, "error", why);
    exec_say(exec, item);
    script_settle_soon(exec->script);
}

/* Its main task: what it left behind ends with it. */
static void on_ended(void *arg, struct str result, const struct err *why)
{
    struct exec *exec = arg;
    int64_t status = 0;
    if (!why && !str_to_i64(result, &status))
        status = 0;
    end(exec, why ? 1 : status, why ? str_from(why->text) : STR_NONE);
}

void exec_lost(struct script *script, const struct instance *instance, const char *why)
{
    for (struct exec *exec = script->execs; exec; exec = exec->next)
        if (exec->instance == instance)
            end(exec, 1, str_from(why));
}

static void on_lease_over(void *arg)
{
    struct exec *exec = arg;
    if (!exec->over)
        log_warn(LOG_SCRIPT, "bot=%s script=%s is ended: who began it is gone",
                 exec->script->runtime.bot, exec->instance->version->name);
    exec->over = true;
    json_free(exec->news);
    exec->news = json_array();
    script_settle_soon(exec->script);
}

/* Takes it out of the list. */
static void free_exec(struct exec **link)
{
    struct exec *exec = *link;
    struct err why = { 0 };
    exec->over = true;
    exec->instance->exec = NULL;
    instance_free(exec->instance); /* unparks its tasks */
    *link = exec->next;
    loop_timer_stop(loop_of(exec), &exec->poll);
    loop_timer_stop(loop_of(exec), &exec->lease);
    if (exec->done) {
        err_set(&why, ERR_CLOSED, "the bot is being closed");
        exec->done(exec->done_arg, NULL, &why);
    }
    json_free(exec->news);
    free(exec);
}

void exec_settle(struct script *script)
{
    struct exec **link = &script->execs;
    while (*link) {
        struct exec *exec = *link;
        if (exec->over)
            instance_end(exec->instance);
        /* The last news may still be fetched. */
        if (exec->over && json_size(exec->news) == 0 && !exec->done)
            free_exec(link);
        else
            link = &exec->next;
    }
}

size_t exec_task_count(const struct script *script)
{
    size_t count = 0;
    for (const struct exec *exec = script->execs; exec; exec = exec->next)
        count += exec->instance->task_count;
    return count;
}

void exec_close(struct script *script)
{
    while (script->execs)
        free_exec(&script->execs);
}

/* --- the start --- */

/* What lines "--- needs: a, b" of its head name is granted to it: whoever runs the
 * file wants what it says. */
static bool grant_needs(struct version *version, struct str code, struct err *err)
{
    struct str line, name;
    int number = 0;
    while (str_split(&code, '\n', &line)) {
        line = str_trim(line);
        number++;
        if (!str_starts(line, STR("--")))
            break;
        if (!str_starts(line, STR("--- needs:")))
            continue;
        struct str names = str_sub(line, 10, line.len);
        while (str_split(&names, ',', &name)) {
            name = str_trim(name);
            if (!capability_exists(name))
                return err_set(err, ERR_PLUGIN, "%s:%d: there is no capability \"%.*s\"",
                               version->name, number, STR_ARG(name));
            map_set(&version->grants, name, version);
        }
    }
    return true;
}

/* Protected: leaves the library's function. */
static int push_runner(lua_State *L)
{
    api_push_host(L);
    lua_getfield(L, LUA_REGISTRYINDEX, "moondock.bot");
    api_call_library(L, "moondock/script.lua", 2);
    luaL_checktype(L, -1, LUA_TFUNCTION);
    return 1;
}

static int prepare_body(void *arg)
{
    struct instance *instance = arg;
    lua_State *L = instance->L;
    lua_pushcfunction(L, push_runner);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
        lua_settop(L, 0);
        return 1;
    }
    instance->eval_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static int push_script(lua_State *L, void *arg)
{
    const struct exec *exec = arg;
    push_str(L, str_from(exec->instance->version->name));
    push_str(L, exec->code);
    lua_pushboolean(L, exec->dry);
    lua_createtable(L, (int)json_size(exec->arguments), 0);
    const struct json *word = NULL;
    for (int i = 1; (word = json_next(exec->arguments, word)); i++) {
        push_str(L, json_str(word));
        lua_rawseti(L, -2, i);
    }
    return 4;
}

static bool check_name(struct str name)
{
    bool ok = name.len > 0 && name.len <= NAME_MAX_BYTES;
    for (size_t i = 0; ok && i < name.len; i++)
        ok = name.at[i] > ' ' && name.at[i] < 0x7f && name.at[i] != '/';
    return ok;
}

static struct instance *make_instance(struct script *script, struct str name,
                                      struct str code, struct err *err)
{
    char own[NAME_MAX_BYTES + 10]; /* which no plugin can have */
    snprintf(own, sizeof(own), "script.%.*s", STR_ARG(name));
    struct version *version = version_bare(str_from(own));
    struct instance *instance = NULL;
    if (grant_needs(version, code, err)) {
        instance = instance_new(&script->runtime, version);
        instance->order = UINT_MAX;
        if (!instance_start(instance, err)) {
            instance_free(instance);
            instance = NULL;
        }
    }
    version_release(version);
    return instance;
}

static bool may_begin(const struct script *script, const struct json *body,
                      struct err *err)
{
    size_t count = 0;
    for (const struct exec *at = script->execs; at; at = at->next)
        count++;
    if (!check_name(json_str(json_get(body, "name"))))
        return err_set(err, ERR_ARGUMENT, "name: want 1 to %d plain characters",
                       NAME_MAX_BYTES);
    if (json_str(json_get(body, "code")).len > EXEC_CODE_MAX)
        return err_set(err, ERR_LIMIT, "more than %zu bytes of code", EXEC_CODE_MAX);
    if (json_size(json_get(body, "args")) > ARGUMENTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d arguments", ARGUMENTS_MAX);
    return count < EXEC_RUNS_MAX ||
           err_set(err, ERR_LIMIT, "%zu scripts run already", count);
}

static struct exec *begin(struct script *script, const struct json *body, struct err *err)
{
    struct str name = json_str(json_get(body, "name"));
    struct str code = json_str(json_get(body, "code"));
    if (!may_begin(script, body, err))
        return NULL;
    struct instance *instance = make_instance(script, name, code, err);
    if (!instance)
        return NULL;
    struct exec *exec = MEM_NEW(struct exec);
    exec->script = script;
    exec->instance = instance;
    exec->dry = json_bool(json_get(body, "dry"), false);
    exec->news = json_array();
    random_id(exec->id, ID_LEN);
    exec->next = script->execs;
    script->execs = exec;
    instance->exec = exec;
    caps_audit(&script->runtime, STR("ctl"), "exec", name, str_from(exec->id));
    return exec;
}

static void start(struct exec *exec, const struct json *body)
{
    struct instance *instance = exec->instance;
    instance_commit(instance);
    if (instance_run(instance, prepare_body, instance) != 0) {
        end(exec, 1, STR("moondock/script.lua did not load"));
        return;
    }
    exec->arguments = json_get(body, "args");
    exec->code = json_str(json_get(body, "code"));
    struct task_start start = {
        .function_ref = instance->eval_ref,
        .push = push_script,
        .arg = exec,
        .beside = true,
        .blame = BLAME_CALLER,
        .ended = on_ended,
        .ended_arg = exec,
    };
    task_start(instance, &start);
}

/* --- who asks --- */

static struct exec *find(struct script *script, struct str id)
{
    for (struct exec *exec = script->execs; exec; exec = exec->next)
        if (str_eq(str_from(exec->id), id))
            return exec;
    return NULL;
}

static int push_answer(lua_State *L, void *arg)
{
    const struct json *answer = arg, *text = json_get(answer, "text");
    struct err why = { 0 };
    if (json_get(answer, "error")) {
        enum err_code code =
            json_bool(json_get(answer, "missing"), false) ? ERR_NOT_FOUND : ERR_STORAGE;
        err_set(&why, code, "%.*s", STR_ARG(json_str(json_get(answer, "error"))));
        return convert_push_failure(L, &why);
    }
    if (text)
        push_str(L, json_str(text));
    else
        lua_pushboolean(L, 1);
    return 1;
}

static void take_answer(struct exec *exec, const struct json *answer)
{
    int64_t number = json_int(json_get(answer, "number"), 0);
    for (struct parked *at = exec->parked; at && number > 0; at = at->next) {
        if (at->number != number)
            continue;
        struct task *task = at->task;
        unpark(at);
        task_wake(task, push_answer, (void *)answer);
        return;
    }
}

static void ask_news(struct exec *exec, const struct json *body, script_exec_fn *done,
                     void *arg)
{
    on_poll_over(exec); /* who asked before, and has gone away meanwhile */
    loop_timer_start(loop_of(exec), &exec->lease, EXEC_LEASE_MS, on_lease_over, exec);
    exec->done = done;
    exec->done_arg = arg;
    bool some = json_size(exec->news) > 0;
    loop_timer_start(loop_of(exec), &exec->poll, some ? 0 : EXEC_POLL_MS, on_poll_over,
                     exec);
    const struct json *answers = json_get(body, "answers"), *answer = NULL;
    while (!exec->over && (answer = json_next(answers, answer)))
        take_answer(exec, answer);
    if (json_bool(json_get(body, "stop"), false))
        end(exec, 1, STR("interrupted"));
}

void script_exec(struct script *script, const struct json *body, script_exec_fn *done,
                 void *arg)
{
    struct str id = json_str(json_get(body, "run"));
    struct err err = { 0 };
    struct exec *exec;
    if (id.len > 0) {
        exec = find(script, id);
        if (!exec)
            err_set(&err, ERR_NOT_FOUND, "no script runs as %.*s: the bot was closed?",
                    STR_ARG(str_sub(id, 0, ID_LEN)));
    } else if ((exec = begin(script, body, &err))) {
        start(exec, body);
    }
    if (exec)
        ask_news(exec, body, done, arg);
    else
        done(arg, NULL, &err);
}
