/* The steps that are calls of the Server API (server-api.md 9). */
#include "base/clock.h"
#include "base/random.h"
#include "im/form.h"
#include "im/orders_inside.h"
#include "proto/content.h"

#include <stdio.h>

#define NOTICE_MAX ((size_t)16384)
#define PAGE_SIZE 100
#define LIST_MAX 10000 /* entries of a list that comes in pages */

static struct str self(const struct order_run *run)
{
    return orders_user(run->orders);
}

/* ---- what is asked ---- */

static bool fill_group(struct order_run *run, struct buf *body)
{
    return form_add(body, "groupId", run->order.group);
}

static bool fill_user(struct order_run *run, struct buf *body)
{
    return form_add(body, "userId", run->order.user);
}

static bool fill_self(struct order_run *run, struct buf *body)
{
    return form_add(body, "userId", self(run));
}

static bool fill_member(struct order_run *run, struct buf *body)
{
    return fill_user(run, body) && fill_group(run, body);
}

static bool fill_mute(struct order_run *run, struct buf *body)
{
    return fill_member(run, body) && form_add_int(body, "minute", run->order.number);
}

static bool fill_ban(struct order_run *run, struct buf *body)
{
    return fill_user(run, body) && form_add_int(body, "minute", run->order.number);
}

static bool fill_black(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && form_add(body, "blackUserId", run->order.user);
}

static bool fill_friends(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && form_add_int(body, "size", PAGE_SIZE) &&
           (!run->page[0] || form_add(body, "pageToken", str_from(run->page)));
}

/* The notice that App Servers send along with a change (wire.md G.1), from ourselves. */
static bool add_notice(struct order_run *run, struct buf *body, const char *operation,
                       struct str target)
{
    struct buf notice;
    buf_init(&notice, NOTICE_MAX);
    bool renames = run->order.verb == ORDER_RENAME;
    struct content_notice content = {
        .operator_id = self(run),
        .operation = str_from(operation),
        .message = renames ? STR_NONE : run->order.text,
        .group_name = renames ? run->order.text : STR_NONE,
        .timestamp = clock_wall_ms(),
        .targets = &target,
        .target_count = target.len > 0,
    };
    bool fits = content_group_notice(&notice, &content, NULL) &&
                form_add(body, "fromUserId", self(run)) &&
                form_add(body, "objectName", STR("RC:GrpNtf")) &&
                form_add(body, "content", buf_str(&notice));
    buf_clear(&notice);
    return fits;
}

static bool bind_notice(struct order_run *run, struct buf *body, const char *operation,
                        struct str target)
{
    return form_add(body, "bindNotifyMsg", STR("true")) &&
           add_notice(run, body, operation, target);
}

static bool fill_invite(struct order_run *run, struct buf *body)
{
    return fill_member(run, body) && bind_notice(run, body, "Add", run->order.user);
}

static bool fill_kick(struct order_run *run, struct buf *body)
{
    return fill_member(run, body) && bind_notice(run, body, "Kicked", run->order.user);
}

static bool fill_leave(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && fill_group(run, body) &&
           bind_notice(run, body, "Quit", self(run));
}

static bool fill_rename(struct order_run *run, struct buf *body)
{
    return fill_group(run, body) && form_add(body, "groupName", run->order.text) &&
           bind_notice(run, body, "Rename", STR_NONE);
}

static bool fill_create(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && (run->order.user.len == 0 || fill_user(run, body)) &&
           fill_group(run, body) && form_add(body, "groupName", run->order.text) &&
           bind_notice(run, body, "Create", STR_NONE);
}

static bool fill_join(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && fill_group(run, body) &&
           bind_notice(run, body, "Add", self(run));
}

static bool fill_dismiss(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && fill_group(run, body) &&
           bind_notice(run, body, "Dismiss", STR_NONE);
}

/* A plain group has no announcement of its own: what App Servers do is tell everybody. */
static bool fill_announce(struct order_run *run, struct buf *body)
{
    return form_add(body, "toGroupId", run->order.group) &&
           form_add_int(body, "msgRandom", (int64_t)(random_u64() >> 12)) &&
           add_notice(run, body, "Bulletin", STR_NONE);
}

