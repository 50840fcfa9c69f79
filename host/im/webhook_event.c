#include "im/webhook_event.h"

#include "base/digest.h"
#include "net/server.h"
#include "proto/content.h"

#include <stdio.h>

#define TEXT_MAX ((size_t)8 << 20) /* of a body written anew */
#define FIELDS_MAX 50
#define RECALL 1 /* eventType of an operation */

_Static_assert(WEBHOOK_KEY_SIZE == DIGEST_SHA1_HEX, "a key is a digest");

/* What has to be there (one of the first two names is enough), and what tells one event
 * from another. */
static const struct {
    const char *needs[3];
    const char *key[9];
} rows[WEBHOOKS] = {
    [WEBHOOK_OPERATIONS] = { { "eventType", NULL, "fromUserId" },
                             { "eventType", "originalMsgInfo", "optTime",
                               "fromUserId" } },
    [WEBHOOK_AUDITS] = { { "msgUID", NULL, "result" },
                         { "msgUID", "serviceProvider", "result" } },
    [WEBHOOK_GROUPS] = { { "groupId", NULL, NULL },
                         { "groupId", "eventType", "time", "optUserId", "userIds",
                           "groupName", "groupProfile", "permissions" } },
    [WEBHOOK_ROOMS] = { { "chatRoomId", "chatroomId", NULL },
                        { "chatRoomId", "chatroomId", "type", "time", "userIds", "userId",
                          "key", "value" } },
    [WEBHOOK_USERS] = { { "userId", NULL, NULL },
                        { "userId", "type", "eventType", "toUserId", "operateId", "time",
                          "userProfile", "userExtProfile" } },
    [WEBHOOK_BOTS] = { { "type", NULL, "bot" }, { "bot", "type", "data", "timestamp" } },
    [WEBHOOK_FEED] = { { "id", NULL, "eventType" }, { "id" } },
};

/* JSON as text inside of JSON. */
static const char *const nested[] = { "content",       "resultDetail",    "groupProfile",
                                      "permissions",   "groupExtProfile", "userProfile",
                                      "userExtProfile" };

static bool is_there(const struct json *item, const char *name)
{
    const struct json *node = name ? json_get(item, name) : NULL;
    return json_kind(node) == JSON_NUMBER || json_kind(node) == JSON_OBJECT ||
           (json_str(node).len > 0 && json_str(node).len <= WEBHOOK_TEXT_MAX);
}

static bool check_item(enum webhook kind, const struct json *item, struct err *err)
{
    const char *const *needs = rows[kind].needs;
    if (json_kind(item) != JSON_OBJECT)
        return err_set(err, ERR_PROTO, "want an object");
    if (!is_there(item, needs[0]) && !is_there(item, needs[1]))
        return err_set(err, ERR_PROTO, "%s is missing or too long", needs[0]);
    if (needs[2] && !is_there(item, needs[2]))
        return err_set(err, ERR_PROTO, "%s is missing or too long", needs[2]);
    return true;
}

static void make_key(struct webhook_event *event)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (const char *const *name = rows[event->kind].key; *name; name++) {
        const struct json *node = json_get(event->data, *name);
        if (node)
            json_write(node, &text);
        buf_add_byte(&text, '\n');
    }
    struct str part = buf_str(&text);
    digest_sha1_hex(&part, 1, event->key);
    buf_clear(&text);
}

static void tell_item(enum webhook kind, const struct json *item, webhook_event_fn *fn,
                      void *arg)
{
    static const char *const times[] = { "time", "optTime", "timestamp" };
    struct webhook_event event = { .kind = kind, .data = item };
    make_key(&event);
    for (size_t i = 0; i < sizeof(times) / sizeof(*times) && event.time_ms <= 0; i++)
        event.time_ms = json_int(json_get(item, times[i]), 0);
    struct json *data = json_copy(item);
    for (size_t i = 0; i < sizeof(nested) / sizeof(*nested); i++) {
        struct str text = json_str(json_get(item, nested[i]));
        struct json *inner = text.len > 0 ? json_parse(text, NULL) : NULL;
        if (json_kind(inner) == JSON_OBJECT)
            json_add(data, nested[i], inner); /* the last of that name counts */
        else
            json_free(inner);
    }
    event.data = data;
    fn(arg, &event);
    json_free(data);
}

static struct json *read_form(struct str form, struct err *err)
{
    struct json *out = json_object();
    struct buf name, value;
    buf_init(&name, form.len + 1);
    buf_init(&value, form.len + 1);
    while (json_size(out) < FIELDS_MAX && server_param_next(&form, &name, &value)) {
        if (buf_str(&name).len > 0 && buf_add_byte(&name, '\0'))
            json_add_str(out, name.at, buf_str(&value));
    }
    buf_clear(&name);
    buf_clear(&value);
    if (json_size(out) > 0)
        return out;
    json_free(out);
    err_set(err, ERR_PROTO, "neither JSON nor a form");
    return NULL;
}

