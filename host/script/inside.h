/*
 * inside: what the files of this room know about a script. Each plugin has a live
 * instance (unless it is switched off after hard stops) and perhaps older ones that
 * drain.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_INSIDE_H
#define SCRIPT_INSIDE_H

#include "script/instance.h"
#include "script/origin.h"
#include "script/rate.h"
#include "script/task.h"
#include "script/trial.h"
#include "script/usage.h"

/* An instance on its way out. */
struct old {
    struct old *next;
    struct instance *instance;
    struct loop_timer deadline;
    bool late;
};

/* What the configuration says of a plugin, for reloads. */
struct plugin_row {
    char *folder;
    char **grants;
    size_t grant_count;
    struct json *config; /* may be NULL */
    const struct data *source;
    char *key;
};

struct plugin {
    struct plugin *next;
    struct script *script;
    unsigned order;

    char *name;
    struct plugin_row row;

    struct version *version;
    struct version *before; /* what a rollback brings back; may be NULL */
    struct trial trial;     /* of `version` */
    bool goes_back;         /* it failed; settle brings `before` back */
    char *note;             /* of a version that was taken back; may be NULL */
    struct buf state;       /* what on_save gave last (snapshot.h); empty: nothing */
    char *state_from;       /* the version that gave it; NULL: none did */
    bool stored;            /* the store has both */
    struct loop_timer snapshot;
    unsigned snapshot_ended; /* instance->ended of that moment */
    unsigned rest_ended;     /* instance->ended when it was last looked at */
    int64_t rest_since_ms;   /* since when that has not changed */
    unsigned generation;
    struct instance *live; /* NULL while switched off */
    struct old *old;
    unsigned errors;    /* of instances that are gone */
    uint64_t samples;   /* likewise */
    struct tally tally; /* likewise */
    struct usage usage;

    struct rate hard_stops, soft_stops, busy_minutes;
    int64_t off_ms; /* how long the next switching off lasts */
    int64_t last_off_ms;
    struct loop_timer back_on;
};

struct script {
    struct runtime runtime;
    struct plugin *plugins; /* in order of loading */
    unsigned last_order;
    struct instance *console;
    struct exec *execs;
    struct buf scratch; /* the text of the message at hand */
    int64_t rest_ms;    /* how long an instance rests before it sleeps; < 0: for ever */
    bool settling;      /* script_settle is on its way */
};

/* Gives an event to those who wait for it, then to its handlers. As router_event. */
void deliver_event(struct runtime *runtime, struct str event, struct origin *origin,
                   task_push_fn *push, void *arg);

/* As script_message, for one that was held back. */
void deliver_message(void *script, const struct message *message);

struct plugin *script_find(const struct script *script, struct str name);

/* Later in this turn, outside of all instances: frees what is over, starts again what was
 * stopped hard. */
void script_settle_soon(struct script *script);

/* reload.c */
void plugin_bury(struct plugin *plugin, struct instance *instance); /* frees and counts */
void plugin_free_old(struct plugin *plugin, struct old **link);

/* A staged instance whose main chunk has run, or NULL. */
struct instance *plugin_stage(struct plugin *plugin, struct version *version,
                              struct err *err);

/* Likewise, with what was saved last; without, if that fails (one line says why). */
struct instance *plugin_stage_again(struct plugin *plugin, struct version *version,
                                    struct err *err);
bool plugin_hand_over(struct plugin *plugin, struct instance *instance, struct err *err);
void plugin_go_live(struct plugin *plugin, struct instance *instance);

/* Puts `instance`, which is ready, where the live one was; that one's tasks may finish.
 */
void plugin_take_over(struct plugin *plugin, struct instance *instance);

void plugin_free(struct plugin *plugin); /* cancels all; not while an instance runs */

/* rest.c */
void plugin_rest(struct plugin *plugin); /* lets its instance sleep if it may */
bool plugin_woken(struct plugin *plugin, struct err *err); /* gives it back its state */

/* strikes.c */
void plugin_settle(struct plugin *plugin);
void plugin_failed(struct plugin *plugin,
                   struct str why); /* a task of its live instance */
void plugin_lost(struct plugin *plugin, const char *why);  /* its live instance is gone */
void plugin_ticked(struct plugin *plugin, uint64_t ticks); /* it used CPU time */
void plugin_strained(struct plugin *plugin); /* its live instance was stopped softly */

#endif