static bool fill_recall(struct order_run *run, struct buf *body)
{
    const struct recall_order *recall = &run->recall;
    /* In a private chat the target of the author's side is the other one: us. */
    bool is_private = recall->type == CONVERSATION_PRIVATE;
    return form_add(body, "fromUserId", run->order.user) &&
           form_add_int(body, "conversationType", recall->type) &&
           form_add(body, "targetId", is_private ? self(run) : recall->target) &&
           form_add(body, "messageUID", recall->uid) &&
           form_add_int(body, "sentTime", recall->sent_ms) &&
           form_add(body, "isAdmin", STR("1"));
}

/* ---- what is answered ---- */

static struct json *add_object(struct json *list)
{
    return json_add(list, NULL, json_object());
}

static void add_some(struct json *to, const char *name, struct str value)
{
    if (value.len > 0)
        json_add_str(to, name, value);
}

void orders_take_muted(struct order_run *run, const struct json *answer)
{
    const struct json *users = json_get(answer, "users"), *user = NULL;
    run->result = json_array();
    while ((user = json_next(users, user))) {
        struct json *one = add_object(run->result);
        int64_t until_ms = orders_time(json_str(json_get(user, "time")));
        json_add_str(one, "id", json_str(json_get(user, "userId")));
        if (until_ms > 0)
            json_add_int(one, "until", until_ms);
    }
}

/* "userIds"; in some documents "userids". */
static void take_allowed(struct order_run *run, const struct json *answer)
{
    const struct json *ids = json_get(answer, "userIds"), *id = NULL;
    if (!ids)
        ids = json_get(answer, "userids");
    run->result = json_array();
    while ((id = json_next(ids, id)))
        json_add_str(add_object(run->result), "id", json_str(id));
}

/* The list comes as [{"id": ...}] and, in one SDK, as [{"userId": ...}]. */
static void take_members(struct order_run *run, const struct json *answer)
{
    const struct json *users = json_get(answer, "users"), *user = NULL;
    run->result = json_array();
    while ((user = json_next(users, user))) {
        struct str id = json_str(json_get(user, "id"));
        if (id.len == 0)
            id = json_str(json_get(user, "userId"));
        if (id.len > 0)
            json_add_str(add_object(run->result), "id", id);
    }
}

static void take_count(struct order_run *run, const struct json *answer)
{
    run->result = json_object();
    json_add_str(run->result, "id", run->order.group);
    json_add_int(run->result, "count", (int64_t)json_size(json_get(answer, "users")));
}

/* The name is known of groups that the bot is in. */
static void take_name(struct order_run *run, const struct json *answer)
{
    const struct json *groups = json_get(answer, "groups"), *group = NULL;
    while ((group = json_next(groups, group))) {
        if (str_eq(json_str(json_get(group, "id")), run->order.group))
            add_some(run->result, "name", json_str(json_get(group, "name")));
    }
}

static void take_muted(struct order_run *run, const struct json *answer)
{
    const struct json *groups = json_get(answer, "groupinfo"), *group = NULL;
    bool muted = false;
    while ((group = json_next(groups, group))) {
        if (str_eq(json_str(json_get(group, "groupId")), run->order.group))
            muted = json_int(json_get(group, "stat"), 0) == 1;
    }
    json_add_bool(run->result, "muted", muted);
}

static void take_groups(struct order_run *run, const struct json *answer)
{
    const struct json *groups = json_get(answer, "groups"), *group = NULL;
    run->result = json_array();
    while ((group = json_next(groups, group))) {
        struct json *one = add_object(run->result);
        json_add_str(one, "id", json_str(json_get(group, "id")));
        json_add_str(one, "name", json_str(json_get(group, "name")));
    }
}

