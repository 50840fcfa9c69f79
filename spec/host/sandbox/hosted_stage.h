/*
 * hosted_stage: what tests of hosted groups ask for.
 */
#ifndef SPEC_SANDBOX_HOSTED_STAGE_H
#define SPEC_SANDBOX_HOSTED_STAGE_H

#include "stage.h"

#include "sandbox/events.h"

static inline void hosting(bool on)
{
    assert_int_equal(control("POST", "/_sandbox/limits",
                             on ? "{\"hosting\":true}" : "{\"hosting\":false}"),
                     200);
}

static inline int set(struct player *player, const char *group, const char *key,
                      const char *value)
{
    struct profile_info setting = { 0 };
    struct channels_input in = { 0 };
    pb_put(setting, profile_info, key, str_from(key));
    pb_put(setting, profile_info, value, str_from(value));
    pb_put(in, channels_input, target_id, str_from(group));
    pb_put_list(in, channels_input, setting_profile, &setting, 1);
    return ask(player, "upChannelInfo", group, &channels_input_type, &in,
               &channels_output_type, &(struct channels_output){ 0 });
}

/* Joins or invites; the process code, or minus the status. */
static inline int enter(struct player *player, const char *topic, const char *group,
                        const char *who)
{
    struct channels_members_input in = { 0 };
    struct channels_output out = { 0 };
    struct str users[] = { str_from(who) };
    pb_put(in, channels_members_input, target_id, str_from(group));
    if (who)
        pb_put_list(in, channels_members_input, user_ids, users, 1);
    int status = ask(player, topic, group, &channels_members_input_type, &in,
                     &channels_output_type, &out);
    return status ? -status : (int)out.process_code;
}

static inline struct event_change_list events(struct player *player, int64_t since)
{
    struct query_msg_change in = { 0 };
    struct event_change_list out = { 0 };
    pb_put(in, query_msg_change, sync_time, since);
    assert_int_equal(ask(player, "pullEventChange", "me", &query_msg_change_type, &in,
                         &event_change_list_type, &out),
                     0);
    return out;
}

#endif
