/*
 * news: what a script says and asks for (script_exec), done in the process and the folder
 * of whoever began it: lines on standard output, a bar on a terminal, files read and
 * appended to.
 *
 * Layer: app.
 */
#ifndef APP_NEWS_H
#define APP_NEWS_H

#include "base/json.h"

struct news {
    const char *name; /* of the script; borrowed */
    bool quiet;       /* shows no bar */
    bool shown;       /* a bar is on the terminal */
    bool ended;
    int status;   /* of the ended script */
    char tail[4]; /* of the input: the beginning of a character */
    size_t tail_len;
    int64_t input_at; /* how much of it was read */
};

/* Obeys a list of news; what it asks for is added to the array `answers`. */
void news_take(struct news *news, const struct json *list, struct json *answers);

/* Takes the bar away, for lines of somebody else. */
void news_clear(struct news *news);

#endif