/* "2026-11-22 21:09:09", Beijing time; 0 when it is something else. */
int64_t orders_time(struct str text)
{
    int year, month, day, hour, minute, second;
    char copy[32];
    snprintf(copy, sizeof(copy), "%.*s", STR_ARG(str_sub(text, 0, 30)));
    if (sscanf(copy, "%4d-%2d-%2d %2d:%2d:%2d", &year, &month, &day, &hour, &minute,
               &second) != 6 ||
        month < 1 || month > 12)
        return 0;
    /* Days since 1970 of the civil calendar, with years that begin in March. */
    int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1;
    int64_t seconds = (days - 719468) * 86400 + hour * 3600 + minute * 60 + second;
    return (seconds - 8 * 3600) * 1000;
}

static void take_user(struct order_run *run, const struct json *answer)
{
    int64_t created_ms = orders_time(json_str(json_get(answer, "createTime")));
    run->result = json_object();
    json_add_str(run->result, "id", run->order.user);
    add_some(run->result, "name", json_str(json_get(answer, "userName")));
    add_some(run->result, "portrait", json_str(json_get(answer, "userPortrait")));
    if (created_ms > 0)
        json_add_int(run->result, "created", created_ms);
}

/* Whether there is another page of a list. */
static void take_page(struct order_run *run, const struct json *answer,
                      const struct json *list)
{
    struct str page = json_str(json_get(answer, "pageToken"));
    run->again = page.len > 0 && page.len < sizeof(run->page) && json_size(list) > 0 &&
                 json_size(run->result) < LIST_MAX;
    if (run->again)
        snprintf(run->page, sizeof(run->page), "%.*s", STR_ARG(page));
}

static void take_friends(struct order_run *run, const struct json *answer)
{
    const struct json *friends = json_get(answer, "friendList"), *one = NULL;
    if (!run->result)
        run->result = json_array();
    while ((one = json_next(friends, one))) {
        struct json *row = add_object(run->result);
        json_add_str(row, "id", json_str(json_get(one, "userId")));
        add_some(row, "name", json_str(json_get(one, "name")));
        add_some(row, "remark", json_str(json_get(one, "remarkName")));
    }
    take_page(run, answer, friends);
}

/* ---- hosted groups ---- */

static bool fill_look(struct order_run *run, struct buf *body)
{
    return form_add(body, "groupIds", run->order.group);
}

static bool fill_hosted_members(struct order_run *run, struct buf *body)
{
    return fill_group(run, body) && form_add_int(body, "type", 0) &&
           form_add_int(body, "size", PAGE_SIZE) && form_add_int(body, "order", 0) &&
           (!run->page[0] || form_add(body, "pageToken", str_from(run->page)));
}

static bool fill_hosted_member(struct order_run *run, struct buf *body)
{
    return fill_group(run, body) && form_add(body, "userIds", run->order.user);
}

static bool fill_hosted_self(struct order_run *run, struct buf *body)
{
    return fill_group(run, body) && form_add(body, "userIds", self(run));
}

static bool fill_hosted_create(struct order_run *run, struct buf *body)
{
    return fill_group(run, body) && form_add(body, "name", run->order.text) &&
           form_add(body, "owner", self(run)) &&
           (run->order.user.len == 0 || form_add(body, "userIds", run->order.user));
}

static bool fill_transfer(struct order_run *run, struct buf *body)
{
    return fill_group(run, body) && form_add(body, "newOwner", run->order.user);
}

static bool fill_hosted_update(struct order_run *run, struct buf *body)
{
    if (run->order.verb == ORDER_RENAME)
        return fill_group(run, body) && form_add(body, "name", run->order.text);
    struct buf profile;
    buf_init(&profile, NOTICE_MAX);
    bool fits = buf_add_str(&profile, STR("{\"announcement\":")) &&
                json_write_str(&profile, run->order.text) &&
                buf_add_byte(&profile, '}') && fill_group(run, body) &&
                form_add(body, "groupProfile", buf_str(&profile));
    buf_clear(&profile);
    return fits;
}

static void take_hosted_members(struct order_run *run, const struct json *answer)
{
    const struct json *members = json_get(answer, "members"), *member = NULL;
    if (!run->result)
        run->result = json_array();
    while ((member = json_next(members, member))) {
        struct json *one = add_object(run->result);
        json_add_str(one, "id", json_str(json_get(member, "userId")));
        add_some(one, "name", json_str(json_get(member, "nickname")));
        add_some(one, "role", orders_role(json_int(json_get(member, "role"), 0)));
    }
    take_page(run, answer, members);
}

