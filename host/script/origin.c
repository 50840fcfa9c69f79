#include "script/origin.h"

#include "base/mem.h"
#include "script/later.h"
#include "script/record.h"

#include <string.h>

#define ORIGIN_ROOM ((size_t)192) /* ids are of at most 64 bytes */
#define LATER_MAX 100

static struct str put(char **at, struct str s)
{
    struct str copy = str_of(*at, s.len);
    if (s.len > 0)
        memcpy(*at, s.at, s.len);
    *at += s.len;
    return copy;
}

/* Of the size that nearly all fit in, one is kept for the next event. */
static struct origin *take_record(struct runtime *runtime, size_t strings)
{
    struct origin *origin = runtime->spare_origin;
    bool fits = strings <= ORIGIN_ROOM;
    if (!fits || !origin)
        origin = mem_alloc(sizeof(*origin) + (fits ? ORIGIN_ROOM : strings));
    else
        runtime->spare_origin = NULL;
    *origin = (struct origin){ .references = 1, .runtime = runtime, .fits = fits };
    return origin;
}

static void give_record(struct runtime *runtime, struct origin *origin)
{
    if (origin->fits && !runtime->spare_origin)
        runtime->spare_origin = origin;
    else
        free(origin);
}

static struct origin *make(struct runtime *runtime, enum conversation_type type,
                           struct str target, struct str sender, struct str plugin,
                           struct str id, struct str name)
{
    struct origin *origin = take_record(runtime, target.len + sender.len + plugin.len +
                                                     id.len + name.len + 1);
    char *at = (char *)(origin + 1);
    origin->type = type;
    origin->target = put(&at, target);
    origin->sender = put(&at, sender);
    origin->plugin = put(&at, plugin);
    origin->id = put(&at, id);
    if (name.len > 0) {
        put(&at, STR("/"));
        put(&at, name);
        origin->id.len += 1 + name.len;
    }
    return origin;
}

struct origin *origin_new(struct runtime *runtime, const struct message *message)
{
    if (runtime->later)
        return origin_ref(later_origin(runtime));
    struct origin *origin = make(runtime, message->type, message->target, message->sender,
                                 message->plugin, message_event(message), STR_NONE);
    origin->row = message->row;
    origin->keyed = message->row != 0 && message->uid.len > 0;
    origin->replays = message->redelivered;
    return origin;
}

struct origin *origin_child(struct origin *parent, struct str name)
{
    struct origin *origin = make(parent->runtime, parent->type, parent->target,
                                 parent->sender, parent->plugin, parent->id, name);
    origin->keyed = parent->keyed;
    origin->replays = parent->replays;
    origin->parent = origin_ref(parent);
    return origin;
}

bool origin_may_go_on(const struct origin *origin)
{
    return origin->later < LATER_MAX;
}

struct origin *origin_later(struct origin *origin)
{
    struct origin *parent = origin->later > 0 ? origin->parent : origin;
    struct origin *later = origin_child(parent, STR_NONE);
    later->later = origin->later + 1;
    return later;
}

struct origin *origin_timed(struct runtime *runtime, struct str id,
                            enum conversation_type type, struct str target)
{
    return make(runtime, type, target, STR_NONE, STR_NONE, id, STR_NONE);
}

struct origin *origin_detached(const struct origin *origin)
{
    return make(origin->runtime, origin->type, origin->target, origin->sender, STR_NONE,
                STR_NONE, STR_NONE);
}

struct origin *origin_ref(struct origin *origin)
{
    origin->references++;
    return origin;
}

void origin_release(struct origin *origin)
{
    while (origin && --origin->references == 0) {
        struct origin *parent = origin->parent;
        struct runtime *runtime = origin->runtime;
        int64_t row = origin->timed ? 0 : origin->row; /* else the calendar's */
        bool again = origin->again && !runtime->closing;
        if (origin->records || origin->past || origin->saved || origin->dirty)
            record_forget(origin);
        if (origin->ended)
            origin->ended(origin->ended_arg, !again && !runtime->closing);
        give_record(runtime, origin);
        if (again && row != 0)
            runtime_again(runtime, row);
        else if (row != 0 && !runtime->closing && runtime->im.done)
            runtime->im.done(runtime->im.arg, row);
        origin = parent;
    }
}
