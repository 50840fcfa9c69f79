/* record: what is known of tasks that ran in an earlier life. */
#include "base/log.h"
#include "base/mem.h"
#include "script/convert.h"
#include "script/inside.h"
#include "script/record_inside.h"
#include "script/router.h"
#include "store/history.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* A chunk of one task. */
struct piece {
    struct piece *next;
    uint64_t code;
    uint32_t first;
    bool let_out; /* something was */
    struct str task, entries;
    char bytes[];
};

/* What one plugin did for an event. */
struct past {
    struct past *next;
    char *name;       /* the plugin's */
    bool interrupted; /* its code is another one, and something was let out */
    struct piece *pieces;
};

/* --- reading --- */

static bool lets_out(struct str entries)
{
    struct entry entry;
    for (size_t at = 0; (at = record_read(entries, at, &entry)) > 0;)
        if (entry.type == ENTRY_ACTED || entry.type == ENTRY_BEGUN ||
            entry.type == ENTRY_SEND || entry.type == ENTRY_LOST)
            return true;
    return false;
}

static int last_slash(struct str text)
{
    int at = (int)text.len - 1;
    while (at >= 0 && text.at[at] != '/')
        at--;
    return at;
}

struct reading {
    struct past *past;
    size_t prefix_len;
};

static void add_piece(void *arg, struct str task, bool with_send, struct str chunk)
{
    struct reading *reading = arg;
    int cut = with_send ? last_slash(task) : -1;
    if (cut >= 0)
        task = str_sub(task, 0, (size_t)cut);
    if (task.len <= reading->prefix_len ||
        last_slash(task) + 1 != (int)reading->prefix_len || chunk.len < CHUNK_HEAD)
        return; /* of a plugin called as the rest of another event */
    struct piece *piece = mem_zero(sizeof(*piece) + task.len + chunk.len);
    memcpy(piece->bytes, task.at, task.len);
    memcpy(piece->bytes + task.len, chunk.at, chunk.len);
    piece->task = str_of(piece->bytes, task.len);
    memcpy(&piece->code, chunk.at, sizeof(piece->code));
    memcpy(&piece->first, chunk.at + sizeof(piece->code), sizeof(piece->first));
    piece->entries = str_of(piece->bytes + task.len + CHUNK_HEAD, chunk.len - CHUNK_HEAD);
    piece->let_out = with_send || lets_out(piece->entries);
    /* By their first entries: what a send came with lies elsewhere. */
    struct piece **link = &reading->past->pieces;
    while (*link && (*link)->first <= piece->first)
        link = &(*link)->next;
    piece->next = *link;
    *link = piece;
}

static void free_pieces(struct past *past)
{
    while (past->pieces) {
        struct piece *piece = past->pieces;
        past->pieces = piece->next;
        free(piece);
    }
}

void record_free_past(struct origin *origin)
{
    while (origin->past) {
        struct past *past = origin->past;
        origin->past = past->next;
        free_pieces(past);
        free(past->name);
        free(past);
    }
}

/* Another version of the plugin runs now: it begins anew, unless something was let out.
 */
static void judge_code(struct task *task, struct past *past)
{
    struct origin *root = record_root(task->origin);
    uint64_t code = record_code(task->instance);
    bool differs = false;
    for (const struct piece *at = past->pieces; at; at = at->next) {
        differs = differs || at->code != code;
        past->interrupted = past->interrupted || (at->code != code && at->let_out);
    }
    if (past->interrupted)
        record_tell(task, "its code has changed since");
    if (!differs || past->interrupted)
        return;
    for (const struct piece *at = past->pieces; at; at = at->next)
        history_del(root->runtime->store, root->id, at->task);
    free_pieces(past);
}

/* What goes on at a later time is of the same event. */
static struct origin *event_of(const struct task *task)
{
    struct origin *origin = task->origin;
    return origin->later > 0 ? origin->parent : origin;
}

static struct past *find_past(struct task *task)
{
    struct origin *origin = event_of(task), *root = record_root(origin);
    const char *name = task->instance->version->name;
    char prefix[512];
    struct past *past;
    for (past = origin->past; past; past = past->next)
        if (strcmp(past->name, name) == 0)
            return past;
    past = MEM_NEW(struct past);
    past->name = str_dup(str_from(name));
    past->next = origin->past;
    origin->past = past;
    int len = snprintf(prefix, sizeof(prefix), "%.*s/%s/", STR_ARG(origin->id), name);
    struct reading reading = { past, len > 0 && len < 512 ? (size_t)len : 511 };
    struct err err = { 0 };
    if (!history_each(root->runtime->store, root->id, str_of(prefix, reading.prefix_len),
                      add_piece, &reading, &err)) {
        log_error(LOG_SCRIPT, "bot=%s message=%.*s history: %s", root->runtime->bot,
                  STR_ARG(root->id), err.text);
        past->interrupted = true; /* what was done is not known */
    }
    root->saved = root->saved || past->pieces;
    judge_code(task, past);
    return past;
}

