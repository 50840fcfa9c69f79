/*
 * requests: questions and orders over the socket that are no messages: recall, history
 * and the group and friend services. Made in one turn, sent after its commit; they wait
 * for a connection and, being harmless, are sent again when it is lost, for 30 s in all.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_REQUESTS_H
#define IM_REQUESTS_H

#include "im/account.h"
#include "im/governor.h"
#include "im/link.h"

struct requests;

/* Borrows `line`: recalls are messages to the governor. */
struct requests *requests_new(struct loop *loop, struct governor_line *line);

/* What waits ends with ERR_CLOSED. The link must be closed already. */
void requests_free(struct requests *requests);

struct recall_order {
    enum conversation_type type;
    struct str target, uid;
    int64_t sent_ms;
};

struct account_call *requests_recall(struct requests *requests,
                                     const struct recall_order *order,
                                     account_done_fn *done, void *arg, struct err *err);

struct account_call *requests_history(struct requests *requests,
                                      const struct history_query *query,
                                      account_history_fn *done, void *arg,
                                      struct err *err);

/* Any other query: `payload` (copied) to `target`, empty: ourselves. The answer's payload
 * is borrowed for the call. */
typedef void requests_answer_fn(void *arg, struct str payload, const struct err *why);
struct account_call *requests_ask(struct requests *requests, const char *topic,
                                  struct str target, struct str payload,
                                  requests_answer_fn *done, void *arg, struct err *err);

void requests_up(struct requests *requests, struct link *link, struct str user);
void requests_down(struct requests *requests);
void requests_committed(struct requests *requests);

#endif
