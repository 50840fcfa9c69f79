/*
 * record_inside: what record.c, record_past.c and record_values.c share.
 *
 * Private to script/record*.c.  Layer: script.
 */
#ifndef SCRIPT_RECORD_INSIDE_H
#define SCRIPT_RECORD_INSIDE_H

#include "base/buf.h"
#include "script/record.h"
#include "store/journal.h"

enum entry_type {
    ENTRY_RESULT = 'R',  /* packed values */
    ENTRY_ACTED = 'W',   /* the same, of a call that changed something */
    ENTRY_SEND = 'S',    /* nothing: the outbox row tells the rest */
    ENTRY_INSTEAD = 'T', /* packed values: what the call gave in spite of that */
    ENTRY_BEGUN = 'B',   /* a moment: it may have acted */
    ENTRY_UNTIL = 'D',   /* a moment: how long it waits */
    ENTRY_INTEGER = 'I', /* a number that was asked for */
    ENTRY_NAME = 'N',    /* a name that was known */
    ENTRY_LOST = 'X',    /* from here on nothing was kept */
};

struct entry {
    enum entry_type type;
    uint64_t digest;
    struct str bytes;
};

#define CHUNK_HEAD 12 /* code, first */
#define ENTRY_HEAD 13

/* Of one task. Hangs on the outermost origin until all of it is saved and its task ended.
 */
struct record {
    struct record *next, **link;
    struct origin *root;
    uint64_t code; /* of the plugin */
    bool ended;    /* its task */
    bool let_out;  /* in an earlier life something was */
    bool broken;   /* it is not to go on */
    bool told;     /* and that was said */
    bool lost;     /* too much to be kept */
    bool is_seeded;
    uint64_t chance; /* state of math.random */
    struct buf past; /* entries of an earlier life; those before `past_at` were met */
    size_t past_at;
    struct buf fresh; /* entries not saved yet */
    unsigned first;   /* number of the first of those */
    size_t total;     /* bytes of entries of this life */
    size_t key_len;
    char key[]; /* "EVENT/PLUGIN/PATH" */
};

/* Of the task; made when there is none yet, with its past. */
struct record *record_of(struct task *task);

/* What tells the plugin's code from another. */
uint64_t record_code(const struct instance *instance);

/* Reads one entry at `at` of the bytes and gives the offset behind it, or 0. */
size_t record_read(struct str bytes, size_t at, struct entry *out);

/* Fills the past of a new record. */
void record_load(struct task *task, struct record *record);
void record_free_past(struct origin *origin);

/* Whether there is more of an earlier life, or the task may not go on. */
bool record_is_replaying(struct task *task);

/* Adds an entry. Of values: the `count` on top of L, held; what cannot be packed could
 * not be given again. */
void record_add(struct task *task, enum entry_type type, uint64_t digest,
                struct str bytes);
void record_add_results(struct task *task, lua_State *L, enum entry_type type,
                        uint64_t digest, int count);

/* The next entry of an earlier life; false: there is none (any more). */
bool record_peek(struct task *task, struct entry *out);
void record_take(struct task *task); /* goes on to the one behind it */

/* The task does something else than before. Comes back only if it may: then its past is
 * forgotten. */
void record_differs(lua_State *L, struct task *task);

/* The event is over for the plugin, and a copy for it waits for a person. False when it
 * did already, or the event is in no journal. */
bool record_set_aside(struct instance *instance, struct origin *origin,
                      enum journal_why why);

/* A copy is set aside; one line and an event say that tasks of the plugin are not
 * continued. */
void record_tell(const struct task *task, const char *why);

/* The digest of the call with the arguments that are on the stack. */
uint64_t record_digest(lua_State *L, const char *name);
uint64_t record_hash(uint64_t seed, struct str text);

#endif
