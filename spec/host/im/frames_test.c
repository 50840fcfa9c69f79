/*
 * Our frames against the official SDK's for the same call (spec/support/frames.json): the
 * same bytes once message id, client_unique_id and times are replaced.
 */
#include "frames_pair.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static void compare_message(const char *name, const char *topic)
{
    struct pair pair;
    struct up_stream_message ours, theirs;
    open_pair(&pair, name, FRAME_PUBLISH, topic);
    decode(&pair, &up_stream_message_type, &ours, &theirs);
    assert_true(!pb_has(ours, up_stream_message, client_unique_id) ||
                (ours.client_unique_id > 0 && ours.client_unique_id < INT64_C(1) << 51));
    ours.client_unique_id = theirs.client_unique_id;
    close_pair(&pair, &up_stream_message_type, &ours);
}

static void on_sent(void *arg, const struct sent *sent, const struct err *why)
{
    bool *done = arg;
    assert_non_null(sent);
    assert_null(why);
    *done = true;
}

static bool is_true(void *arg)
{
    return *(bool *)arg;
}

static void send_message(const struct outgoing *like, const char *content)
{
    struct outgoing message = *like;
    bool done = false;
    message.content = str_from(content);
    message.stored = message.counted = -1;
    if (message.object_name.len == 0)
        message.object_name = STR("RC:TxtMsg");
    assert_non_null(account_send(fix->account, &message, on_sent, &done, NULL));
    wire_until(fix->wire, is_true, &done);
    wire_idle(fix->wire);
}

static void online_as(const char *user)
{
    fix->wire->user = user;
    fix->config.user = str_from(user);
    fixture_online();
    wire_idle(fix->wire);
}

static void messages(void **state)
{
    (void)state;
    struct str bob = STR("bob");
    struct outgoing private = { .type = CONVERSATION_PRIVATE, .target = bob };
    struct outgoing group = { .type = CONVERSATION_GROUP, .target = STR("g-demo") };
    online_as("alice");
    send_message(&private, "{\"content\":\"hi-pttefj\"}");
    compare_message("private text", "ppMsgP");
    send_message(&group, "{\"content\":\"grp-pttefj\"}");
    compare_message("group text", "pgMsgP");

    struct outgoing mention = group;
    mention.mention = true;
    mention.push_text = STR("you were mentioned");
    mention.push_data = STR("{\"k\":1}");
    send_message(&mention, "{\"content\":\"at-pttefj\",\"mentionedInfo\":{\"type\":2,"
                           "\"userIdList\":[\"bob\"],\"mentionedContent\":\"look\"}}");
    compare_message("group text with mention", "pgMsgP");

    struct outgoing directional = group;
    directional.to_users = &bob;
    directional.to_user_count = 1;
    send_message(&directional, "{\"content\":\"dir-pttefj\"}");
    compare_message("group text, directional", "pgMsgP");

    struct outgoing expandable = private;
    expandable.expansion = STR("{\"k1\":{\"v\":\"v1\"}}");
    send_message(&expandable, "{\"content\":\"exp-pttefj\"}");
    compare_message("private text with expansion", "ppMsgP");

    struct outgoing change = private;
    change.object_name = STR("RC:MsgExMsg");
    send_message(&change, "{\"put\":{\"k2\":\"v2\"},\"mid\":\"RMWS8US47-0007-REF0\"}");
    compare_message("expansion update (RC:MsgExMsg)", "ppMsgP");

    struct outgoing custom = group;
    custom.object_name = STR("moon:card");
    send_message(&custom, "{\"n\":\"pttefj\"}");
    compare_message("group custom type", "pgMsgP");

    struct outgoing typing = private;
    typing.object_name = STR("RC:TypSts");
    typing.status_only = true;
    send_message(&typing, "{\"typingContentType\":\"RC:TxtMsg\"}");
    compare_message("typing (no answer)", "ppMsgS");
}

