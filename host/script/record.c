#include "script/record.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/convert.h"
#include "script/exec.h"
#include "script/pack.h"
#include "script/record_inside.h"
#include "store/history.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define RECORD_MAX ((size_t)4 << 20) /* bytes of entries of a task in one life */
#define FRESH_MAX ((size_t)2 << 20)  /* of them not yet saved */
#define RIDE_MAX ((size_t)4 << 10)   /* more than that does not lie in an outbox row */
#define KEY_MAX 512
#define CHANGES (RECORD_ACTS | RECORD_SENDS | RECORD_SHOWS)

bool record_is_kept(const struct task *task)
{
    return task->origin && task->origin->keyed && !task->instance->runtime->forgets;
}

struct origin *record_root(struct origin *origin)
{
    while (origin->parent)
        origin = origin->parent;
    return origin;
}

uint64_t record_code(const struct instance *instance)
{
    return record_hash(1, str_of(instance->version->digest, DIGEST_SHA256_HEX - 1));
}

struct record *record_of(struct task *task)
{
    char path[TASK_PATH_MAX], key[KEY_MAX];
    if (task->record)
        return task->record;
    int len = snprintf(key, sizeof(key), "%.*s/%s/%.*s", STR_ARG(task->origin->id),
                       task->instance->version->name, STR_ARG(task_path(task, path)));
    size_t key_len = len < KEY_MAX ? (size_t)len : KEY_MAX - 1;
    struct record *record = mem_zero(sizeof(*record) + key_len + 1);
    memcpy(record->key, key, key_len);
    record->key_len = key_len;
    record->root = record_root(task->origin);
    record->code = record_code(task->instance);
    buf_init(&record->fresh, FRESH_MAX + ENTRY_HEAD);
    buf_init(&record->past, SIZE_MAX / 4);
    record->next = record->root->records;
    record->link = &record->root->records;
    if (record->next)
        record->next->link = &record->next;
    record->root->records = record;
    task->record = record;
    if (task->origin->replays)
        record_load(task, record);
    return record;
}

static void free_record(struct record *record)
{
    *record->link = record->next;
    if (record->next)
        record->next->link = record->link;
    buf_clear(&record->past);
    buf_clear(&record->fresh);
    free(record);
}

void record_ended(struct task *task)
{
    struct record *record = task->record;
    task->record = NULL;
    record->ended = true;
    buf_clear(&record->past);
    if (record->fresh.len == 0)
        free_record(record);
}

/* --- saving --- */

/* What its tasks did so far has to be on disk with this turn. */
static void mark_dirty(struct origin *root)
{
    struct origin **first = &root->runtime->dirty;
    if (root->dirty)
        return;
    root->dirty = true;
    root->next = *first;
    root->link = first;
    if (root->next)
        root->next->link = &root->next;
    *first = root;
}

static void unmark(struct origin *root)
{
    root->dirty = false;
    *root->link = root->next;
    if (root->next)
        root->next->link = root->link;
}

/* The code lies in the first eight bytes of each chunk, whoever made it. */
static void put_head(struct buf *out, uint64_t code, unsigned first)
{
    uint32_t number = first;
    buf_add(out, &code, sizeof(code));
    buf_add(out, &number, sizeof(number));
}

static void save_record(struct record *record)
{
    struct runtime *runtime = record->root->runtime;
    buf_reset(&runtime->chunk);
    put_head(&runtime->chunk, record->code, record->first);
    buf_add_str(&runtime->chunk, buf_str(&record->fresh));
    history_add(runtime->store, record->root->id, str_of(record->key, record->key_len),
                record->first, buf_str(&runtime->chunk));
    buf_clear(&record->fresh);
    record->root->saved = true;
}

static void save_root(struct origin *root)
{
    unmark(root);
    for (struct record *at = root->records, *next; at; at = next) {
        next = at->next;
        if (at->fresh.len > 0)
            save_record(at);
        if (at->ended)
            free_record(at);
    }
}

void record_save(void *arg)
{
    struct runtime *runtime = arg;
    while (runtime->dirty)
        save_root(runtime->dirty);
}

void record_again(const struct instance *instance, struct origin *origin)
{
    const struct task *current = instance->current;
    struct origin *root = record_root(origin);
    bool runs = current && current->origin && record_root(current->origin) == root;
    bool comes = root->timed || instance->runtime->im.again;
    if (runs || root->row == 0 || !comes)
        return;
    root->again = true;
    mark_dirty(root);
}

bool record_set_aside(struct instance *instance, struct origin *origin,
                      enum journal_why why)
{
    struct origin *root = record_root(origin);
    struct runtime *runtime = instance->runtime;
    return root->row != 0 && journal_keep(runtime->store, root->row,
                                          str_from(instance->version->name), why);
}

