#include "proto/content.h"

#include "base/mem.h"

#include <string.h>

enum { STORED = 1, COUNTED = 2, STATUS = 4 };

/* wire.md G. */
static const struct {
    struct str name;
    enum content_kind kind;
    int flags;
} known[] = {
    { STR("RC:TxtMsg"), CONTENT_TEXT, STORED | COUNTED },
    { STR("RC:ImgMsg"), CONTENT_IMAGE, STORED | COUNTED },
    { STR("RC:GIFMsg"), CONTENT_IMAGE, STORED | COUNTED },
    { STR("RC:VcMsg"), CONTENT_VOICE, STORED | COUNTED },
    { STR("RC:HQVCMsg"), CONTENT_VOICE, STORED | COUNTED },
    { STR("RC:FileMsg"), CONTENT_FILE, STORED | COUNTED },
    { STR("RC:SightMsg"), CONTENT_VIDEO, STORED | COUNTED },
    { STR("RC:LBSMsg"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:ImgTextMsg"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:ReferenceMsg"), CONTENT_QUOTE, STORED | COUNTED },
    { STR("RC:CombineMsg"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:CombineV2Msg"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:StreamMsg"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:PSImgTxtMsg"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:PSMultiImgTxtMsg"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:RLStart"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:RLEnd"), CONTENT_OTHER, STORED | COUNTED },
    { STR("RC:InfoNtf"), CONTENT_INFO, STORED },
    { STR("RC:GrpNtf"), CONTENT_GROUP_NOTICE, STORED },
    { STR("ST:GrpNtf"), CONTENT_GROUP_NOTICE, STORED },
    { STR("RC:ContactNtf"), CONTENT_CONTACT, STORED },
    { STR("RC:ProfileNtf"), CONTENT_OTHER, STORED },
    { STR("RC:CmdNtf"), CONTENT_COMMAND, STORED },
    { STR("RC:DizNtf"), CONTENT_OTHER, STORED },
    { STR("RC:RcNtf"), CONTENT_RECALLED, STORED },
    { STR("RC:RcCmd"), CONTENT_RECALL, STORED },
    { STR("RC:CmdMsg"), CONTENT_COMMAND, 0 },
    { STR("RC:TypSts"), CONTENT_TYPING, STATUS },
    { STR("RC:ReadNtf"), CONTENT_READ, 0 },
    { STR("RC:SRSMsg"), CONTENT_OTHER, 0 },
    { STR("RC:RRReqMsg"), CONTENT_READ_ASKED, 0 },
    { STR("RC:RRRspMsg"), CONTENT_READ_GROUP, 0 },
    { STR("RC:MsgExMsg"), CONTENT_EXPANSION, 0 },
    { STR("RC:chrmKVNotiMsg"), CONTENT_OTHER, 0 },
    { STR("RC:InterceptMsg"), CONTENT_INTERCEPT, STATUS },
    { STR("RC:ChrmMemChange"), CONTENT_OTHER, 0 },
    { STR("RC:ChrmBanMsg"), CONTENT_OTHER, 0 },
    { STR("RC:ChrmBlockMsg"), CONTENT_OTHER, 0 },
    { STR("RC:ChrmSyncMsg"), CONTENT_OTHER, 0 },
};

/* An index in `known`, or -1. */
static int known_index(struct str object_name)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (str_eq(object_name, known[i].name))
            return (int)i;
    return -1;
}

enum content_kind content_kind(struct str object_name)
{
    int at = known_index(object_name);
    return at >= 0 ? known[at].kind : CONTENT_OTHER;
}

bool content_type_flags(struct str object_name, bool *stored, bool *counted)
{
    int at = known_index(object_name);
    int flags = at >= 0 ? known[at].flags : 0;
    *stored = (flags & STORED) != 0;
    *counted = (flags & COUNTED) != 0;
    return at >= 0;
}

bool content_is_status(struct str object_name)
{
    int at = known_index(object_name);
    return at >= 0 && (known[at].flags & STATUS) != 0;
}

static struct str text_of(const struct json *object, const char *name)
{
    return json_str(json_get(object, name));
}

static void read_user(struct content *out)
{
    const struct json *user = json_get(out->root, "user");
    out->user.id = text_of(user, "id");
    out->user.name = text_of(user, "name");
    out->user.portrait = text_of(user, "portrait");
    if (out->user.portrait.len == 0)
        out->user.portrait = text_of(user, "portraitUri");
}

/* Puts the strings of an array at `to`; what is no string becomes empty. */
static size_t read_strings(const struct json *array, struct str *to)
{
    size_t count = 0;
    if (json_kind(array) != JSON_ARRAY)
        return 0;
    for (const struct json *at = NULL; (at = json_next(array, at)) != NULL;)
        to[count++] = json_str(at);
    return count;
}

