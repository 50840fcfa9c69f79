/* sandbox/app: any body to any page of the App Server gets an answer or a refusal. The
 * first byte chooses the page, what follows up to a line's end is the query. */
#include "box.h"

#include "sandbox/visit.h"

static const char *const pages[][2] = {
    { "POST", "/user/register" },
    { "POST", "/user/login" },
    { "POST", "/user/batch" },
    { "POST", "/user/updateUser" },
    { "POST", "/user/add_to_blacklist" },
    { "POST", "/friendship/invite" },
    { "POST", "/friendship/agree" },
    { "POST", "/friendship/set_display_name" },
    { "GET", "/friendship/all" },
    { "POST", "/group/create" },
    { "POST", "/group/add" },
    { "POST", "/group/kick" },
    { "POST", "/group/quit" },
    { "POST", "/group/transfer" },
    { "POST", "/group/set_manager" },
    { "POST", "/group/rename" },
    { "POST", "/group/set_bulletin" },
    { "POST", "/group/mute_all" },
    { "POST", "/group/mute" },
    { "GET", "/group/get_bulletin" },
    { "GET", "/conversation/list" },
    { "GET", "/conversation/history" },
    { "POST", "/friendship/delete" },
    { "POST", "/group/join" },
    { "POST", "/group/dismiss" },
    { "GET", "/user/ben" },
    { "GET", "/group/g/members" },
    { "GET", "/friendship/ben/profile" },
};

enum { PAGES = sizeof(pages) / sizeof(pages[0]) };

/* ann has made the group g. */
static struct sandbox *the_box(void)
{
    struct sandbox *box = empty_box();
    must(call(box, "/group/create.json", FORM,
              STR("groupId=g&groupName=G&userId=ann&userId=ben")));
    state_set(&state_app_group(&box->state, STR("g"))->creator, STR("ann"));
    return box;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sandbox *box = the_box();
    if (size == 0)
        return 0;
    struct str rest = str_of(data + 1, size - 1), query = STR("");
    str_split(&rest, '\n', &query);
    const char *const *page = pages[data[0] % PAGES];
    struct visit visit = {
        .box = box,
        .now = clock_wall_ms(),
        .query = query,
        .name = STR("ann"),
        .account = state_add_account(&box->state, STR("ann"), STR("ann")),
        .result = json_object(),
    };
    const struct visit_page *found =
        visit_find(str_from(page[1]), str_from(page[0]), &visit.id);
    must(found);
    if (!visit_run(&visit, found, str_from(page[0]), rest))
        must(visit.http >= 200 && visit.code >= 1000 && visit.why);
    json_free(visit.result);
    return 0;
}
