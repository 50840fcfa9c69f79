/* The key-values of messages (server-api.md 9.3). A change is a message that clients read
 * it from, as when one of them makes it. */
#include "sandbox/expand.h"
#include "sandbox/post.h"
#include "sandbox/rest.h"

#include <stdio.h>

#define KEYS_MAX 100 /* of one call */
#define TEXT_MAX 1048576
#define PAGE 100

/* One call: which message of which conversation, and what becomes of it. */
struct expansion {
    struct str uid, user, target;
    int type;
    bool to_sender;
};

static bool read_call(struct call *call, struct expansion *out)
{
    int64_t type;
    if (!rest_text(call, "msgUID", 64, &out->uid) ||
        !rest_id(call, "userId", &out->user) ||
        !rest_int(call, "conversationType", 1, 3, 0, &type) ||
        !rest_id(call, "targetId", &out->target) ||
        !rest_flag(call, "isSyncSender", false, &out->to_sender))
        return false;
    out->type = (int)type;
    return type == CHAT_PRIVATE || type == CHAT_GROUP ||
           rest_fail(call, REST_PARAMETER, "conversationType must be 1 or 3.");
}

static bool tell(struct call *call, const struct expansion *expansion,
                 const struct json *content)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    bool fine = json_write(content, &text);
    struct letter letter = {
        .type = expansion->type,
        .from = expansion->user,
        .target = expansion->target,
        .object = STR("RC:MsgExMsg"),
        .content = buf_str(&text),
    };
    fine = fine &&
           post(call->box, &letter, &(struct post){ .to_sender = expansion->to_sender });
    buf_clear(&text);
    return fine || rest_fail(call, REST_TOO_LONG, "The change is too large.");
}

/* `given`, which becomes the member `name` of the change. */
static bool change(struct call *call, const char *name, struct json *given,
                   enum json_kind kind)
{
    struct expansion expansion;
    struct json *content = json_object();
    const struct message *message = NULL;
    bool fine =
        json_kind(given) == kind && json_size(given) > 0 && json_size(given) <= KEYS_MAX;
    if (!fine) {
        rest_fail(call, REST_PARAMETER, "Want 1 to %d keys, in JSON.", KEYS_MAX);
    } else if ((fine = read_call(call, &expansion))) {
        message = expand_find(call->box, expansion.uid, expansion.type, expansion.user,
                              expansion.target);
        fine = message ||
               rest_fail(call, REST_PARAMETER, "msgUID names no message to be expanded.");
    }
    if (fine) {
        json_add_str(content, "mid", expansion.uid);
        json_add(content, name, json_copy(given));
        struct json *merged = expand_merge(message, content, call->now);
        fine = merged ? tell(call, &expansion, content)
                      : rest_fail(call, REST_PARAMETER, "A key or value does not fit.");
        json_free(merged);
    }
    json_free(content);
    json_free(given);
    return fine;
}

static bool set(struct call *call)
{
    return change(call, "put", json_parse(rest_get(call, "extraKeyVal"), NULL),
                  JSON_OBJECT);
}

static bool del(struct call *call)
{
    return change(call, "del", json_parse(rest_get(call, "extraKey"), NULL), JSON_ARRAY);
}

static bool query(struct call *call)
{
    struct str uid;
    int64_t page, at = 0;
    if (!rest_text(call, "msgUID", 64, &uid) ||
        !rest_int(call, "pageNo", 1, INT32_MAX, 1, &page))
        return false;
    const struct message *message = mail_find(&call->box->mail, uid);
    struct json *all = message ? json_parse(message->letter.extra_content, NULL) : NULL;
    struct json *content = json_add(call->answer, "extraContent", json_object());
    const struct json *one = NULL;
    for (; (one = json_next(all, one)); at++) {
        char key[EXPAND_KEY_MAX + 1];
        snprintf(key, sizeof key, "%.*s", STR_ARG(json_name(one)));
        if (at / PAGE == page - 1)
            json_add(content, key, json_copy(one));
    }
    json_free(all);
    return true;
}

const struct endpoint expand_endpoints[] = {
    { "/message/expansion/set.json", set },
    { "/message/expansion/delete.json", del },
    { "/message/expansion/query.json", query },
    { NULL, NULL },
};
