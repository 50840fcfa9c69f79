/* The world of a script_room, as its cloud tells it. */
#include "room_inside.h"

#include <stdio.h>

/* What is known of the world: alice and bob in the group g1, friends both. */
static const char *result_of(enum order_verb verb, int64_t number)
{
    switch (verb) {
    case ORDER_MEMBERS:
        return "[{\"id\":\"alice\",\"role\":\"owner\"},{\"id\":\"bob\"}]";
    case ORDER_GROUP_INFO:
        return "{\"id\":\"g1\",\"name\":\"Garden\",\"count\":2,\"owner\":\"alice\"}";
    case ORDER_GROUPS:
        return "[{\"id\":\"g1\",\"name\":\"Garden\"}]";
    case ORDER_USER_INFO:
        return "{\"id\":\"alice\",\"name\":\"Alice\",\"created\":5}";
    case ORDER_CONVERSATIONS:
        return number ? "{\"list\":[{\"user\":\"bob\",\"time\":1000}]}"
                      : "{\"list\":[{\"group\":\"g1\",\"time\":3000,\"last\":{"
                        "\"id\":\"UID-3\",\"sender\":\"alice\",\"type\":\"RC:TxtMsg\","
                        "\"time\":3000,\"content\":{\"content\":\"x\"}}}],"
                        "\"next\":3000}";
    case ORDER_MARKS:
        return "[{\"group\":\"g1\",\"pinned\":true},"
               "{\"user\":\"bob\",\"level\":\"none\"}]";
    case ORDER_ROOM_JOIN:
        return "{\"id\":\"hall\",\"count\":1}";
    case ORDER_FRIENDS:
        return "[{\"id\":\"bob\",\"name\":\"Bob\",\"remark\":\"B.\"}]";
    case ORDER_BLOCKED:
        return "[{\"id\":\"bob\"},{\"id\":\"zoe\"}]";
    case ORDER_REQUESTS:
        return "[{\"group\":\"g1\",\"user\":\"eve\",\"time\":5},"
               "{\"group\":\"g2\",\"user\":\"bob\",\"inviter\":\"bob\",\"time\":6}]";
    case ORDER_ONLINE:
        return "{\"online\":true}";
    case ORDER_PROFILE:
        return "{\"id\":\"robot\",\"gender\":2,\"extra\":{\"shift\":\"night\"}}";
    default:
        return NULL;
    }
}

void room_answer_order(const struct room_call *call, const struct err *why)
{
    const char *text = why ? NULL : result_of(call->verb, call->number);
    struct json *result = text ? json_parse(str_from(text), NULL) : NULL;
    call->on_order(call->arg, result, why);
    json_free(result);
}

/* Five messages, UID-5 the newest, at the times 5000, 4000, 3000, 3000 and 1000; no page
 * has more than three. */
void room_answer_history(const struct room_call *call, const struct err *why)
{
    static const int times[] = { 0, 1000, 3000, 3000, 4000, 5000 };
    const struct history_query *query = &call->history;
    struct message page[5];
    char uids[5][16], texts[5][32];
    size_t count = 0;
    bool more = false;
    for (int i = 1; !why && i <= 5; i++) {
        int number = query->newer ? i : 6 - i;
        int64_t at_ms = times[number];
        if (query->from_ms != 0 &&
            (query->newer ? at_ms <= query->from_ms : at_ms >= query->from_ms))
            continue;
        more = count == 3 || count == (size_t)query->count;
        if (more)
            break;
        snprintf(uids[count], sizeof(uids[count]), "UID-%d", number);
        snprintf(texts[count], sizeof(texts[count]), "{\"content\":\"text %d\"}", number);
        page[count] = (struct message){ .type = CONVERSATION_GROUP,
                                        .target = STR("g1"),
                                        .sender = STR("alice"),
                                        .object_name = STR("RC:TxtMsg"),
                                        .content = str_from(texts[count]),
                                        .uid = str_from(uids[count]),
                                        .sent_ms = at_ms };
        count++;
    }
    call->on_history(call->arg, page, count, more, why);
}
