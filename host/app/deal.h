/*
 * deal: which worker owns which bot.
 *
 * A bot that names its worker (`worker = K`) belongs to that one, any other to the one
 * that its name is hashed to: always the same for the same number of workers, and of N
 * workers one more takes about one bot in N + 1, all others stay where they are.
 *
 * Layer: app.
 */
#ifndef APP_DEAL_H
#define APP_DEAL_H

#include "app/config.h"

#define DEAL_WORKERS_MAX 16

/* Reads `workers` and sets each bot's worker; a line per mistake. */
void deal_bots(struct config *config, struct buf *problems);

/* From 1 to `workers`. */
int deal_worker(struct str name, int workers);

/* Appends a line for each difference that a running host cannot follow: another number
 * of workers, or a bot that another worker would have to take over. */
void deal_compare(const struct config *old, const struct config *next,
                  struct buf *problems);

#endif