static void more_messages(void **state)
{
    (void)state;
    struct outgoing like = { .type = CONVERSATION_PRIVATE, .target = STR("bob") };
    online_as("alice");
    like.object_name = STR("RC:ImgMsg");
    send_message(&like, "{\"content\":\"aGk=\",\"imageUri\":\"http://127.0.0.1/i.png\","
                        "\"extra\":\"pttefj\"}");
    compare_message("private image", "ppMsgP");
    like.object_name = STR("RC:FileMsg");
    send_message(&like, "{\"name\":\"f.txt\",\"size\":3,\"type\":\"txt\",\"fileUrl\":"
                        "\"http://127.0.0.1/f.txt\",\"extra\":\"pttefj\"}");
    compare_message("private file", "ppMsgP");

    like = (struct outgoing){ .type = CONVERSATION_PRIVATE, .target = STR("alice") };
    send_message(&like, "{\"content\":\"世界😀-pttefj\",\"extra\":\"x\",\"user\":{\"id\":"
                        "\"bob\",\"name\":\"Bob\",\"portraitUri\":"
                        "\"http://127.0.0.1/b.png\",\"portrait\":"
                        "\"http://127.0.0.1/b.png\"}}");
    compare_message("private text, non-ASCII and user info", "ppMsgP");
    like.object_name = STR("RC:ReadNtf");
    send_message(&like, "{\"messageUId\":\"RMWS8URGJ-0001-REF0\",\"lastMessageSendTime\":"
                        "1795376569986,\"type\":1}");
    compare_message("read receipt (RC:ReadNtf)", "ppMsgP");

    like = (struct outgoing){ .type = CONVERSATION_GROUP, .target = STR("g-no-1") };
    send_message(&like, "{\"content\":\"x\"}");
    compare_message("send refused: not in group", "pgMsgP");
    like.type = CONVERSATION_CHATROOM;
    like.target = STR("r-demo-pttefj");
    send_message(&like, "{\"content\":\"room-pttefj\"}");
    compare_message("chatroom text", "chatMsg");
}

static void on_recalled(void *arg, const struct err *why)
{
    assert_null(why);
    *(bool *)arg = true;
}

static void recall(void **state)
{
    (void)state;
    bool done = false;
    online_as("alice");
    assert_non_null(account_recall(fix->account, CONVERSATION_GROUP, STR("g-demo"),
                                   STR("alice"), STR("RMWS8USN1-000E-REF0"),
                                   1795376571517, on_recalled, &done, NULL));
    wire_until(fix->wire, is_true, &done);
    compare_message("recall", "recallMsg");
}

static size_t history_count;
static bool history_more;
static char history_first[512];

static void on_history(void *arg, const struct message *list, size_t count, bool more,
                       const struct err *why)
{
    assert_null(why);
    history_count = count;
    history_more = more;
    if (count > 0)
        snprintf(history_first, sizeof(history_first), "%.*s %.*s %d",
                 STR_ARG(list[0].sender), STR_ARG(list[0].content), list[0].own);
    *(bool *)arg = true;
}

static void compare_history(const char *name, const char *topic)
{
    struct pair pair;
    struct history_msg_input ours, theirs;
    open_pair(&pair, name, FRAME_QUERY, topic);
    decode(&pair, &history_msg_input_type, &ours, &theirs);
    assert_int_equal(ours.time, clock_wall_ms() + 60000);
    ours.time = theirs.time;
    close_pair(&pair, &history_msg_input_type, &ours);
}

static void ask_history(enum conversation_type type, struct str target, int count)
{
    bool done = false;
    struct history_query query = { .type = type, .target = target, .count = count };
    assert_non_null(account_history(fix->account, &query, on_history, &done, NULL));
    wire_until(fix->wire, is_true, &done);
}

static void history(void **state)
{
    (void)state;
    online_as("alice");
    send_message(&(struct outgoing){ .type = CONVERSATION_PRIVATE, .target = STR("bob") },
                 "{\"content\":\"mine\"}");
    ask_history(CONVERSATION_PRIVATE, STR("bob"), 20);
    compare_history("history, private", "qryPMsg");
    assert_int_equal(history_count, 1);
    assert_false(history_more);
    assert_string_equal(history_first, "alice {\"content\":\"mine\"} 1");
    fixture_close();

    online_as("bob");
    for (int i = 0; i < 3; i++)
        wire_receive(fix->wire, 3, "g-demo", "ann", i == 2 ? "newest" : "older");
    ask_history(CONVERSATION_GROUP, STR("g-demo"), 2);
    compare_history("history, group", "qryGMsg");
    assert_int_equal(history_count, 2);
    assert_true(history_more);
    assert_string_equal(history_first, "ann {\"content\":\"newest\"} 0");
}

