#include "sandbox/bots.h"

#include "base/clock.h"
#include "base/json.h"
#include "sandbox/hooks.h"
#include "sandbox/post.h"

#include <inttypes.h>
#include <stdio.h>

#define EVENT_MAX ((size_t)1 << 20)

/* Is the name in the list? An empty list has all. */
static bool wanted(const struct json *list, struct str name)
{
    const struct json *one = NULL;
    while ((one = json_next(list, one))) {
        if (str_eq(json_str(one), name))
            return true;
    }
    return json_size(list) == 0;
}

static struct json *describe(const struct message *message, const struct user *bot,
                             const char *type, const char *source)
{
    static const char *const members[] = { "name", "profileUrl", "type", "metadata" };
    const struct letter *letter = &message->letter;
    char time[24];
    struct json *event = json_object();
    json_add_str(event, "type", str_from(type));
    json_add_int(event, "timestamp", clock_wall_ms());
    struct json *about = json_add(event, "bot", json_object());
    json_add_str(about, "userId", bot->id);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct json *member = json_get(bot->bot, members[i]);
        if (member)
            json_add(about, members[i], json_copy(member));
    }
    struct json *data = json_add(event, "data", json_object());
    json_add_str(data, "fromUserId", letter->from);
    json_add_str(data, "toUserId", letter->target);
    json_add_str(data, "objectName", letter->object);
    json_add_str(data, "content", letter->content);
    json_add_str(data, "channelType", str_from(hooks_channel(letter->type)));
    snprintf(time, sizeof time, "%" PRId64, message->time);
    json_add_str(data, "msgTimestamp", str_from(time));
    json_add_str(data, "msgUID", str_from(message->uid));
    json_add_str(data, "source", str_from(source));
    return event;
}

static void tell(struct sandbox *box, const struct message *message,
                 const struct user *bot, const char *type, const char *source)
{
    struct buf text;
    const struct json *one = NULL, *list = json_get(bot->bot, "integrations");
    struct json *event = describe(message, bot, type, source);
    buf_init(&text, EVENT_MAX);
    if (json_write(event, &text)) {
        while ((one = json_next(list, one))) {
            if (json_bool(json_get(one, "enabled"), true) &&
                str_eq(json_str(json_get(one, "type")), STR("webhook")) &&
                wanted(json_get(one, "objectNames"), message->letter.object) &&
                wanted(json_get(one, "events"), str_from(type)))
                hooks_post_at(box->hooks, HOOK_BOTS,
                              json_str(json_get(one, "callbackUrl")), bot->id,
                              buf_str(&text));
        }
    }
    buf_clear(&text);
    json_free(event);
}

static void tell_mentioned(struct sandbox *box, const struct message *message,
                           const char *source)
{
    const struct letter *letter = &message->letter;
    const struct group *group = state_find_group(&box->state, letter->target);
    struct json *content = json_parse(letter->content, NULL);
    const struct json *info = json_get(content, "mentionedInfo"), *one = NULL;
    bool all = json_int(json_get(info, "type"), 0) == 1;
    for (size_t i = 0; group && info && i < group->count; i++) {
        const struct user *user = group->members[i].user;
        bool named = all;
        if (!user->bot || str_eq(user->id, letter->from) ||
            !post_is_addressed(letter, user->id))
            continue;
        while (!named && (one = json_next(json_get(info, "userIdList"), one)))
            named = str_eq(json_str(one), user->id);
        if (named)
            tell(box, message, user, "message:group_mentioned", source);
        one = NULL;
    }
    json_free(content);
}

void bots_tell(struct sandbox *box, const struct message *message, const char *source)
{
    const struct letter *letter = &message->letter;
    if (letter->type == CHAT_GROUP) {
        tell_mentioned(box, message, source);
    } else if (letter->type == CHAT_PRIVATE) {
        const struct user *user = state_find_user(&box->state, letter->target);
        if (user && user->bot && !str_eq(user->id, letter->from))
            tell(box, message, user, "message:private", source);
    }
}