/* The plugin does not end in it: it is not run again by itself. */
static void set_current_aside(struct instance *instance)
{
    const struct task *current = instance->current;
    struct origin *origin = current ? current->origin : NULL;
    if (!origin || !record_set_aside(instance, origin, JOURNAL_STOPPED))
        return;
    instance->tally.stopped++;
    log_warn(LOG_SCRIPT,
             "bot=%s plugin=%s message=%.*s is set aside: it was stopped hard",
             instance->runtime->bot, instance->version->name,
             STR_ARG(record_root(origin)->id));
}

void record_lost(struct instance *instance)
{
    set_current_aside(instance);
    for (struct task *task = instance->tasks; task; task = task->next)
        if (record_is_kept(task))
            record_again(instance, task->origin);
}

void record_forget(struct origin *root)
{
    bool ends = !root->again && !root->runtime->closing;
    if (root->dirty && root->again)
        save_root(root);
    if (root->dirty)
        unmark(root);
    while (root->records)
        free_record(root->records);
    record_free_past(root);
    if (root->saved && ends)
        history_del(root->runtime->store, root->id, STR_NONE);
}

/* --- entries --- */

static bool put_entry(struct buf *out, enum entry_type type, uint64_t digest,
                      struct str bytes)
{
    char head[ENTRY_HEAD] = { (char)type };
    uint32_t len = (uint32_t)bytes.len;
    memcpy(head + 1, &digest, sizeof(digest));
    memcpy(head + 9, &len, sizeof(len));
    size_t start = out->len;
    if (buf_add(out, head, sizeof(head)) && buf_add_str(out, bytes))
        return true;
    buf_cut(out, start);
    return false;
}

size_t record_read(struct str bytes, size_t at, struct entry *out)
{
    uint32_t len;
    if (bytes.len - at < ENTRY_HEAD)
        return 0;
    out->type = (enum entry_type)(unsigned char)bytes.at[at];
    memcpy(&out->digest, bytes.at + at + 1, sizeof(out->digest));
    memcpy(&len, bytes.at + at + 9, sizeof(len));
    at += ENTRY_HEAD;
    if (len > bytes.len - at)
        return 0;
    out->bytes = str_sub(bytes, at, len);
    return at + len;
}

void record_add(struct task *task, enum entry_type type, uint64_t digest,
                struct str bytes)
{
    struct record *record = record_of(task);
    task->calls++;
    if (record->lost)
        return;
    if (record->fresh.len == 0)
        record->first = task->calls;
    record->total += ENTRY_HEAD + bytes.len;
    if (record->total > RECORD_MAX ||
        record->fresh.len + ENTRY_HEAD + bytes.len > FRESH_MAX ||
        !put_entry(&record->fresh, type, digest, bytes)) {
        record->lost = true;
        put_entry(&record->fresh, ENTRY_LOST, digest, STR_NONE);
    }
    if (type == ENTRY_ACTED || type == ENTRY_BEGUN)
        mark_dirty(record->root);
}

void record_add_results(struct task *task, lua_State *L, enum entry_type type,
                        uint64_t digest, int count)
{
    struct buf bytes;
    buf_init(&bytes, PACK_MAX);
    bool ok = pack_results(L, count, &bytes, NULL);
    record_add(task, ok ? type : ENTRY_LOST, digest, ok ? buf_str(&bytes) : STR_NONE);
    buf_clear(&bytes);
}

/* --- the wrapper --- */

bool record_is_replaying(struct task *task)
{
    if (!task->record && task->origin->replays) {
        guard_hold();
        record_of(task);
        guard_release();
    }
    return task->record &&
           (task->record->broken || task->record->past_at < task->record->past.len);
}

static int push_results(lua_State *L, struct task *task, const struct entry *entry)
{
    int count = pack_read_results(L, entry->bytes);
    if (count < 0) {
        record_differs(L, task);
        return -1;
    }
    record_take(task);
    return count;
}

/* The entry behind the one that was taken, if it is of the same call. */
static bool peek_same(struct task *task, uint64_t digest, struct entry *entry)
{
    return record_peek(task, entry) && entry->digest == digest;
}

/* The number of results that it gave in an earlier life; -1: it has to act. */
static int replay(lua_State *L, struct task *task, uint64_t digest)
{
    struct entry entry;
    if (!record_peek(task, &entry))
        return -1;
    bool known = entry.digest == digest;
    switch (known ? entry.type : ENTRY_LOST) {
    case ENTRY_RESULT:
    case ENTRY_ACTED:
        return push_results(L, task, &entry);
    case ENTRY_SEND:
        record_take(task);
        if (peek_same(task, digest, &entry) && entry.type == ENTRY_INSTEAD)
            return push_results(L, task, &entry);
        task->resends = true;
        return -1;
    case ENTRY_BEGUN:
    case ENTRY_UNTIL:
        if (entry.bytes.len == sizeof(task->moment))
            memcpy(&task->moment, entry.bytes.at, sizeof(task->moment));
        task->again = true;
        record_take(task);
        if (peek_same(task, digest, &entry) &&
            (entry.type == ENTRY_RESULT || entry.type == ENTRY_ACTED))
            return push_results(L, task, &entry);
        return -1;
    default:
        record_differs(L, task);
        return -1;
    }
}

