/*
 * runtime: what the instances of one script share: the loop, the store, the cloud, who is
 * who, and the bundled library as bytecode.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_RUNTIME_H
#define SCRIPT_RUNTIME_H

#include "base/map.h"
#include "script/limits_guard.h"
#include "script/script.h"

struct calendar;
struct code;
struct instance;
struct router;
struct waiters;

struct later;
struct origin;

struct runtime {
    struct loop *loop;
    struct store *store;
    struct script_im im;   /* all NULL while cut off */
    struct script_web web; /* likewise */
    char *bot, *language, *library;
    const struct zone *zone;                     /* borrowed; NULL: UTC */
    struct map owners, moderators, notices_from; /* sets: the values mean nothing */
    struct map granted;                          /* role.h */
    int64_t command_max_age_ms;
    bool serves;
    size_t memory_limit;
    int64_t cpu_limit_ms, cpu_minute_ms;

    struct limits_pool pool;
    struct router *router;
    struct waiters *waiters;
    struct calendar *calendar;
    struct map code;     /* of the bundled library: "moondock/bot.lua" to struct code * */
    struct map names[2]; /* user id, group id to struct shown_name * */
    struct origin *dirty; /* whose history is to be saved with this turn (record.h) */
    struct buf chunk;     /* of the send that begins */
    int64_t *again;       /* rows to be handed up once more */
    size_t again_count;
    struct loop_timer again_due;
    const struct later *later; /* the event at hand comes for it alone; NULL: for all */
    struct told *told;         /* events task.interrupted that are to be given out */
    struct loop_timer told_due;
    bool forgets;                /* no history is kept */
    uint64_t secret;             /* of the numbers of math.random; 0: not read yet */
    struct origin *spare_origin; /* used again by the next event; may be NULL */
    uint64_t ends[ERR_COUNT];    /* tasks, by why they ended; evals left out */
    bool closing;                /* ended tasks no longer finish their messages */

    /* News of instances, for whoever made them. Nothing may be freed in these. The first:
     * it has a state again; false when it is of no use. */
    void (*on_failed)(void *owner, struct instance *instance, struct str why);
    bool (*on_woken)(void *owner, struct instance *instance, struct err *err);
    void (*on_lost)(void *owner, struct instance *instance,
                    const char *why); /* a hard stop */
    /* It used CPU time, so many ticks of the guard. */
    void (*on_ticked)(void *owner, struct instance *instance, uint64_t ticks);
    void (*on_strained)(void *owner, struct instance *instance); /* a soft stop */
    void (*on_drained)(void *owner, struct instance *instance);  /* its last task ended */
    void *owner;
};

/* Copies the options; borrows loop and store. */
void runtime_init(struct runtime *runtime, const struct script_options *options);
void runtime_clear(struct runtime *runtime);

/* A file of the bundled library, "moondock/bot.lua", read once. Borrowed. */
struct code *runtime_code(struct runtime *runtime, const char *name, struct err *err);

/* What nobody outside knows, the same for good: kept in the store. */
uint64_t runtime_secret(struct runtime *runtime);

/* The row is handed up once more, soon, when its plugins have been started again. */
void runtime_again(struct runtime *runtime, int64_t row);

/* Names that were seen, kept for ten minutes. STR_NONE when not known. */
enum name_of { NAME_OF_USER, NAME_OF_GROUP };
void runtime_note_name(struct runtime *runtime, enum name_of whose, struct str id,
                       struct str name);
struct str runtime_name(const struct runtime *runtime, enum name_of whose, struct str id);

#endif