static void housekeeping(void **state)
{
    (void)state;
    online_as("alice");
    compare("pullMsg (first, empty cursors)", FRAME_QUERY, "pullMsg");
    compare("pullMsg (first, empty cursors) / QUERYCON", FRAME_QUERYCON, NULL);
    compare("pullMsg (gzip answer)", FRAME_QUERY, "pullMsg");
    compare("PINGREQ", FRAME_PINGREQ, NULL);
    wire_push(fix->wire, wire_receive(fix->wire, 1, "alice", "bob", "hi"), false);
    fixture_until_seen(1);
    wire_idle(fix->wire);
    compare("PUBACK from client", FRAME_PUBACK, NULL);
}

static void on_ordered(void *arg, const struct json *result, const struct err *why)
{
    (void)result;
    (void)why;
    *(bool *)arg = true;
}

static void order(struct order like)
{
    bool done = false;
    assert_non_null(account_order(fix->account, &like, on_ordered, &done, NULL));
    wire_until(fix->wire, is_true, &done);
}

/* Without a secret, of an app whose groups RongCloud hosts. */
static void hosted_as_alice(void)
{
    fix->wire->hosting = true;
    fix->config.secret = STR_NONE;
    fix->config.token_from = ACCOUNT_TOKEN_STATIC;
    fix->config.token = STR("token");
    online_as("alice");
}

static void hosted_groups(void **state)
{
    (void)state;
    struct str group = STR("ent-pttefj");
    struct pair pair;
    struct channels_query_input ours, theirs;
    hosted_as_alice();
    compare("pullEventChange (sent right after connect)", FRAME_QUERY, "pullEventChange");
    order((struct order){ .verb = ORDER_GROUP_INFO, .group = group });
    compare("group service: qChannelInfo", FRAME_QUERY, "qChannelInfo");
    order((struct order){ .verb = ORDER_MEMBERS, .group = group });
    open_pair(&pair, "group service: qChannelMem", FRAME_QUERY, "qChannelMem");
    decode(&pair, &channels_query_input_type, &ours, &theirs);
    ours.page->size = theirs.page->size; /* ours are larger */
    close_pair(&pair, &channels_query_input_type, &ours);
    order((struct order){ .verb = ORDER_KICK, .group = group, .user = STR("bob") });
    compare("group service: channelMemKick", FRAME_QUERY, "channelMemKick");
}

static void friends(void **state)
{
    (void)state;
    struct str bob = STR("bob");
    struct pair pair;
    struct friend_query_input ours, theirs;
    hosted_as_alice();
    order(
        (struct order){ .verb = ORDER_BEFRIEND, .user = bob, .text = STR("hi-pttefj") });
    compare("friend service: friendAdd", FRAME_QUERY, "friendAdd");
    order((struct order){ .verb = ORDER_ACCEPT, .user = bob });
    compare("friend service: friendHandle", FRAME_QUERY, "friendHandle");
    order((struct order){ .verb = ORDER_FRIENDS });
    open_pair(&pair, "friend service: friendsQuery", FRAME_QUERY, "friendsQuery");
    decode(&pair, &friend_query_input_type, &ours, &theirs);
    ours.page->order = theirs.page->order; /* ours begin with the oldest */
    close_pair(&pair, &friend_query_input_type, &ours);
    order((struct order){ .verb = ORDER_REMARK, .user = bob, .text = STR("Bobby") });
    compare("friend service: friendSetPf", FRAME_QUERY, "friendSetPf");
    order((struct order){ .verb = ORDER_ONLINE, .user = bob });
    compare("friend service: qrySubData", FRAME_QUERY, "qrySubData");
    order((struct order){ .verb = ORDER_UNFRIEND, .user = bob });
    compare("friend service: friendDel", FRAME_QUERY, "friendDel");
    order((struct order){ .verb = ORDER_BLOCK, .user = bob });
    compare("v2 SDK: add to blacklist", FRAME_QUERY, "addBlack");
    order((struct order){ .verb = ORDER_BLOCKED });
    compare("v2 SDK: get blacklist", FRAME_QUERY, "getBlack");
}

