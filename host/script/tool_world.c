#include "script/tool_world.h"

#include <stdlib.h>

void tool_world_init(struct tool_world *world)
{
    world->groups = json_object();
    world->users = json_object();
    world->friends = json_object();
    world->blocked = json_object();
    world->own = json_object();
}

void tool_world_clear(struct tool_world *world)
{
    json_free(world->groups);
    json_free(world->users);
    json_free(world->friends);
    json_free(world->blocked);
    json_free(world->own);
    *world = (struct tool_world){ 0 };
}

static void add_named(struct json *to, struct str name, struct json *value)
{
    char *copy = str_dup(name);
    json_add(to, copy, value);
    free(copy);
}

/* Trees cannot be changed, only made anew; they are small here. */
static struct json *copy_without(const struct json *object, struct str name)
{
    struct json *copy = json_object();
    const struct json *one = NULL;
    while ((one = json_next(object, one))) {
        if (!str_eq(json_name(one), name)) {
            add_named(copy, json_name(one), json_copy(one));
        }
    }
    return copy;
}

void tool_world_put(struct json **things, struct str id, struct json *value)
{
    struct json *copy = copy_without(*things, id);
    if (value) {
        add_named(copy, id, value);
    }
    json_free(*things);
    *things = copy;
}

static const struct json *find(const struct json *things, struct str id)
{
    char *name = str_dup(id);
    const struct json *found = json_get(things, name);
    free(name);
    return found;
}

/* The thing with one field replaced. */
static void set(struct json **things, struct str id, const char *field,
                struct json *value)
{
    struct json *copy = copy_without(find(*things, id), str_from(field));
    json_add(copy, field, value);
    tool_world_put(things, id, copy);
}

static void set_text(struct json **things, struct str id, const char *field,
                     struct str text)
{
    struct json *texts = json_object();
    json_add_str(texts, "text", text);
    set(things, id, field, json_copy(json_get(texts, "text")));
    json_free(texts);
}

static struct json *named(struct str id)
{
    struct json *one = json_object();
    json_add_str(one, "id", id);
    json_add_str(one, "name", id);
    return one;
}

/* The members but `user`; with `add` he is put at the end. */
static void change_members(struct tool_world *world, const struct order *order, bool add)
{
    const struct json *group = find(world->groups, order->group), *one = NULL;
    const struct json *members = json_get(group, "members");
    struct json *changed = json_array();
    if (!group) {
        tool_world_put(&world->groups, order->group, named(order->group));
    }
    while ((one = json_next(members, one))) {
        if (!str_eq(json_str(json_get(one, "id")), order->user)) {
            json_add(changed, NULL, json_copy(one));
        }
    }
    if (add) {
        json_add(changed, NULL, named(order->user));
    }
    set(&world->groups, order->group, "members", changed);
}

static struct json *list_of(const struct json *things)
{
    struct json *list = json_array();
    const struct json *one = NULL;
    while ((one = json_next(things, one))) {
        json_add(list, NULL, json_copy(one));
    }
    return list;
}

static struct json *describe_group(const struct tool_world *world, struct str id)
{
    const struct json *group = find(world->groups, id);
    const struct json *members = json_get(group, "members");
    struct json *info = group ? copy_without(group, STR("members")) : named(id);
    if (!json_get(info, "count")) {
        json_add_int(info, "count", (int64_t)json_size(members));
    }
    return info;
}

static struct json *flag(const char *name, bool value)
{
    struct json *one = json_object();
    json_add_bool(one, name, value);
    return one;
}

static void set_own(struct tool_world *world, struct str text)
{
    struct json *changes = json_parse(text, NULL);
    const struct json *one = NULL;
    while ((one = json_next(changes, one))) {
        char *name = str_dup(json_name(one));
        set(&world->own, STR(""), name, json_copy(one));
        free(name);
    }
    json_free(changes);
}

struct json *tool_world_do(struct tool_world *world, const struct order *order)
{
    const struct json *found;
    switch (order->verb) {
    case ORDER_MEMBERS:
        found = json_get(find(world->groups, order->group), "members");
        return found ? json_copy(found) : json_array();
    case ORDER_GROUP_INFO:
        return describe_group(world, order->group);
    case ORDER_GROUPS:
        return list_of(world->groups);
    case ORDER_USER_INFO:
        found = find(world->users, order->user);
        return found ? json_copy(found) : named(order->user);
    case ORDER_FRIENDS:
        return list_of(world->friends);
    case ORDER_BLOCKED:
        return list_of(world->blocked);
    case ORDER_ONLINE:
        found = find(world->users, order->user);
        return flag("online", json_bool(json_get(found, "online"), false));
    case ORDER_PROFILE:
        found = find(world->own, STR(""));
        return found ? json_copy(found) : json_object();
    case ORDER_CONVERSATIONS: {
        struct json *page = json_object();
        json_add(page, "list", json_array());
        return page;
    }
    case ORDER_MARKS:
    case ORDER_REQUESTS:
        return json_array();
    case ORDER_INVITE:
    case ORDER_ADMIT:
    case ORDER_KICK:
        change_members(world, order, order->verb != ORDER_KICK);
        break;
    case ORDER_LEAVE:
        tool_world_put(&world->groups, order->group, NULL);
        break;
    case ORDER_RENAME:
        set_text(&world->groups, order->group, "name", order->text);
        break;
    case ORDER_ANNOUNCE:
        set_text(&world->groups, order->group, "announcement", order->text);
        break;
    case ORDER_ACCEPT:
        tool_world_put(&world->friends, order->user, named(order->user));
        break;
    case ORDER_UNFRIEND:
        tool_world_put(&world->friends, order->user, NULL);
        break;
    case ORDER_REMARK:
        if (find(world->friends, order->user)) {
            set_text(&world->friends, order->user, "remark", order->text);
        }
        break;
    case ORDER_BLOCK:
        tool_world_put(&world->blocked, order->user, named(order->user));
        break;
    case ORDER_UNBLOCK:
        tool_world_put(&world->blocked, order->user, NULL);
        break;
    case ORDER_SET_PROFILE:
        set_own(world, order->text);
        break;
    default: /* leaves no trace that could be asked for */
        break;
    }
    return NULL;
}
