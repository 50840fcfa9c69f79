/*
 * refusal: what each status of CONNACK and DISCONNECT means and what follows from it
 * (design.md 6, wire.md D).
 *
 * Layer: im.  Thread: any. Pure.
 */
#ifndef IM_REFUSAL_H
#define IM_REFUSAL_H

enum refusal_class {
    REFUSAL_RETRY,   /* at once, then with growing delays */
    REFUSAL_NAVI,    /* ask navi anew, then connect */
    REFUSAL_TOKEN,   /* get a new token, then connect */
    REFUSAL_BLOCKED, /* try every ten minutes */
    REFUSAL_KICKED,  /* a person; or as retry, if the policy says so */
    REFUSAL_PERSON,  /* stop */
};

struct refusal {
    enum refusal_class class;
    const char *text; /* what it means and, for a person, what to do */
};

struct refusal refusal_of_connack(int status);
struct refusal refusal_of_disconnect(int status);

#endif
