#include "sandbox/topics.h"

#include "base/gzip.h"
#include "sandbox/answers.h"
#include "sandbox/post.h"

#define PACK_FROM 8192 /* bytes of an answer from which compressing pays */

ANSWERS(PB_DEFINE)

static topic_fn *find(const struct topic *table, struct str name)
{
    for (; table->name; table++) {
        if (str_eq(name, str_from(table->name)))
            return table->fn;
    }
    return NULL;
}

topic_fn *topics_find_publish(struct str name)
{
    return find(message_topics, name);
}

/* What of the group and friend services is not played, whether they are on or off. */
static int not_enabled(struct ask *ask)
{
    (void)ask;
    return STATUS_NOT_ENABLED;
}

static bool is_hosted(struct str name)
{
    static const char *const starts[] = { "channel", "upChannel", "qChannel", "friend" };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (str_starts(name, str_from(starts[i])))
            return true;
    }
    return false;
}

topic_fn *topics_find_query(struct str name)
{
    const struct topic *const areas[] = { pull_topics,  history_topics,  list_topics,
                                          room_topics,  room_key_topics, misc_topics,
                                          group_topics, friend_topics,   profile_topics,
                                          edit_topics,  apply_topics };
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        topic_fn *fn = find(areas[i], name);
        if (fn)
            return fn;
    }
    return is_hosted(name) ? not_enabled : NULL;
}

bool ask_read(struct ask *ask, const struct pb_type *type, void *out)
{
    return pb_decode(type, out, ask->frame->payload, &ask->box->arena, NULL);
}

int ask_write(struct ask *ask, const struct pb_type *type, const void *answer)
{
    return pb_encode(type, answer, ask->out, NULL) ? STATUS_OK : STATUS_BAD;
}

struct str ask_own_form(struct ask *ask, const struct message *message)
{
    buf_reset(&ask->box->scratch);
    if (!post_own_form(message, &ask->box->scratch))
        return STR_NONE;
    return box_copy(ask->box, buf_str(&ask->box->scratch));
}

struct str ask_form(struct ask *ask, const struct message *message)
{
    return post_is_own(message, ask->user) ? ask_own_form(ask, message) : message->down;
}

bool ask_pack(struct ask *ask, bool allowed, struct str *packed)
{
    struct sandbox *box = ask->box;
    if (!allowed || !box->limits.gzip || ask->out->len < PACK_FROM)
        return false;
    buf_reset(&box->scratch);
    if (!gzip_pack(&box->scratch, buf_str(ask->out), NULL))
        return false;
    buf_reset(ask->out);
    *packed = buf_str(&box->scratch);
    return true;
}
