#include "sandbox/friends.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/events.h"
#include "sandbox/hooks_tell.h"
#include "sandbox/save.h"
#include "sandbox/topics.h"

static void tell(struct sandbox *box, struct user *user, const struct user *other,
                 const struct user *operator, int sub_type, const struct pb_type *type,
                 const void *data)
{
    struct buf bytes;
    buf_init(&bytes, 65536);
    if (pb_encode(type, data, &bytes, NULL)) {
        struct happening what = { EVENT_FRIEND, sub_type, other->id, operator->id,
                                  buf_str(&bytes) };
        event_tell(box, user, &what);
    }
    buf_clear(&bytes);
}

/* `user` hears that a request between him and `other` was made or refused. */
static void tell_request(struct sandbox *box, struct user *user, const struct user *other,
                         const struct user *operator, int sub_type)
{
    const struct request *request = map_get(&user->requests, other->id);
    struct friend_apply_event event = { 0 };
    pb_put(event, friend_apply_event, apply_type, request->received ? 2 : 1);
    pb_put(event, friend_apply_event, friend_type, 2);
    pb_put(event, friend_apply_event, info, request->text);
    pb_put(event, friend_apply_event, name, other->name);
    pb_put(event, friend_apply_event, portrait_url, other->portrait);
    tell(box, user, other, operator, sub_type, &friend_apply_event_type, &event);
}

static void tell_added(struct sandbox *box, struct user *user, const struct user *other,
                       const struct user *operator)
{
    const struct friend *one = map_get(&user->friends, other->id);
    struct friend_user_info event = { 0 };
    pb_put(event, friend_user_info, user_id, other->id);
    pb_put(event, friend_user_info, relation_time, one->since_ms);
    pb_put(event, friend_user_info, friend_type, 2);
    pb_put(event, friend_user_info, name, other->name);
    pb_put(event, friend_user_info, portrait_url, other->portrait);
    tell(box, user, other, operator, FRIEND_ADDED, &friend_user_info_type, &event);
}

static void tell_removed(struct sandbox *box, struct user *user, struct user *other,
                         const struct user *operator)
{
    struct friends_input event = { 0 };
    pb_put_list(event, friends_input, target_id, &other->id, 1);
    pb_put(event, friends_input, type, 2);
    tell(box, user, other, operator, FRIEND_DELETED, &friends_input_type, &event);
}

static void set_request(struct user *user, const struct user *other, bool received,
                        int status, struct str text)
{
    struct request *request = map_get(&user->requests, other->id);
    if (!request) {
        request = MEM_NEW(struct request);
        map_set(&user->requests, other->id, request);
    }
    request->received = received;
    request->status = status;
    request->time_ms = clock_wall_ms();
    state_set(&request->text, text);
}

static void settle_request(struct user *user, const struct user *other, int status)
{
    struct request *request = map_get(&user->requests, other->id);
    if (request) {
        request->status = status;
        request->time_ms = clock_wall_ms();
    }
}

static void befriend(struct user *user, const struct user *other)
{
    struct friend *one = MEM_NEW(struct friend);
    one->since_ms = clock_wall_ms();
    map_set(&user->friends, other->id, one);
    settle_request(user, other, FRIEND_ACCEPTS);
}

static void save_both(struct sandbox *box, const struct user *a, const struct user *b)
{
    save_user(box, a);
    save_user(box, b);
}

bool friends_add(struct sandbox *box, struct user *user, struct user *other)
{
    if (user == other || map_get(&user->friends, other->id))
        return false;
    befriend(user, other);
    befriend(other, user);
    save_both(box, user, other);
    tell_added(box, user, other, user);
    tell_added(box, other, user, user);
    hooks_tell_friends(box, user->id, other->id);
    return true;
}

bool friends_remove(struct sandbox *box, struct user *user, struct user *other)
{
    struct friend *mine = map_del(&user->friends, other->id);
    struct friend *theirs = map_del(&other->friends, user->id);
    if (!mine)
        return false;
    free((char *)mine->remark.at);
    free(mine);
    free((char *)theirs->remark.at);
    free(theirs);
    save_both(box, user, other);
    tell_removed(box, user, other, user);
    tell_removed(box, other, user, user);
    return true;
}

static bool is_waiting(const struct user *user, const struct user *other)
{
    const struct request *request = map_get(&user->requests, other->id);
    return request && request->received && request->status == FRIEND_WAITS;
}

int friends_ask(struct sandbox *box, struct user *user, struct user *other,
                struct str text)
{
    if (user == other)
        return STATUS_FRIEND_SELF;
    if (map_get(&user->friends, other->id))
        return STATUS_FRIEND_ALREADY;
    if (map_get(&other->black, user->id))
        return STATUS_FRIEND_BLACK;
    if (map_get(&user->black, other->id))
        return STATUS_FRIEND_MY_BLACK;
    if (other->friend_level == FRIEND_NOBODY)
        return STATUS_FRIEND_CLOSED;
    if (other->friend_level == FRIEND_FREE || is_waiting(user, other)) {
        friends_add(box, user, other);
        return STATUS_OK;
    }
    set_request(user, other, false, FRIEND_WAITS, text);
    set_request(other, user, true, FRIEND_WAITS, text);
    save_both(box, user, other);
    tell_request(box, user, other, user, FRIEND_REQUESTED);
    tell_request(box, other, user, user, FRIEND_REQUESTED);
    return STATUS_FRIEND_WAITS;
}

bool friends_answer(struct sandbox *box, struct user *user, struct user *other,
                    bool accept)
{
    if (!is_waiting(user, other))
        return false;
    if (accept)
        return friends_add(box, user, other);
    settle_request(user, other, FRIEND_REFUSES);
    settle_request(other, user, FRIEND_REFUSES);
    save_both(box, user, other);
    tell_request(box, user, other, user, FRIEND_REFUSED);
    tell_request(box, other, user, user, FRIEND_REFUSED);
    return true;
}