static bool is_json(struct str body)
{
    struct str start = str_trim(str_sub(body, 0, 16));
    return start.len > 0 && (start.at[0] == '{' || start.at[0] == '[');
}

bool webhook_read_events(enum webhook kind, struct str body, webhook_event_fn *fn,
                         void *arg, struct err *err)
{
    struct json *root = is_json(body) ? json_parse(body, err) : read_form(body, err);
    const struct json *wrapped = json_get(root, "profiles"), *item = NULL;
    const struct json *list = json_kind(wrapped) == JSON_ARRAY ? wrapped : root;
    bool is_list = json_kind(list) == JSON_ARRAY, good = root != NULL;
    if (good && is_list && json_size(list) > WEBHOOK_ITEMS_MAX)
        good = err_set(err, ERR_PROTO, "more than %d items", WEBHOOK_ITEMS_MAX);
    if (good && !is_list)
        good = check_item(kind, list, err);
    /* All of them are looked at before the first is told. */
    while (good && is_list && (item = json_next(list, item)))
        good = check_item(kind, item, err);
    if (good && !is_list)
        tell_item(kind, list, fn, arg);
    while (good && is_list && (item = json_next(list, item)))
        tell_item(kind, item, fn, arg);
    json_free(root);
    return good;
}

/* ---- recalls ---- */

static struct str recall_uid(struct str sender, struct str uid, struct arena *arena)
{
    char text[8 + DIGEST_SHA1_HEX] = "recall/";
    struct str parts[] = { sender, STR("\n"), uid };
    digest_sha1_hex(parts, 3, text + 7);
    return arena_copy(arena, str_from(text));
}

void webhook_name_recall(struct message *message, struct arena *arena)
{
    struct content content;
    if (!str_eq(message->object_name, STR("RC:RcCmd")) ||
        !content_parse(&content, message->object_name, message->content, NULL))
        return;
    struct str uid = content.recall.uid.len > 0
                         ? recall_uid(message->sender, content.recall.uid, arena)
                         : STR_NONE;
    message->uid = uid.len > 0 ? uid : message->uid;
    content_clear(&content);
}

static struct str read_text(const struct json *node, const char *name,
                            struct arena *arena)
{
    struct str text = json_str(json_get(node, name));
    return text.len <= WEBHOOK_TEXT_MAX ? arena_copy(arena, text) : STR_NONE;
}

bool webhook_read_recall(const struct webhook_event *event, struct arena *arena,
                         struct webhook_message *out, struct err *err)
{
    const struct json *data = event->data, *chat = json_get(data, "conversationInfo");
    const struct json *of = json_get(data, "originalMsgInfo");
    const struct json *how = json_get(data, "recallMsgInfo");
    int64_t type = json_int(json_get(chat, "conversationType"), 0);
    if (json_int(json_get(data, "eventType"), 0) != RECALL)
        return err_set(err, ERR_UNSUPPORTED, "it is no recall");
    if (type != CONVERSATION_PRIVATE && type != CONVERSATION_GROUP &&
        type != CONVERSATION_CHATROOM)
        return err_set(err, ERR_UNSUPPORTED, "no bot is in such a conversation");
    struct content_recall recall = {
        .type = type,
        .target = read_text(chat, "targetId", arena),
        .uid = read_text(of, "messageId", arena),
        .sent_ms = json_int(json_get(of, "messageTime"), 0),
        .is_delete = json_bool(json_get(how, "isDelete"), false),
        .is_admin = json_bool(json_get(how, "isAdmin"), false),
    };
    struct str sender = read_text(data, "fromUserId", arena);
    if (recall.target.len == 0 || recall.uid.len == 0 || sender.len == 0)
        return err_set(err, ERR_PROTO, "fromUserId, targetId or messageId is missing");
    if (event->time_ms <= 0)
        return err_set(err, ERR_PROTO, "optTime is missing or no time");
    struct buf content;
    buf_init(&content, WEBHOOK_CONTENT_MAX);
    bool good = content_recall(&content, &recall, err);
    *out = (struct webhook_message){ .message = {
                                         .type = (enum conversation_type)type,
                                         .target = recall.target,
                                         .sender = sender,
                                         .object_name = STR("RC:RcCmd"),
                                         .content = arena_copy(arena, buf_str(&content)),
                                         .uid = recall_uid(sender, recall.uid, arena),
                                         .sent_ms = event->time_ms,
                                         .status = WEBHOOK_STATUS,
                                     } };
    buf_clear(&content);
    if (good && (!out->message.content.at || !out->message.uid.at))
        return err_set(err, ERR_PROTO, "the body is too large");
    return good;
}
