/* sandbox/rest: any body to any call of the Server API gets an answer or a refusal. */
#include "box.h"

static const char *const paths[] = {
    "/user/getToken.json",
    "/user/block.json",
    "/user/blacklist/add.json",
    "/user/token/expire.json",
    "/user/chat/fb/set.json",
    "/group/create.json",
    "/group/quit.json",
    "/group/user/gag/add.json",
    "/group/ban/query.json",
    "/message/private/publish.json",
    "/message/group/publish.json",
    "/message/recall.json",
    "/sensitiveword/add.json",
    "/sensitiveword/batch/add.json",
    "/chatroom/create.json",
    "/entrust/group/create.json",
    "/entrust/group/join.json",
    "/entrust/group/profile/update.json",
    "/entrust/group/member/query.json",
    "/friend/add.json",
    "/friend/get.json",
    "/friend/profile/set.json",
    "/user/profile/set.json",
    "/chatroom/user/gag/add.json",
    "/message/private/publish_template.json",
    "/statusmessage/group/publish.json",
    "/group/sync.json",
    "/v3/bot/create.json",
    "/v3/bot/integration/update.json",
    "/entrust/group/import.json",
    "/entrust/group/member/set.json",
    "/chatroom/create_new.json",
    "/chatroom/entry/set.json",
    "/chatroom/entry/batch/set.json",
    "/message/expansion/set.json",
    "/message/expansion/delete.json",
    "/v3/message/group/query.json",
    "/message/history.json",
    "/conversation/notification/set.json",
    "/user/tag/set.json",
};

enum { PATHS = sizeof(paths) / sizeof(paths[0]) };

/* The first byte chooses the call and the kind of body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sandbox *box = empty_box();
    box->limits.hosting = true;
    if (size == 0)
        return 0;
    struct str body = str_of(data + 1, size - 1);
    struct str json = STR("application/json");
    call(box, "/group/create.json", FORM, STR("groupId=g&groupName=G&userId=a&userId=b"));
    call(box, "/entrust/group/create.json", FORM,
         STR("groupId=h&name=H&owner=a&userIds=b"));
    call(box, paths[(data[0] & 127) % PATHS], data[0] & 128 ? json : FORM, body);
    return 0;
}
