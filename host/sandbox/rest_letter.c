#include "sandbox/rest_letter.h"

#include "proto/content.h"
#include "proto/messages.h"

#define OBJECT_MAX 32
#define PUSH_MAX 65536

static bool among(struct str name, const char *const *list)
{
    for (; *list; list++) {
        if (str_eq(name, str_from(*list)))
            return true;
    }
    return false;
}

int64_t rest_session(struct str object, bool persisted, bool counted)
{
    static const char *const stored_only[] = { "RC:InfoNtf", "RC:GrpNtf", "RC:ContactNtf",
                                               "RC:CmdNtf",  "RC:DizNtf", "RC:ProfileNtf",
                                               "RC:RcNtf",   "RC:RcCmd",  NULL };
    static const char *const neither[] = {
        "RC:CmdMsg",   "RC:TypSts",   "RC:ReadNtf",       "RC:SRSMsg", "RC:RRReqMsg",
        "RC:RRRspMsg", "RC:MsgExMsg", "RC:chrmKVNotiMsg", NULL,
    };
    if (among(object, neither))
        return 0;
    int64_t session = persisted ? SESSION_STORED : 0;
    return session | (counted && !among(object, stored_only) ? SESSION_COUNTED : 0);
}

/* extraContent is {"key": "text"}; on the wire it is {"key": {"v": "text"}}. */
static bool read_expansion(struct call *call, struct str *out)
{
    struct str text;
    if (!rest_text_maybe(call, "extraContent", PUSH_MAX, &text))
        return false;
    if (text.len == 0)
        return true;
    struct json *given = json_parse(text, NULL);
    if (json_kind(given) != JSON_OBJECT) {
        json_free(given);
        return rest_fail(call, REST_PARAMETER, "extraContent is not a JSON object.");
    }
    struct buf *made = &call->box->scratch;
    const struct json *member = NULL;
    const char *comma = "";
    bool fine = true;
    buf_reset(made);
    while ((member = json_next(given, member))) {
        fine = fine && buf_add_format(made, "%s", *comma ? comma : "{") &&
               json_write_str(made, json_name(member)) &&
               buf_add_str(made, STR(":{\"v\":")) &&
               json_write_str(made, json_str(member)) && buf_add_str(made, STR("}"));
        comma = ",";
    }
    fine = fine && buf_add_str(made, *comma ? STR("}") : STR("{}"));
    json_free(given);
    *out = fine ? box_copy(call->box, buf_str(made)) : STR_NONE;
    return fine || rest_fail(call, REST_TOO_LONG, "extraContent is too long.");
}

static bool read_flags(struct call *call, struct letter *letter, struct post *how)
{
    bool persisted, counted, mentioned, silent, expansion, no_update, to_sender;
    if (!rest_flag(call, "isPersisted", true, &persisted) ||
        !rest_flag(call, "isCounted", true, &counted) ||
        !rest_flag(call, "isMentioned", false, &mentioned) ||
        !rest_flag(call, "disablePush", false, &silent) ||
        !rest_flag(call, "expansion", false, &expansion) ||
        !rest_flag(call, "disableUpdateLastMsg", false, &no_update) ||
        !rest_flag(call, "isIncludeSender", false, &to_sender))
        return false;
    letter->session = rest_session(letter->object, persisted, counted);
    letter->session |= mentioned ? UP_MENTION : 0;
    letter->session |= silent ? UP_SILENT : 0;
    letter->session |= expansion ? UP_EXPANDABLE : 0;
    letter->option_bits = no_update ? 1 : 0;
    how->to_sender = to_sender && letter->type != CHAT_SYSTEM &&
                     letter->type != CHAT_ROOM; /* who is told, its sender is not */
    if (expansion && !read_expansion(call, &letter->extra_content))
        return false;
    if (!mentioned)
        return true;
    struct json *content = json_parse(letter->content, NULL);
    bool fine = json_get(content, "mentionedInfo") != NULL;
    json_free(content);
    return fine || rest_fail(call, REST_PARAMETER, "isMentioned needs mentionedInfo.");
}

bool rest_letter(struct call *call, int type, struct letter *letter, struct post *how)
{
    *letter = (struct letter){ .type = type };
    *how = (struct post){ 0 };
    return rest_id(call, "fromUserId", &letter->from) &&
           rest_text(call, "objectName", OBJECT_MAX, &letter->object) &&
           rest_text(call, "content", CONTENT_MAX, &letter->content) &&
           rest_text_maybe(call, "pushContent", PUSH_MAX, &letter->push_text) &&
           read_flags(call, letter, how);
}

bool rest_notify(struct call *call, bool *wanted, struct letter *letter, struct post *how)
{
    if (!rest_flag(call, "bindNotifyMsg", false, wanted))
        return false;
    return !*wanted || rest_letter(call, CHAT_GROUP, letter, how);
}
