#include "sandbox/applications.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/save.h"
#include "sandbox/topics.h"

#define EXPIRES_MS ((int64_t)7 * 86400000)
#define DETAIL_MAX 512 /* 128 characters */
#define ACCEPTED 1

static int status_now(const struct application *one)
{
    bool waits = one->status == APPLY_MANAGER_WAITS || one->status == APPLY_INVITEE_WAITS;
    return waits && clock_wall_ms() - one->time_ms > EXPIRES_MS ? APPLY_EXPIRED
                                                                : one->status;
}

/* Who may let others in: "joinPerm" says whose consent is wanted. */
static bool may_consent(const struct group *group, struct str user)
{
    bool owner_only = str_eq(group_setting(group, "joinPerm"), STR("0")) ||
                      group_setting(group, "joinPerm").len == 0;
    return hosted_role(group, user) >= (owner_only ? ROLE_OWNER : ROLE_MANAGER);
}

static bool went_to_managers(const struct application *one)
{
    return one->inviter.len == 0 || one->status == APPLY_MANAGER_WAITS ||
           one->status == APPLY_MANAGER_REFUSED ||
           (one->operator.len && !str_eq(one->operator, one->user));
}

/* What it is to `viewer`, or -1. */
static int direction(const struct group *group, const struct application *one,
                     struct str viewer)
{
    if (str_eq(viewer, one->user))
        return one->inviter.len ? APPLY_INVITED : APPLY_ASKED;
    if (str_eq(viewer, one->inviter))
        return APPLY_INVITING;
    return went_to_managers(one) && may_consent(group, viewer) ? APPLY_RECEIVED : -1;
}

bool applications_is_for(struct sandbox *box, const struct group *group,
                         const struct application *one, const struct user *viewer)
{
    return direction(group, one, viewer->id) >= 0 &&
           state_find_user(&box->state, one->user) != NULL;
}

static struct channels_user_info *describe_user(struct sandbox *box,
                                                const struct group *group, struct str id)
{
    const struct user *user = state_find_user(&box->state, id);
    return user ? hosted_describe_member(box, group, user) : NULL;
}

bool applications_describe(struct sandbox *box, const struct group *group,
                           const struct application *one, const struct user *viewer,
                           struct channels_invite_status_info *out)
{
    if (!applications_is_for(box, group, one, viewer))
        return false;
    struct channels_user_info *user = describe_user(box, group, one->user);
    struct channels_user_info *inviter = describe_user(box, group, one->inviter);
    struct channels_user_info *operator= describe_user(box, group, one->operator);
    if (!user)
        return false;
    *out = (struct channels_invite_status_info){ 0 };
    pb_put(*out, channels_invite_status_info, target_id, group->id);
    pb_put(*out, channels_invite_status_info, join_user_info, user);
    if (inviter)
        pb_put(*out, channels_invite_status_info, inviter_info, inviter);
    pb_put(*out, channels_invite_status_info, status, status_now(one));
    pb_put(*out, channels_invite_status_info, direction_type,
           direction(group, one, viewer->id));
    pb_put(*out, channels_invite_status_info, join_type,
           one->inviter.len ? JOIN_INVITED : JOIN_ASKED);
    pb_put(*out, channels_invite_status_info, detail, one->detail);
    pb_put(*out, channels_invite_status_info, apply_time, one->time_ms);
    if (operator) {
        pb_put(*out, channels_invite_status_info, process_info, operator);
        pb_put(*out, channels_invite_status_info, process_time, one->answered_ms);
    }
    return true;
}

static void tell(struct sandbox *box, const struct group *group,
                 const struct application *one, struct user *viewer,
                 struct str operator_id)
{
    struct channels_invite_status_info info;
    struct channel_apply_info data = { 0 };
    struct buf bytes;
    if (!viewer || !applications_describe(box, group, one, viewer, &info))
        return;
    pb_put_list(data, channel_apply_info, status_info, &info, 1);
    buf_init(&bytes, 65536);
    if (pb_encode(&channel_apply_info_type, &data, &bytes, NULL)) {
        struct happening what = { EVENT_APPLICATION, 0, group->id, operator_id,
                                  buf_str(&bytes) };
        event_tell(box, viewer, &what);
    }
    buf_clear(&bytes);
}