static struct json *describe(const struct json *group)
{
    struct json *info = json_object();
    struct json *profile = json_parse(json_str(json_get(group, "groupProfile")), NULL);
    json_add_str(info, "id", json_str(json_get(group, "groupId")));
    add_some(info, "name", json_str(json_get(group, "groupName")));
    json_add_int(info, "count", json_int(json_get(group, "memberCount"), 0));
    add_some(info, "owner", json_str(json_get(group, "owner")));
    json_add_int(info, "created", json_int(json_get(group, "createTime"), 0));
    add_some(info, "announcement", json_str(json_get(profile, "announcement")));
    add_some(info, "introduction", json_str(json_get(profile, "introduction")));
    add_some(info, "portrait", json_str(json_get(profile, "portraitUrl")));
    json_free(profile);
    return info;
}

/* Hosted or not: goes on with the chain for the one or the other. */
static void take_look(struct order_run *run, const struct json *answer)
{
    const struct json *group = json_next(json_get(answer, "profiles"), NULL);
    if (group && run->order.verb == ORDER_GROUP_INFO)
        run->result = describe(group);
    else
        run->turn = group ? orders_hosted_steps(&run->order)
                          : orders_api_steps(&run->order, false);
    if (!run->turn && !run->result)
        err_set(&run->why, ERR_UNSUPPORTED,
                "only groups that RongCloud hosts have owners and managers");
}

/* ---- the chains ---- */

/* clang-format off */
static const struct order_step
    members = { .path = "/group/user/query.json", .fill = fill_group, .take = take_members },
    info_muted = { .path = "/group/ban/query.json", .fill = fill_group, .take = take_muted },
    info_name = { .path = "/user/group/query.json", .fill = fill_self, .take = take_name,
                  .next = &info_muted },
    info = { .path = "/group/user/query.json", .fill = fill_group, .take = take_count,
             .next = &info_name },
    groups = { .path = "/user/group/query.json", .fill = fill_self, .take = take_groups },
    invite = { .path = "/group/join.json", .fill = fill_invite },
    kick = { .path = "/group/quit.json", .fill = fill_kick },
    mute = { .path = "/group/user/gag/add.json", .fill = fill_mute },
    unmute = { .path = "/group/user/gag/rollback.json", .fill = fill_member },
    mute_all_on = { .path = "/group/ban/add.json", .fill = fill_group },
    mute_all_off = { .path = "/group/ban/rollback.json", .fill = fill_group },
    rename_group = { .path = "/group/refresh.json", .fill = fill_rename },
    announce = { .path = "/message/group/publish.json", .fill = fill_announce },
    leave = { .path = "/group/quit.json", .fill = fill_leave },
    create = { .path = "/group/create.json", .fill = fill_create },
    join = { .path = "/group/join.json", .fill = fill_join },
    dismiss = { .path = "/group/dismiss.json", .fill = fill_dismiss },
    muted = { .path = "/group/user/gag/list.json", .fill = fill_group,
              .take = orders_take_muted },
    allow = { .path = "/group/user/ban/whitelist/add.json", .fill = fill_member },
    disallow = { .path = "/group/user/ban/whitelist/rollback.json", .fill = fill_member },
    allowed = { .path = "/group/user/ban/whitelist/query.json", .fill = fill_group,
                .take = take_allowed },
    user = { .path = "/user/info.json", .fill = fill_user, .take = take_user },
    friends = { .path = "/friend/get.json", .fill = fill_friends, .take = take_friends },
    block = { .path = "/user/blacklist/add.json", .fill = fill_black },
    unblock = { .path = "/user/blacklist/remove.json", .fill = fill_black },
    ban = { .path = "/user/block.json", .fill = fill_ban },
    unban = { .path = "/user/unblock.json", .fill = fill_user };

