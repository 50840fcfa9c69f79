#include "im/webhook_feed.h"

#include "proto/content.h"
#include "proto/operation.h"

#define ID_MAX 64
#define USERS_MAX 1000

/* What notices call it, with both answers of the mutes. */
static const char *operation_of(int64_t type, const struct json *data)
{
    if (type == OPERATION_MUTED_ALL)
        return json_int(json_get(data, "muteStatus"), 0) == 0 ? "UnmuteAll" : "MuteAll";
    if (type == OPERATION_MUTED)
        return json_int(json_get(data, "minute"), 0) < 0 ? "UnmuteMember" : "MuteMember";
    return operation_word(type);
}

static bool read_id(const struct json *item, const char *name, struct str *out,
                    struct err *err)
{
    *out = json_str(json_get(item, name));
    return (out->len > 0 && out->len <= ID_MAX) ||
           err_set(err, ERR_PROTO, "%s is missing or too long", name);
}

static bool read_users(const struct json *item, struct arena *arena, struct str **users,
                       size_t *count, struct err *err)
{
    const struct json *list = json_get(item, "userIds"), *one = NULL;
    *count = 0;
    *users = arena_alloc(arena, (json_size(list) + 1) * sizeof(**users));
    if (!*users || json_size(list) > USERS_MAX)
        return err_set(err, ERR_PROTO, "userIds: more than %d", USERS_MAX);
    while ((one = json_next(list, one))) {
        struct str id = json_str(one);
        if (id.len == 0 || id.len > ID_MAX)
            return err_set(err, ERR_PROTO, "userIds: want ids of 1 to %d bytes", ID_MAX);
        (*users)[(*count)++] = id;
    }
    return true;
}

/* Appends the content of a notice, or of what happened to a friendship. */
static bool write_group(const struct webhook_event *event, const char *operation,
                        struct str by, const struct str *users, size_t count,
                        struct buf *out, struct err *err)
{
    const struct json *data = json_get(event->data, "data");
    int64_t minutes = json_int(json_get(data, "minute"), 0);
    struct content_notice notice = {
        .operator_id = by,
        .operation = str_from(operation),
        .message = json_str(json_get(data, "bulletin")),
        .group_name = json_str(json_get(data, "name")),
        .minutes = minutes > 0 ? minutes : 0, /* 0: for good; -1: no longer */
        .timestamp = event->time_ms,
        .targets = users,
        .target_count = count,
    };
    return content_group_notice(out, &notice, err);
}

static bool write_friend(struct str other, struct str user, bool added, struct buf *out)
{
    struct json *content = json_object();
    json_add_str(content, "operation", added ? STR("AcceptResponse") : STR("Delete"));
    json_add_str(content, "sourceUserId", other);
    json_add_str(content, "targetUserId", user);
    bool fits = json_write(content, out);
    json_free(content);
    return fits;
}

/* The other one of two who are friends, or no longer. */
static struct str other_of(struct str user, struct str by, const struct str *users,
                           size_t count)
{
    if (count != 1)
        return STR_NONE;
    return str_eq(user, by) ? users[0] : str_eq(user, users[0]) ? by : STR_NONE;
}

static bool fill(const struct webhook_event *event, struct str user, struct arena *arena,
                 struct message *out, struct buf *content, struct err *err)
{
    const struct json *item = event->data;
    int64_t type = json_int(json_get(item, "eventType"), 0);
    struct str id, by, *users;
    size_t count;
    if (!read_id(item, "id", &id, err) || !read_id(item, "optUserId", &by, err) ||
        !read_users(item, arena, &users, &count, err))
        return false;
    if (event->time_ms <= 0)
        return err_set(err, ERR_PROTO, "time is missing or no time");
    out->sent_ms = event->time_ms;
    if (type == OPERATION_FRIEND_ADDED || type == OPERATION_FRIEND_REMOVED) {
        struct str other = other_of(user, by, users, count);
        if (other.len == 0)
            return err_set(err, ERR_UNSUPPORTED, "it is not about the bot");
        out->type = CONVERSATION_PRIVATE;
        out->object_name = STR("RC:ContactNtf");
        out->target = out->sender = arena_copy(arena, other);
        return write_friend(other, user, type == OPERATION_FRIEND_ADDED, content);
    }
    const char *operation = operation_of(type, json_get(item, "data"));
    if (!operation)
        return err_set(err, ERR_UNSUPPORTED, "no event is made of it");
    if (!read_id(item, "groupId", &out->target, err))
        return false;
    out->type = CONVERSATION_GROUP;
    out->object_name = STR("RC:GrpNtf");
    out->target = arena_copy(arena, out->target);
    out->sender = arena_copy(arena, by);
    return write_group(event, operation, by, users, count, content, err);
}

bool webhook_read_feed(const struct webhook_event *event, struct str user,
                       struct arena *arena, struct message *out, struct err *err)
{
    struct buf content, uid;
    *out = (struct message){ 0 };
    buf_init(&content, WEBHOOK_CONTENT_MAX);
    buf_init(&uid, ID_MAX + sizeof(MESSAGE_FEED));
    bool good = fill(event, user, arena, out, &content, err);
    if (good) {
        buf_add_str(&uid, STR(MESSAGE_FEED));
        buf_add_str(&uid, json_str(json_get(event->data, "id")));
        out->uid = arena_copy(arena, buf_str(&uid));
        out->content = arena_copy(arena, buf_str(&content));
        good = (out->uid.len > 0 && out->content.len > 0 && out->target.len > 0) ||
               err_set(err, ERR_PROTO, "it is too large");
    }
    buf_clear(&content);
    buf_clear(&uid);
    return good;
}