void record_load(struct task *task, struct record *record)
{
    const struct past *past = find_past(task);
    unsigned next = 1;
    struct entry entry;
    record->broken = past->interrupted;
    for (const struct piece *at = past->pieces; at; at = at->next) {
        if (!str_eq(at->task, str_of(record->key, record->key_len)))
            continue;
        record->let_out = record->let_out || at->let_out;
        /* A gap, or an end in the middle: what follows is not known. */
        record->broken = record->broken || at->first != next;
        size_t end = 0;
        for (size_t to; (to = record_read(at->entries, end, &entry)) > 0; end = to)
            next++;
        record->broken = record->broken || end != at->entries.len;
        buf_add_str(&record->past, at->entries);
    }
}

bool record_peek(struct task *task, struct entry *out)
{
    const struct record *record = task->record;
    if (record->broken) { /* whatever it does differs from this */
        *out = (struct entry){ .type = ENTRY_LOST };
        return true;
    }
    return record->past_at < record->past.len &&
           record_read(buf_str(&record->past), record->past_at, out) > 0;
}

void record_take(struct task *task)
{
    struct record *record = task->record;
    struct entry entry;
    record->past_at = record_read(buf_str(&record->past), record->past_at, &entry);
    task->calls++;
}

/* --- the end of it --- */

struct told {
    struct told *next;
    char plugin[80], reason[160];
    struct str event, task;
    char bytes[];
};

static int push_told(lua_State *L, void *router_call)
{
    const struct told *told = ((struct router_call *)router_call)->arg;
    lua_createtable(L, 0, 4);
    lua_pushstring(L, told->plugin);
    lua_setfield(L, -2, "plugin");
    push_str(L, told->event);
    lua_setfield(L, -2, "event");
    push_str(L, told->task);
    lua_setfield(L, -2, "task");
    lua_pushstring(L, told->reason);
    lua_setfield(L, -2, "reason");
    return 1;
}

static void on_told_due(void *arg)
{
    struct runtime *runtime = arg;
    struct told *all = runtime->told;
    runtime->told = NULL;
    while (all) {
        struct told *told = all;
        all = told->next;
        deliver_event(runtime, STR("task.interrupted"), NULL, push_told, told);
        free(told);
    }
}

void record_tell(const struct task *task, const char *why)
{
    struct runtime *runtime = task->instance->runtime;
    struct str event = task->origin->id;
    char path[TASK_PATH_MAX];
    struct str name = task_path(task, path);
    log_warn(LOG_SCRIPT, "bot=%s plugin=%s message=%.*s task=%.*s is interrupted: %s",
             runtime->bot, task->instance->version->name, STR_ARG(event), STR_ARG(name),
             why);
    if (record_set_aside(task->instance, task->origin, JOURNAL_INTERRUPTED))
        task->instance->tally.interrupted++;
    struct told *told = mem_zero(sizeof(*told) + event.len + name.len + 1),
                **end = &runtime->told;
    snprintf(told->plugin, sizeof(told->plugin), "%s", task->instance->version->name);
    snprintf(told->reason, sizeof(told->reason), "%s", why);
    memcpy(told->bytes, event.at, event.len);
    memcpy(told->bytes + event.len, name.at, name.len);
    told->event = str_of(told->bytes, event.len);
    told->task = str_of(told->bytes + event.len, name.len);
    while (*end)
        end = &(*end)->next;
    *end = told;
    loop_timer_start(runtime->loop, &runtime->told_due, 0, on_told_due, runtime);
}

void record_close(struct runtime *runtime)
{
    store_on_saving(runtime->store, NULL, NULL);
    loop_timer_stop(runtime->loop, &runtime->told_due);
    while (runtime->told) {
        struct told *told = runtime->told;
        runtime->told = told->next;
        free(told);
    }
}

/* The task ends where it stands; where it cannot wait, each of its calls raises. */
static void interrupt(lua_State *L, struct task *task)
{
    struct record *record = task->record;
    const struct origin *origin = event_of(task);
    guard_hold();
    bool known = record->broken && origin->past && origin->past->interrupted;
    if (!known && !record->told)
        record_tell(task, "it did something else than before");
    record->told = record->broken = true;
    task->ends = ERR_INTERRUPTED;
    task->ends_why = "interrupted: a crash came in between";
    bool waits = guard_can_yield();
    task->instance->host_wait = waits;
    guard_release();
    if (waits)
        lua_yield(L, 0); /* never comes back: with nothing pending, the task is closed */
    raise_error(L, "interrupted: a crash came in between");
}

void record_differs(lua_State *L, struct task *task)
{
    struct record *record = task->record;
    struct origin *root = record->root;
    if (record->broken || record->let_out)
        interrupt(L, task);
    /* It is as if it had begun anew, and had found what it has found so far. */
    guard_hold();
    history_del(root->runtime->store, root->id, str_of(record->key, record->key_len));
    buf_cut(&record->past, record->past_at);
    buf_reset(&record->fresh);
    buf_add_str(&record->fresh, buf_str(&record->past));
    record->first = 1;
    guard_release();
}