static const struct order_step
    look = { .path = "/entrust/group/profile/query.json", .fill = fill_look,
             .take = take_look },
    hosted_members = { .path = "/entrust/group/member/query.json",
                       .fill = fill_hosted_members, .take = take_hosted_members },
    hosted_join = { .path = "/entrust/group/join.json", .fill = fill_hosted_member },
    hosted_kick = { .path = "/entrust/group/member/kick.json", .fill = fill_hosted_member },
    hosted_quit = { .path = "/entrust/group/quit.json", .fill = fill_hosted_self },
    hosted_create = { .path = "/entrust/group/create.json", .fill = fill_hosted_create },
    hosted_enter = { .path = "/entrust/group/join.json", .fill = fill_hosted_self },
    hosted_dismiss = { .path = "/entrust/group/dismiss.json", .fill = fill_group },
    hosted_transfer = { .path = "/entrust/group/transfer/owner.json",
                        .fill = fill_transfer },
    hosted_promote = { .path = "/entrust/group/manager/add.json",
                       .fill = fill_hosted_member },
    hosted_demote = { .path = "/entrust/group/manager/remove.json",
                      .fill = fill_hosted_member },
    hosted_update = { .path = "/entrust/group/profile/update.json",
                      .fill = fill_hosted_update };

const struct order_step orders_recall_step = { .path = "/message/recall.json",
                                              .fill = fill_recall };
/* clang-format on */

static const struct order_step *const chains[ORDER_COUNT] = {
    [ORDER_MEMBERS] = &members,     [ORDER_GROUP_INFO] = &info,
    [ORDER_GROUPS] = &groups,       [ORDER_INVITE] = &invite,
    [ORDER_KICK] = &kick,           [ORDER_MUTE] = &mute,
    [ORDER_UNMUTE] = &unmute,       [ORDER_MUTE_ALL] = &mute_all_on,
    [ORDER_RENAME] = &rename_group, [ORDER_ANNOUNCE] = &announce,
    [ORDER_LEAVE] = &leave,         [ORDER_USER_INFO] = &user,
    [ORDER_FRIENDS] = &friends,     [ORDER_BLOCK] = &block,
    [ORDER_UNBLOCK] = &unblock,     [ORDER_BAN] = &ban,
    [ORDER_UNBAN] = &unban,         [ORDER_CREATE] = &create,
    [ORDER_JOIN] = &join,           [ORDER_DISMISS] = &dismiss,
    [ORDER_MUTED] = &muted,         [ORDER_ALLOW] = &allow,
    [ORDER_DISALLOW] = &disallow,   [ORDER_ALLOWED] = &allowed,
};

/* The same for groups that RongCloud hosts. Muting is the same for both. */
static const struct order_step *const hosted_chains[ORDER_COUNT] = {
    [ORDER_MEMBERS] = &hosted_members,     [ORDER_INVITE] = &hosted_join,
    [ORDER_KICK] = &hosted_kick,           [ORDER_RENAME] = &hosted_update,
    [ORDER_ANNOUNCE] = &hosted_update,     [ORDER_LEAVE] = &hosted_quit,
    [ORDER_JOIN] = &hosted_enter,          [ORDER_DISMISS] = &hosted_dismiss,
    [ORDER_TRANSFER] = &hosted_transfer,   [ORDER_PROMOTE] = &hosted_promote,
    [ORDER_DEMOTE] = &hosted_demote,       [ORDER_MEMBER] = &orders_member_api,
    [ORDER_SET_MEMBER] = &orders_card_api,
};

const struct order_step *orders_hosted_steps(const struct order *order)
{
    return hosted_chains[order->verb];
}

const struct order_step *orders_api_steps(const struct order *order, bool hosting)
{
    const struct order_step *room = orders_room_steps(order, true);
    if (room)
        return room;
    if (order->verb == ORDER_MUTE_ALL && order->number == 0)
        return &mute_all_off;
    if (order->verb == ORDER_CREATE && hosting)
        return &hosted_create;
    /* Where groups may be hosted, it has to be asked whether this one is. */
    if (hosting && (hosted_chains[order->verb] || order->verb == ORDER_GROUP_INFO))
        return &look;
    const struct order_step *about = orders_user_steps(order, true, hosting);
    return about ? about : chains[order->verb];
}