static void read_notice(struct content *out)
{
    struct content_notice *notice = &out->notice;
    const struct json *data = json_get(out->root, "data");
    if (json_kind(data) == JSON_STRING)
        data = out->data = json_parse(json_str(data), NULL);
    notice->operator_id = text_of(out->root, "operatorUserId");
    notice->operation = text_of(out->root, "operation");
    notice->message = text_of(out->root, "message");
    notice->operator_name = text_of(data, "operatorNickname");
    notice->group_name = text_of(data, "targetGroupName");
    notice->nickname = text_of(data, "nickname");
    notice->extra = text_of(data, "extra");
    notice->minutes = json_int(json_get(data, "minutes"), 0);
    notice->timestamp = json_int(json_get(data, "timestamp"), 0);
}

/* All lists of strings stand in one piece of memory: who is mentioned, then the targets,
 * then as many names. */
static void read_lists(struct content *out, const struct json *mentioned)
{
    const struct json *data = out->data != NULL ? out->data : json_get(out->root, "data");
    const struct json *targets = NULL, *names = NULL;
    if (out->kind == CONTENT_GROUP_NOTICE) {
        targets = json_get(data, "targetUserIds");
        names = json_get(data, "targetUserDisplayNames");
    }
    size_t total = json_size(mentioned) + 2 * json_size(targets) + json_size(names);
    if (total == 0)
        return;
    out->lists = mem_zero(total * sizeof(*out->lists));
    out->mentioned = out->lists;
    out->mentioned_count = read_strings(mentioned, out->mentioned);
    struct str *ids = out->lists + out->mentioned_count;
    out->notice.target_count = read_strings(targets, ids);
    out->notice.targets = ids;
    out->notice.names = ids + out->notice.target_count;
    read_strings(names, ids + out->notice.target_count);
}

static void read_mention(struct content *out)
{
    const struct json *info = json_get(out->root, "mentionedInfo");
    int64_t type = json_int(json_get(info, "type"), MENTION_NONE);
    out->mention =
        type == MENTION_ALL || type == MENTION_USERS ? (int)type : MENTION_NONE;
    read_lists(out, out->mention == MENTION_USERS ? json_get(info, "userIdList") : NULL);
}

static void read_recall(struct content *out)
{
    const struct json *root = out->root;
    out->recall = (struct content_recall){
        .type = json_int(json_get(root, "conversationType"), 0),
        .target = text_of(root, "targetId"),
        .uid = text_of(root, "messageUId"),
        .sent_ms = json_int(json_get(root, "sentTime"), 0),
        .channel = text_of(root, "channelId"),
        .is_delete = json_bool(json_get(root, "isDelete"), false),
        .is_admin = json_bool(json_get(root, "isAdmin"), false),
    };
}

static void read_contact(struct content *out)
{
    out->contact = (struct content_contact){
        .operation = text_of(out->root, "operation"),
        .source = text_of(out->root, "sourceUserId"),
        .target = text_of(out->root, "targetUserId"),
    };
}

static void read_intercept(struct content *out)
{
    out->intercept = (struct content_intercept){
        .uid = text_of(out->root, "msgUId"),
        .type = json_int(json_get(out->root, "interceptType"), 0),
        .extra = text_of(out->root, "extra"),
    };
}

bool content_parse(struct content *out, struct str object_name, struct str json,
                   struct err *err)
{
    *out = (struct content){ .kind = content_kind(object_name) };
    out->root = json_parse(json, err);
    if (out->root == NULL)
        return false;
    if (json_kind(out->root) != JSON_OBJECT) {
        content_clear(out);
        return err_set(err, ERR_PROTO, "content is no JSON object");
    }
    out->extra = text_of(out->root, "extra");
    read_user(out);
    if (out->kind == CONTENT_TEXT || out->kind == CONTENT_QUOTE)
        out->text = text_of(out->root, "content");
    else if (out->kind == CONTENT_INFO || out->kind == CONTENT_GROUP_NOTICE ||
             out->kind == CONTENT_CONTACT)
        out->text = text_of(out->root, "message");
    if (out->kind == CONTENT_GROUP_NOTICE)
        read_notice(out);
    else if (out->kind == CONTENT_RECALL)
        read_recall(out);
    else if (out->kind == CONTENT_CONTACT)
        read_contact(out);
    else if (out->kind == CONTENT_INTERCEPT)
        read_intercept(out);
    read_mention(out);
    return true;
}

void content_clear(struct content *content)
{
    json_free(content->root);
    json_free(content->data);
    free(content->lists);
    *content = (struct content){ 0 };
}
