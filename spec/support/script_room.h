/*
 * script_room: a script with a fake cloud, for the tests of host/script. Plugins are
 * written to a folder of their own; what they send is noted as lines of text.
 */
#ifndef SUPPORT_SCRIPT_ROOM_H
#define SUPPORT_SCRIPT_ROOM_H

#include "script/script.h"

#define ROOM_LINES 200

struct room {
    struct loop *loop;
    struct store *store;
    struct script *script;
    struct zone *zone; /* NULL: UTC */
    size_t memory_limit;
    int64_t cpu_limit_ms;
    char folder[64];
    char library[512];

    char *did[ROOM_LINES]; /* "send group:g1 RC:TxtMsg {…} key=…", "mute g1 bob 10";
                              after the key " silent only=bob" and the like */
    size_t did_count;
    int64_t done[ROOM_LINES]; /* rows */
    size_t done_count;
    struct room_call *calls; /* not answered yet */
    bool hold;               /* leave calls unanswered */
    struct err refuse;       /* what calls end with, unless it is ERR_NONE */
    size_t cancelled;
    const char *store_place; /* addresses that begin so are the cloud's own; NULL: none */
    int64_t last_wait_ms;    /* of the latest send */
    bool last_broadcast;
    struct net *net;              /* where requests to the web go; NULL: nowhere, and */
    struct http_answer web;       /* this is what they get in the next turn */
    struct room_request *request; /* the one under way then */
    int64_t last_row;
    bool hands_up;          /* once more what the script asks for; else that is done */
    struct room_said *said; /* and not done, the newest first */
    char log[16384];        /* lines of level warn and above */
};

/* The language of rooms made from now on; "en" at first. */
void room_speak(const char *language);

/* Opens everything with an empty folder and stops the clock; limits 0: the defaults,
 * with a sanitizer five times the CPU. */
struct room *room_new(size_t memory_limit, int64_t cpu_limit_ms);
/* The same with one plugin, "p", whose init.lua begins with `local bot = ...` and goes on
 * with `code`; `grants` as in room_load. */
struct room *room_open(const char *code, const char *grants);
void room_free(struct room *room);

/* As if the host had ended and begun again: the store stays, nothing is loaded. From then
 * on in that time zone; NULL: UTC. */
void room_restart(struct room *room, const char *zone);

/* Adds to what the room did. */
void room_note(struct room *room, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* room_say.c: its journal, as functions of script_im; and an end to it. */
void room_done(void *room, int64_t row);
void room_again(void *room, int64_t row);
bool room_read(void *room, int64_t row, account_read_fn *fn, void *arg);
void room_unsay(struct room *room);

/* room_web.c: where the room's requests go. */
struct script_web room_web(struct room *room);

/* Requests to the web are real from now on; `ca_file` may be NULL. */
void room_open_web(struct room *room, const char *ca_file);

void room_write(struct room *room, const char *plugin, const char *file,
                const char *text);

/* Writes a manifest (version 1.0.0) and init.lua, then loads it. `options` is Lua for the
 * manifest's options; `grants` one text with commas. */
bool room_try_load(struct room *room, const char *plugin, const char *code,
                   const char *options, const char *grants, struct err *err);
void room_load(struct room *room, const char *plugin, const char *code,
               const char *grants);
void room_manifest(struct room *room, const char *plugin, const char *version,
                   const char *options);

/* A text message with a journal row, which is returned. `group` NULL: in private. */
int64_t room_say(struct room *room, const char *group, const char *sender,
                 const char *text);
int64_t room_content(struct room *room, const char *group, const char *sender,
                     const char *type, const char *json);

/* Keeps expected log lines from standard error, until told otherwise or room_free. */
void room_quiet(bool quiet);

/* No longer leaves calls unanswered, those made so far included. */
void room_answer(struct room *room);

/* Lets deferred things happen, without waiting. */
void room_turn(struct room *room);

/* Moves the clock and lets what is due happen. */
void room_pass(struct room *room, int64_t ms);

/* Whether one of the lines holds `part`; the newest line. */
bool room_did(const struct room *room, const char *part);
const char *room_last(const struct room *room);
bool room_is_done(const struct room *room, int64_t row);
void room_forget(struct room *room); /* lines and rows */

/* Evaluates and gives the result, or "error: …". */
const char *room_eval(struct room *room, const char *plugin, const char *code);

#endif