/* Held. */
static void add_call(struct task *task, lua_State *L, int count)
{
    enum entry_type type = ENTRY_RESULT;
    if (task->call->flags & RECORD_ACTS || task->begun)
        type = ENTRY_ACTED;
    else if (task->resends)
        type = ENTRY_INSTEAD;
    record_add_results(task, L, type, task->digest, count);
}

static int call_recorded(lua_State *L)
{
    const struct record_call *call = lua_touserdata(L, lua_upvalueindex(1));
    struct instance *instance = instance_of(L);
    struct task *task = instance->current;
    if (instance->exec && task && exec_is_dry(instance))
        task->pretends = call->flags & CHANGES ? call : NULL;
    if (!task || !record_is_kept(task))
        return call->function(L);
    uint64_t digest = record_digest(L, call->name);
    task->call = NULL;
    task->resends = task->again = task->begun = false;
    if (record_is_replaying(task)) {
        int count = replay(L, task, digest);
        if (count >= 0)
            return count;
    }
    task->digest = digest;
    task->call = call;
    int count = call->function(L); /* does not come back when it waits */
    guard_hold();
    add_call(task, L, count);
    task->call = NULL;
    guard_release();
    return count;
}

void record_push(lua_State *L, const void *row)
{
    const struct record_call *call = row;
    lua_pushlightuserdata(L, (void *)call);
    lua_pushcclosure(L, call->flags & RECORD_NOT ? call->function : call_recorded, 1);
}

/* --- calls that wait --- */

void record_woken(struct task *task, lua_State *T, int count)
{
    guard_hold();
    bool sends = task->call->flags & RECORD_SENDS;
    bool failed = count > 0 && lua_isnil(T, -count);
    if (record_is_replaying(task))
        task->record->broken = task->record->broken || failed; /* it had not */
    else if (!sends)
        add_call(task, T, count);
    else if (failed)
        record_add_results(task, T, ENTRY_INSTEAD, task->digest, count);
    task->call = NULL;
    guard_release();
}

void record_keep(struct task *task)
{
    if (task->record && task->record->fresh.len > 0)
        mark_dirty(task->record->root);
}

int64_t record_moment(struct task *task, int64_t live, bool *again)
{
    if (again)
        *again = task->again;
    if (!task->call)
        return live;
    if (task->again)
        return task->moment;
    task->begun = again != NULL;
    record_add(task, again ? ENTRY_BEGUN : ENTRY_UNTIL, task->digest,
               str_of((const char *)&live, sizeof(live)));
    return live;
}

bool record_key(struct task *task, char *out)
{
    char number[24];
    if (!record_is_kept(task))
        return false;
    struct record *record = record_of(task);
    uint64_t secret = runtime_secret(task->instance->runtime);
    int len = snprintf(number, sizeof(number), "/%u", task->calls);
    const struct str parts[] = { str_of((const char *)&secret, sizeof(secret)),
                                 str_of(record->key, record->key_len),
                                 str_of(number, (size_t)len) };
    digest_sha256_hex(parts, 3, out);
    return true;
}

/* --- sends --- */

/* Whether other tasks of the event have done something that is not saved yet. */
static bool others_wait(const struct record *own, const struct origin *root)
{
    for (const struct record *at = root->records; at; at = at->next)
        if (at != own && at->fresh.len > 0)
            return true;
    return false;
}

struct str record_for_send(struct task *task)
{
    struct record *record = task->record;
    struct buf *chunk = &task->instance->runtime->chunk;
    if (!task->call || task->resends)
        return STR_NONE;
    struct origin *root = record_root(task->origin);
    bool rides = record && record->fresh.len > 0 && record->fresh.len <= RIDE_MAX;
    if ((record && record->fresh.len > RIDE_MAX) || others_wait(record, root))
        mark_dirty(root);
    buf_reset(chunk);
    put_head(chunk, record_code(task->instance), rides ? record->first : task->calls + 1);
    if (rides)
        buf_add_str(chunk, buf_str(&record->fresh));
    put_entry(chunk, ENTRY_SEND, task->digest, STR_NONE);
    return buf_str(chunk);
}

void record_sent(struct task *task)
{
    struct record *record = task->record;
    if (!task->call || task->resends)
        return;
    task->calls++;
    if (record && record->fresh.len <= RIDE_MAX)
        buf_clear(&record->fresh);
}
