/* im/changes: what one list of changes becomes, where several of them share a time.
 * spec/scenarios/api_spec.lua has the rest. */
#include "fixture.h"

#include "proto/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf bytes;

static int set_up(void **state)
{
    buf_init(&bytes, 1 << 16);
    return fixture_set_up(state);
}

static int tear_down(void **state)
{
    buf_clear(&bytes);
    return fixture_tear_down(state);
}

/* The server tells `count` changes of one time, with this data. */
static void serve(int change_type, int sub_type, const struct pb_type *type,
                  const void *const *data, size_t count)
{
    struct event_change changes[4] = { { 0 } };
    struct event_change_list list = { 0 };
    struct buf datas[4];
    assert_true(count <= 4);
    for (size_t i = 0; i < count; i++) {
        buf_init(&datas[i], 1 << 14);
        assert_true(pb_encode(type, data[i], &datas[i], NULL));
        pb_put(changes[i], event_change, change_type, change_type);
        pb_put(changes[i], event_change, sub_change_type, sub_type);
        pb_put(changes[i], event_change, business_id, STR("g"));
        pb_put(changes[i], event_change, operator_id, STR("ann"));
        pb_put(changes[i], event_change, time, 7000);
        pb_put(changes[i], event_change, event_data, buf_str(&datas[i]));
    }
    pb_put_list(list, event_change_list, list, changes, count);
    pb_put(list, event_change_list, sync_time, 7000);
    assert_true(pb_encode(&event_change_list_type, &list, &bytes, NULL));
    for (size_t i = 0; i < count; i++)
        buf_clear(&datas[i]);
    fix->wire->changes = buf_str(&bytes);
    fix->wire->hosting = true;
    fixture_online();
}

static void each_card_is_told(void **state)
{
    (void)state;
    struct channels_user_ext_info cards[2] = { { 0 } };
    struct channels_user_info users[2] = { { 0 } };
    struct channel_event_data data = { 0 };
    pb_put(cards[0], channels_user_ext_info, channel_nick_name, STR("Captain"));
    pb_put(cards[1], channels_user_ext_info, additional, STR("x"));
    pb_put(users[0], channels_user_info, user_id, STR("bob"));
    pb_put(users[1], channels_user_info, user_id, STR("cat"));
    pb_put(users[0], channels_user_info, ext, &cards[0]);
    pb_put(users[1], channels_user_info, ext, &cards[1]);
    pb_put_list(data, channel_event_data, user_infos, users, 2);
    serve(EVENT_GROUP_PROFILE, PROFILE_OF_MEMBER, &channel_event_data_type,
          (const void *const[]){ &data }, 1);
    fixture_until_seen(2);
    for (size_t i = 0; i < 2; i++) {
        struct content content;
        assert_true(content_parse(&content, STR("RC:GrpNtf"),
                                  str_from(fix->seen[i].content), NULL));
        assert_true(str_eq(content.notice.operation, STR("SetMember")));
        assert_int_equal(content.notice.target_count, 1);
        assert_true(str_eq(content.notice.targets[0], i == 0 ? STR("bob") : STR("cat")));
        assert_true(str_eq(content.notice.nickname, i == 0 ? STR("Captain") : STR_NONE));
        assert_true(str_eq(content.notice.extra, i == 0 ? STR_NONE : STR("x")));
        content_clear(&content);
    }
}

/* One person wants into two groups in the same millisecond. */
static void each_application_is_told(void **state)
{
    (void)state;
    struct channels_user_info bob = { 0 };
    struct channels_invite_status_info infos[2] = { { 0 } };
    struct channel_apply_info data[2] = { { 0 } };
    pb_put(bob, channels_user_info, user_id, STR("bob"));
    for (size_t i = 0; i < 2; i++) {
        pb_put(infos[i], channels_invite_status_info, target_id,
               i == 0 ? STR("tea") : STR("mah"));
        pb_put(infos[i], channels_invite_status_info, join_user_info, &bob);
        pb_put(infos[i], channels_invite_status_info, status, APPLY_MANAGER_WAITS);
        pb_put(infos[i], channels_invite_status_info, direction_type, APPLY_RECEIVED);
        pb_put_list(data[i], channel_apply_info, status_info, &infos[i], 1);
    }
    serve(EVENT_APPLICATION, 0, &channel_apply_info_type,
          (const void *const[]){ &data[0], &data[1] }, 2);
    fixture_until_seen(2);
    assert_non_null(strstr(fix->seen[0].content, "\"groupId\":\"tea\""));
    assert_non_null(strstr(fix->seen[1].content, "\"groupId\":\"mah\""));
}

/* Two join at once, by a change each. */
static void each_member_is_told(void **state)
{
    (void)state;
    struct channels_user_info users[2] = { { 0 } };
    struct channel_event_data data[2] = { { 0 } };
    for (size_t i = 0; i < 2; i++) {
        pb_put(users[i], channels_user_info, user_id, i == 0 ? STR("bob") : STR("cat"));
        pb_put_list(data[i], channel_event_data, user_infos, &users[i], 1);
    }
    serve(EVENT_GROUP, GROUP_JOINED, &channel_event_data_type,
          (const void *const[]){ &data[0], &data[1] }, 2);
    fixture_until_seen(2);
    assert_string_not_equal(fix->seen[0].uid, fix->seen[1].uid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_card_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_application_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_member_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