static void profiles(void **state)
{
    (void)state;
    hosted_as_alice();
    order((struct order){ .verb = ORDER_PROFILE });
    compare("pullOwnProfile (sent right after connect)", FRAME_QUERY, "pullOwnProfile");
    order((struct order){ .verb = ORDER_USER_INFO, .user = STR("bob") });
    compare("profile: pullUserProfile", FRAME_QUERY, "pullUserProfile");
    order((struct order){ .verb = ORDER_SET_PROFILE,
                          .text = STR("{\"gender\":2,\"extra\":{\"shift\":\"night\"},"
                                      "\"name\":\"Alice\"}") });
    compare("profile: updUserProfile", FRAME_QUERY, "updUserProfile");
}

static void conversations(void **state)
{
    (void)state;
    struct str group = STR("g-demo"), alice = STR("alice");
    struct session_state_modify_req ours, theirs;
    struct pair pair;
    online_as("bob");
    order((struct order){ .verb = ORDER_CONVERSATIONS });
    compare("conversation list", FRAME_QUERY, "qryRelationR");
    order((struct order){ .verb = ORDER_PIN, .user = alice, .number = 1 });
    compare("pin conversation", FRAME_QUERY, "setSeAtt");
    order((struct order){ .verb = ORDER_NOTIFY, .group = group, .text = STR("none") });
    open_pair(&pair, "mute conversation", FRAME_QUERY, "setSeAtt");
    decode(&pair, &session_state_modify_req_type, &ours, &theirs);
    ours.version = theirs.version; /* which it says to ignore */
    close_pair(&pair, &session_state_modify_req_type, &ours);
    order((struct order){ .verb = ORDER_HIDE, .group = group });
    compare("remove conversation", FRAME_QUERY, "delRelationBatch");
    fixture_close();

    online_as("alice");
    order((struct order){ .verb = ORDER_MARKS });
    compare("pullSeAtts (sent right after connect)", FRAME_QUERY, "pullSeAtts");
    order((struct order){ .verb = ORDER_FORGET,
                          .user = STR("bob"),
                          .text = STR("RMWS8URGJ-0001-REF0"),
                          .number = 1795376569986,
                          .own = true });
    compare("delete message", FRAME_QUERY, "delMsg");
}

static void hosted_group_is_changed(void **state)
{
    (void)state;
    struct str group = STR("ent-pttefj"), bob = STR("bob");
    hosted_as_alice();
    order((struct order){
        .verb = ORDER_CREATE, .group = group, .text = STR("Ent"), .user = bob });
    compare("group service: channelCreate", FRAME_QUERY, "channelCreate");
    order((struct order){ .verb = ORDER_PROMOTE, .group = group, .user = bob });
    compare("group service: upChannelManager", FRAME_QUERY, "upChannelManager");
    order((struct order){ .verb = ORDER_DISMISS, .group = group });
    compare("group service: channelDismiss", FRAME_QUERY, "channelDismiss");
}

static void compare_entry(const char *name, const char *topic)
{
    struct pair pair;
    struct set_chrm_kv ours, theirs;
    open_pair(&pair, name, FRAME_QUERY, topic);
    decode(&pair, &set_chrm_kv_type, &ours, &theirs);
    ours.entry->version = theirs.entry->version; /* a time */
    close_pair(&pair, &set_chrm_kv_type, &ours);
}

