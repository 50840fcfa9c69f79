/*
 * router: which handlers an event wakes. An index in C over all live instances of a bot:
 * a message nobody asked for enters no Lua.
 *
 *   event name       a list, by priority, then order of loading and registering
 *   pattern          a text that whatever it matches must contain
 *   command          a prefix (/ ! and full width), then the longest phrase that fits
 *   word set         one automaton over all words of all plugins
 *
 * An instance that sleeps is woken when one of its handlers is wanted. If its main chunk
 * registers something else than before, the event is looked up again.
 *
 * The index never changes: another one is made before the first event after a change, and
 * published by one pointer. Handlers that were taken back stay in memory until then,
 * marked off.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_ROUTER_H
#define SCRIPT_ROUTER_H

#include "script/instance.h"
#include "script/needle.h"
#include "script/origin.h"
#include "script/task.h"

#define ABOUT_BYTES_MAX ((size_t)1 << 20)

struct about_texts;
struct router;

enum handler_kind { HANDLER_EVENT, HANDLER_COMMAND, HANDLER_WORDS };

/* What bot.commands tells about a command besides its phrases. */
enum about { ABOUT_USAGE, ABOUT_SHOWN, ABOUT_HELP, ABOUT_SCOPE, ABOUT_ROLE, ABOUTS };

struct handler {
    struct handler *next;
    struct instance *instance;
    unsigned number; /* in its instance, from 1 */
    enum handler_kind kind;
    int priority;
    int function_ref;
    bool off;
    bool needs_text;      /* "message": only those with a text (bot.hear) */
    struct needle needle; /* and only a text with this in it */
    uint64_t stamp;       /* of the message it was matched with last */
    char *event;          /* HANDLER_EVENT: its name */
    char **phrases; /* commands: "warn list", words lower-case, one space; word sets:
                       words */
    size_t phrase_count;
    struct about_texts *about; /* of a command */
    int64_t since_ms;          /* of a command: its own greatest age; 0: none */
};

struct router *router_new(void);
void router_free(struct router *router);

/* An instance goes live, or ends being so. */
void router_add(struct router *router, struct instance *instance);
void router_remove(struct router *router, struct instance *instance);
void router_changed(struct router *router);

/* A new handler at the end of the instance's list. */
struct handler *handler_new(struct instance *instance, enum handler_kind kind,
                            int function_ref, int priority);
void handler_add_phrase(struct handler *handler, struct str phrase);

/* Copies the texts; those that are STR_NONE stay so. Together at most ABOUT_BYTES_MAX. */
void handler_set_about(struct handler *handler, const struct str texts[ABOUTS]);
struct str handler_about(const struct handler *handler, enum about which);

/* Ends the making of a handler: of an instance that is waking it is the one that it had
 * for this already, if there was one. Gives its number. */
unsigned handler_ready(struct handler *handler);

/* Its function: LUA_NOREF while the instance sleeps. After waking, those that were not
 * registered again are taken back. */
void handler_asleep(struct instance *instance);
void handler_waking(struct instance *instance);
void handler_woken(struct instance *instance);

/* One without a function at the end of `instance`; NULL: of none. */
struct handler *handler_copy(const struct handler *handler, struct instance *instance);

void handler_off(struct handler *handler); /* its function may be released then */
void handler_free(struct handler *handler);

/* What wakes a handler, as its task_push_fn sees it. */
struct router_call {
    const struct handler *handler;
    struct str text;  /* of the message */
    struct str match; /* the word found, or what follows the command */
    void *arg;        /* the caller's */
};

/* Starts a task for each handler of the event, in order, until one returns true. `push`
 * gets a struct router_call. */
void router_event(struct router *router, struct str event, struct origin *origin,
                  task_push_fn *push, void *arg);

/* The same within one instance; and whether it has a handler for the event. */
void router_event_in(struct router *router, const struct instance *instance,
                     struct str event, struct origin *origin, task_push_fn *push,
                     void *arg);
bool router_wants_event(struct router *router, const struct instance *instance,
                        struct str event);

/* The same for "message": also commands (unless the message is too old) and words, for
 * `text` (may be nothing). `origin` is made only when somebody wants the message. */
struct router_message {
    struct runtime *runtime;
    const struct message *message;
    struct str text;
    bool edited;                /* into this: for "message.edited" and words */
    int64_t age_ms;             /* when it came */
    int64_t command_max_age_ms; /* of commands without a `since`; 0: any age will do */
    task_push_fn *push;
    void *arg;
};
bool router_wants_messages(struct router *router); /* anybody at all */
/* Whether its text calls a command that somebody registered, and it is not too old. */
bool router_is_command(struct router *router, const struct router_message *given);

/* False when nobody wanted it. */
bool router_message(struct router *router, const struct router_message *given);

/* The commands of all plugins, in order; `fn` gets each handler. */
typedef void router_each_fn(void *arg, const struct handler *handler);
void router_each_command(struct router *router, router_each_fn *fn, void *arg);

#endif