/* Saved, and told to the one it is about, to who invited, and to those who may consent.
 */
static void set(struct sandbox *box, struct group *group, struct application *one,
                int status, struct str operator_id)
{
    one->status = status;
    save_group(box, group);
    tell(box, group, one, state_find_user(&box->state, one->user), operator_id);
    tell(box, group, one, state_find_user(&box->state, one->inviter), operator_id);
    for (size_t i = 0; i < group->count; i++) {
        struct user *user = group->members[i].user;
        if (direction(group, one, user->id) == APPLY_RECEIVED)
            tell(box, group, one, user, operator_id);
    }
}

static void wait_for(struct sandbox *box, struct group *group, const struct user *user,
                     struct str inviter, int status)
{
    struct application *one = group_application(group, user->id, inviter);
    one->time_ms = clock_wall_ms();
    one->answered_ms = 0;
    state_set(&one->operator, STR_NONE);
    state_set(&one->detail, STR_NONE);
    set(box, group, one, status, inviter.len ? inviter : user->id);
}

int applications_ask(struct sandbox *box, struct group *group, struct user *user)
{
    struct str level = group_setting(group, "joinPerm");
    if (group_has(group, user->id))
        return STATUS_GROUP_MEMBER;
    if (str_eq(level, STR("3")))
        return STATUS_GROUP_CLOSED;
    if (str_eq(level, STR("1"))) {
        hosted_add(box, group, user, user);
        return STATUS_OK;
    }
    wait_for(box, group, user, STR_NONE, APPLY_MANAGER_WAITS);
    return STATUS_GROUP_WAITS;
}

/* Whether the word of who invites is not enough. */
static bool needs_manager(const struct group *group, struct str inviter)
{
    return !str_eq(group_setting(group, "joinPerm"), STR("1")) &&
           !may_consent(group, inviter);
}

int applications_invite(struct sandbox *box, struct group *group, struct user *user,
                        const struct user *inviter)
{
    if (group_has(group, user->id))
        return STATUS_OK;
    bool asks = str_eq(group_setting(group, "invitePerm"), STR("1"));
    if (!asks && !needs_manager(group, inviter->id)) {
        hosted_add(box, group, user, inviter);
        return STATUS_OK;
    }
    wait_for(box, group, user, inviter->id,
             asks ? APPLY_INVITEE_WAITS : APPLY_MANAGER_WAITS);
    return asks ? STATUS_INVITEE_WAITS : STATUS_GROUP_WAITS;
}

static int accept(struct sandbox *box, struct group *group, struct application *one,
                  const struct user *operator)
{
    struct user *user = state_user(&box->state, one->user);
    if (str_eq(operator->id, one->user) && needs_manager(group, one->inviter)) {
        set(box, group, one, APPLY_MANAGER_WAITS, operator->id);
        return STATUS_GROUP_WAITS;
    }
    hosted_add(box, group, user, operator);
    set(box, group, one, APPLY_JOINED, operator->id);
    return STATUS_OK;
}

int applications_answer(struct sandbox *box, struct group *group,
                        const struct user *operator, bool as_manager,
                        const struct channels_member_response_input *answer)
{
    struct str user = as_manager ? answer->join_user_id : operator->id;
    struct application *one = group_find_application(group, user, answer->inviter_id);
    if (answer->detail.len > DETAIL_MAX)
        return STATUS_BAD;
    if (as_manager && !may_consent(group, operator->id))
        return STATUS_GROUP_RIGHT;
    if (!one || status_now(one) == APPLY_EXPIRED)
        return STATUS_NO_APPLICATION;
    if (one->status != (as_manager ? APPLY_MANAGER_WAITS : APPLY_INVITEE_WAITS))
        return STATUS_APPLICATION_DONE;
    one->answered_ms = clock_wall_ms();
    state_set(&one->operator, operator->id);
    state_set(&one->detail, answer->detail);
    if (answer->opt_result == ACCEPTED)
        return accept(box, group, one, operator);
    set(box, group, one,
        as_manager ? APPLY_MANAGER_REFUSED : APPLY_INVITEE_REFUSED, operator->id);
    return STATUS_OK;
}
