/*
 * fixture: an account against the scripted server, with a frozen clock, and a record of
 * what it reported. Each test starts with fixture_set_up and ends with
 * fixture_tear_down, which proves that the loop is empty (loop_free).
 */
#ifndef SPEC_IM_FIXTURE_H
#define SPEC_IM_FIXTURE_H

#include "../../support/wire_server.h"

#include "im/account.h"

struct seen {
    char uid[64], content[512], sender[64], target[64], event[80], plugin[64];
    bool redelivered, offline;
    int64_t row, sent_ms, received_ms;
};

struct fixture {
    struct wire *wire;
    struct store *store;
    struct account *account;
    const char *path; /* of the database (fixture_on_disk); NULL: in memory */
    enum store_durable durable;
    struct account_config config;
    struct str url;

    enum account_state states[512];
    char details[512][200];
    size_t state_count;
    struct seen seen[2048];
    size_t seen_count;
    bool done_at_once; /* account_done inside on_message */

    size_t sent_count, failed_count;
    char last_uid[64];
    struct err last_err;
};

extern struct fixture *fix;

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

void fixture_on_disk(void); /* the store of fixture_open is a file, until the end */
void fixture_open(void);    /* account_open, and what was changed in fix->config */
void fixture_close(void);   /* account and store, as a stop would */
void fixture_online(void);  /* opens and waits for it */

void fixture_until_state(enum account_state state);
void fixture_until_seen(size_t count);
void fixture_until_acked(size_t count);    /* messages, to the server */
void fixture_check_seen(const char *want); /* what was handed up: "text text ..." */
void fixture_until_sent(size_t count);     /* sent_count + failed_count */
void fixture_until_connects(int count);

struct account_call *fixture_send(const char *target, const char *text, const char *key);

/* Lets `ms` go by and turns the loop. */
void fixture_pass(int64_t ms);

/* Lets it go by in steps, without waiting for what comes from outside. */
void fixture_steps(int64_t ms, int64_t step_ms);

#endif
