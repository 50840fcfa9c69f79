/* An account whose token comes from a program or from the App Server, in a folder of its
 * own, with all that is logged kept to be looked into. */
#ifndef SPEC_TOKEN_FIXTURE_H
#define SPEC_TOKEN_FIXTURE_H

#include "fixture.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)

extern char token_logged[65536];
extern char token_folder[64]; /* programs work in it */

int token_set_up(void **state);
int token_tear_down(void **state);

/* Of the latest state, and the account's own. */
const char *token_detail(void);
void token_until_detail(const char *text);
void token_until_logged(const char *text);

extern struct str token_words[3]; /* its argv */

/* A shell program; `script` must live as long as the test. */
void token_use_command(const char *script);
void token_use_app_server(void);

/* The text of a file in the folder; empty if there is none. */
char *token_read_file(const char *name);

/* Prints TOKEN-1, TOKEN-2 ... and notes what it was told. */
#define COUNTING                                                                         \
    "n=$(cat n 2>/dev/null); n=$((${n:-0} + 1)); echo $n > n; "                          \
    "echo \"$MOONDOCK_APP_KEY $MOONDOCK_USER $MOONDOCK_RENEW\" >> told; "

#endif