static void chatrooms(void **state)
{
    (void)state;
    struct str room = STR("r-demo-pttefj");
    struct pair pair;
    struct query_chat_room_info_input ours, theirs;
    fix->config.secret = STR_NONE;
    fix->config.token_from = ACCOUNT_TOKEN_STATIC;
    fix->config.token = STR("token");
    online_as("alice");
    order((struct order){ .verb = ORDER_ROOM_JOIN, .room = room, .number = 10 });
    compare("chatroom join", FRAME_QUERY, "joinChrm");
    wire_idle(fix->wire);
    compare("chatroom pull", FRAME_QUERY, "chrmPull");
    compare("chatroom KV pull", FRAME_QUERY, "pullKV");
    order((struct order){ .verb = ORDER_ROOM_INFO, .room = room });
    open_pair(&pair, "chatroom info", FRAME_QUERY, "queryChrmI");
    decode(&pair, &query_chat_room_info_input_type, &ours, &theirs);
    ours.count = theirs.count; /* how many members are wanted */
    close_pair(&pair, &query_chat_room_info_input_type, &ours);
    order((struct order){ .verb = ORDER_SET_ENTRY,
                          .room = room,
                          .key = STR("topic"),
                          .text = STR("pttefj") });
    compare_entry("chatroom set KV", "setKV");
    order((struct order){ .verb = ORDER_DROP_ENTRY, .room = room, .key = STR("topic") });
    compare_entry("chatroom delete KV", "delKV");
    order((struct order){ .verb = ORDER_ROOM_LEAVE, .room = room });
    compare("chatroom quit", FRAME_QUERY, "exitChrm");
}

static void on_uploaded(void *arg, struct str url, const struct err *why)
{
    assert_null(why);
    assert_true(str_ends(url, STR("/stored")));
    *(bool *)arg = true;
}

/* Times, random names and the size differ; the form of the name does not. */
static void files(void **state)
{
    (void)state;
    struct pair pair;
    struct get_qnup_token_input asked, want;
    struct get_download_url_input address, wanted;
    bool done = false;
    FILE *file = tmpfile();
    struct media_upload upload = { .kind = MEDIA_FILE,
                                   .fd = fileno(file),
                                   .name = STR("a.txt"),
                                   .type = STR("text/plain") };
    fix->wire->oss = "[{\"qiniu\":\"http://127.0.0.1:@/store\",\"p\":\"1\"}]";
    online_as("alice");
    assert_non_null(account_upload(fix->account, &upload, on_uploaded, &done, NULL));
    wire_until(fix->wire, is_true, &done);
    fclose(file);
    open_pair(&pair, "upload token", FRAME_QUERY, "qnTkn");
    decode(&pair, &get_qnup_token_input_type, &asked, &want);
    assert_true(str_starts(asked.key, STR("4__RC-")) && str_ends(asked.key, STR(".txt")));
    asked.key = want.key;
    close_pair(&pair, &get_qnup_token_input_type, &asked);
    open_pair(&pair, "download URL", FRAME_QUERY, "qnUrl");
    decode(&pair, &get_download_url_input_type, &address, &wanted);
    assert_true(str_eq(address.file_name, STR("a.txt")));
    address.key = wanted.key;
    address.file_name = wanted.file_name;
    close_pair(&pair, &get_download_url_input_type, &address);
}

/* What the official SDK sends and we do not: about RongCloud's own bots, the settings of
 * a person's apps; a pull like another; pushes with fields for each maker of phones. */
static const char *const not_ours[] = {
    "qAppBot (sent right after connect)",
    "pullUS (sent right after connect)",
    "pullMsg (with messages)",
    "private text, silent with push config",
};

static bool is_not_ours(struct str name)
{
    /* We are a 5.38, but for the black list, which that has not. */
    bool found = str_starts(name, STR("v2 SDK: ")) && !str_ends(name, STR(" blacklist"));
    for (size_t i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++)
        found = found || str_eq(name, str_from(not_ours[i]));
    return found;
}

/* Comes last. What a client sends is compared, or there is a reason. */
static void every_frame_is_accounted_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < samples.count; i++) {
        const struct sample *sample = &samples.at[i];
        if (!sample->from_server && compared[i] == is_not_ours(sample->name))
            fail_msg("\"%.*s\" is %s", STR_ARG(sample->name),
                     compared[i] ? "said not to be sent, and compared"
                                 : "neither compared nor said not to be sent");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(messages),
        TEST(more_messages),
        TEST(recall),
        TEST(history),
        TEST(housekeeping),
        TEST(hosted_groups),
        TEST(conversations),
        TEST(friends),
        TEST(profiles),
        TEST(hosted_group_is_changed),
        TEST(files),
        TEST(chatrooms),
        cmocka_unit_test(every_frame_is_accounted_for),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
