#include "proto/content.h"

/* Ends a writer: takes back what was added if it did not fit. */
static bool finish(struct buf *out, size_t before, bool added, struct err *err)
{
    if (added && out->len - before <= CONTENT_MAX)
        return true;
    buf_cut(out, before);
    return err_set(err, ERR_LIMIT, "content of more than %zu bytes",
                   added || out->max - before > CONTENT_MAX ? (size_t)CONTENT_MAX
                                                            : out->max - before);
}

/* `before`, which is JSON text up to a value, and the value. */
static bool add_text(struct buf *out, const char *before, struct str value)
{
    return buf_add_str(out, str_from(before)) && json_write_str(out, value);
}

static bool add_list(struct buf *out, const char *before, const struct str *values,
                     size_t count)
{
    if (!buf_add_str(out, str_from(before)) || !buf_add_byte(out, '['))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_text(out, i > 0 ? "," : "", values[i]))
            return false;
    return buf_add_byte(out, ']');
}

static bool add_mentions(struct buf *out, const struct str *mentions, size_t count,
                         bool all)
{
    return buf_add_format(out, ",\"mentionedInfo\":{\"type\":%d",
                          all ? MENTION_ALL : MENTION_USERS) &&
           add_list(out, ",\"userIdList\":", mentions, all ? 0 : count) &&
           buf_add_str(out, STR(",\"mentionedContent\":\"\"}"));
}

bool content_text(struct buf *out, struct str text, const struct str *mentions,
                  size_t mention_count, bool mention_all, struct err *err)
{
    size_t before = out->len;
    bool added = add_text(out, "{\"content\":", text);
    if (added && (mention_all || mention_count > 0))
        added = add_mentions(out, mentions, mention_count, mention_all);
    return finish(out, before, added && buf_add_byte(out, '}'), err);
}

bool content_recall(struct buf *out, const struct content_recall *recall, struct err *err)
{
    size_t before = out->len;
    bool added =
        buf_add_format(out, "{\"conversationType\":%lld", (long long)recall->type) &&
        add_text(out, ",\"targetId\":", recall->target) &&
        add_text(out, ",\"messageUId\":", recall->uid) &&
        buf_add_format(out, ",\"sentTime\":%lld", (long long)recall->sent_ms) &&
        add_text(out, ",\"channelId\":", recall->channel) &&
        buf_add_format(out, ",\"isDelete\":%s,\"isAdmin\":%s}",
                       recall->is_delete ? "true" : "false",
                       recall->is_admin ? "true" : "false");
    return finish(out, before, added, err);
}

/* What only some notices have. */
static bool add_own(struct buf *out, const struct content_notice *notice)
{
    return (notice->nickname.len == 0 ||
            add_text(out, ",\"nickname\":", notice->nickname)) &&
           (notice->extra.len == 0 || add_text(out, ",\"extra\":", notice->extra)) &&
           (notice->minutes == 0 ||
            buf_add_format(out, ",\"minutes\":%lld", (long long)notice->minutes));
}

bool content_group_notice(struct buf *out, const struct content_notice *notice,
                          struct err *err)
{
    size_t before = out->len;
    size_t count = notice->target_count;
    bool added =
        add_text(out, "{\"operatorUserId\":", notice->operator_id) &&
        add_text(out, ",\"operation\":", notice->operation) &&
        add_text(out, ",\"data\":{\"operatorNickname\":", notice->operator_name) &&
        add_list(out, ",\"targetUserIds\":", notice->targets, count) &&
        add_list(out, ",\"targetUserDisplayNames\":", notice->names,
                 notice->names != NULL ? count : 0) &&
        add_text(out, ",\"targetGroupName\":", notice->group_name) &&
        add_own(out, notice) &&
        buf_add_format(out, ",\"timestamp\":%lld}", (long long)notice->timestamp) &&
        add_text(out, ",\"message\":", notice->message) &&
        buf_add_str(out, STR(",\"extra\":\"\"}"));
    return finish(out, before, added, err);
}

bool content_info(struct buf *out, struct str message, struct err *err)
{
    size_t before = out->len;
    bool added = add_text(out, "{\"message\":", message) && buf_add_byte(out, '}');
    return finish(out, before, added, err);
}

bool content_intercept(struct buf *out, const struct content_intercept *intercept,
                       struct err *err)
{
    size_t before = out->len;
    bool added =
        add_text(out, "{\"msgUId\":", intercept->uid) &&
        buf_add_format(out, ",\"interceptType\":%lld", (long long)intercept->type) &&
        add_text(out, ",\"extra\":", intercept->extra) && buf_add_byte(out, '}');
    return finish(out, before, added, err);
}
