#include "sandbox/post.h"

#include "base/clock.h"
#include "base/json.h"
#include "proto/content.h"
#include "sandbox/topics.h"
#include "sandbox/words.h"

#define OBJECT_MAX 64

/* The content with `text` in place of its "content" member, in the arena. */
static struct str with_text(struct sandbox *box, const struct json *content,
                            struct str text)
{
    struct json *made = json_object();
    const struct json *member = NULL;
    struct buf name;
    buf_init(&name, CONTENT_MAX);
    while ((member = json_next(content, member))) {
        buf_reset(&name);
        buf_add_str(&name, json_name(member));
        if (str_eq(json_name(member), STR("content")))
            json_add_str(made, "content", text);
        else if (name.at)
            json_add(made, name.at, json_copy(member));
    }
    buf_reset(&name);
    struct str out = json_write(made, &name) ? box_copy(box, buf_str(&name)) : STR_NONE;
    buf_clear(&name);
    json_free(made);
    return out;
}

static int check_words(struct sandbox *box, struct letter *letter)
{
    if (words_count(box->words) == 0 || !str_eq(letter->object, STR("RC:TxtMsg")))
        return STATUS_OK;
    struct json *content = json_parse(letter->content, NULL);
    struct str text = json_str(json_get(content, "content"));
    int status = STATUS_OK;
    switch (words_check(box->words, text, &box->scratch)) {
    case WORDS_CLEAN:
        break;
    case WORDS_BLOCKED:
        status = STATUS_WORD_BLOCKED;
        break;
    case WORDS_REPLACED:
        letter->content = with_text(box, content, buf_str(&box->scratch));
        status = letter->content.at ? STATUS_WORD_REPLACED : STATUS_WORD_BLOCKED;
        break;
    }
    json_free(content);
    return status;
}

static int check_private(struct sandbox *box, const struct letter *letter,
                         const struct user *from)
{
    const struct user *to = state_find_user(&box->state, letter->target);
    if (to && map_get(&to->black, letter->from))
        return STATUS_BLACKLISTED;
    if (to && to->white.len && !map_get(&to->white, letter->from))
        return STATUS_NOT_WHITE;
    return from->chat_muted ? STATUS_CHAT_MUTED : STATUS_OK;
}

static int check_group(struct sandbox *box, const struct letter *letter,
                       const struct user *from, int64_t now)
{
    const struct group *group = state_find_group(&box->state, letter->target);
    if (!group || !group_has(group, letter->from))
        return STATUS_NOT_IN_GROUP;
    if (gag_holds(&group->gags, letter->from, now) || from->muted_until > now)
        return STATUS_GROUP_MUTED;
    if (group->banned && !map_get(&group->white, letter->from))
        return STATUS_GROUP_MUTED;
    return STATUS_OK;
}

static int check_room(struct sandbox *box, const struct letter *letter,
                      const struct user *from, int64_t now)
{
    const struct room *room = state_find_room(&box->state, letter->target);
    if (!room)
        return STATUS_NO_ROOM;
    if (!map_get(&room->members, letter->from))
        return STATUS_NOT_IN_ROOM;
    if ((room->banned && !map_get(&room->white, letter->from)) ||
        from->rooms_muted_until > now || gag_holds(&room->gags, letter->from, now))
        return STATUS_ROOM_MUTED;
    return STATUS_OK;
}

int post_check(struct sandbox *box, struct letter *letter)
{
    const struct user *from = state_find_user(&box->state, letter->from);
    int64_t now = clock_wall_ms();
    int status = STATUS_OK;
    if (!from || letter->object.len == 0 || letter->object.len > OBJECT_MAX ||
        letter->content.len > CONTENT_MAX || !str_is_utf8(letter->content) ||
        !str_is_utf8(letter->object))
        return STATUS_BAD;
    if (letter->type == CHAT_ROOM)
        status = check_room(box, letter, from, now);
    else if (letter->type == CHAT_GROUP)
        status = check_group(box, letter, from, now);
    else if (!state_id_ok(letter->target))
        status = STATUS_BAD;
    else
        status = check_private(box, letter, from);
    return status == STATUS_OK ? check_words(box, letter) : status;
}
