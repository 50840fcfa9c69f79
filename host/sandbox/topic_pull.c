/* pullMsg: what arrived, and what was sent, after the client's cursors. */
#include "sandbox/answers.h"
#include "sandbox/post.h"
#include "sandbox/topics.h"

#define PAGE_BYTES (512u << 10) /* of messages in one answer */

/* One of the two logs being merged. */
struct source {
    const struct log *log;
    size_t at;
    int64_t seen; /* time of the last one taken, or the cursor */
};

static struct message *peek(const struct source *source, const struct mail *mail)
{
    return source->at < source->log->len ? log_at(source->log, mail, source->at) : NULL;
}

static struct source start(struct ask *ask, const struct log *log, int64_t cursor)
{
    int64_t oldest = ask->now - BOX_OFFLINE_MS;
    return (struct source){
        .log = log,
        .at = log_after(log, &ask->box->mail, cursor > oldest ? cursor : oldest),
        .seen = cursor,
    };
}

/* The earlier of the two heads; NULL when both logs are at their ends. */
static struct source *earlier(struct source *in, struct source *out,
                              const struct mail *mail)
{
    const struct message *a = peek(in, mail), *b = peek(out, mail);
    if (a && b)
        return b->time < a->time ? out : in;
    if (b)
        return out;
    return a ? in : NULL;
}

/* Fills `list` with at most `most` messages; false when some are left. */
static bool take(struct ask *ask, struct source *in, struct source *out, struct str *list,
                 size_t most, size_t *count)
{
    size_t bytes = 0;
    struct source *from;
    *count = 0;
    while ((from = earlier(in, out, &ask->box->mail))) {
        const struct message *message = peek(from, &ask->box->mail);
        if (*count == most || bytes > PAGE_BYTES)
            return false;
        from->at++;
        from->seen = message->time;
        if (message->recalled)
            continue;
        struct str one = from == out ? ask_own_form(ask, message) : message->down;
        if (!one.at)
            return false; /* the arena is full: the rest comes with the next pull */
        list[(*count)++] = one;
        bytes += one.len;
    }
    return true;
}

static int topic_pull(struct ask *ask)
{
    struct sync_request_msg want;
    struct sandbox *box = ask->box;
    const struct user *user = ask->user;
    const struct log none = { 0 };
    if (!ask_read(ask, &sync_request_msg_type, &want))
        return STATUS_BAD;
    box->counters.pulls++;
    bool own = want.is_pull_send && box->limits.pull_send;
    struct source in = start(ask, &user->inbox, want.sync_time);
    struct source out = start(ask, own ? &user->outbox : &none, want.send_box_sync_time);
    struct str *list = arena_alloc(&box->arena, box->limits.page * sizeof *list);
    size_t count;
    if (!list)
        return STATUS_BAD;
    bool finished = take(ask, &in, &out, list, box->limits.page, &count);

    struct pull_answer answer = { 0 };
    struct str packed;
    if (count)
        pb_put_list(answer, pull_answer, list, list, count);
    pb_put(answer, pull_answer, sync_time, in.seen);
    pb_put(answer, pull_answer, finished, finished);
    pb_put(answer, pull_answer, system_time, ask->now);
    int status = ask_write(ask, &pull_answer_type, &answer);
    if (status == STATUS_OK && ask_pack(ask, want.compress_enabled, &packed)) {
        pb_drop(answer, pull_answer, list);
        pb_put(answer, pull_answer, compress_enabled, true);
        pb_put(answer, pull_answer, compressed_data, packed);
        status = ask_write(ask, &pull_answer_type, &answer);
    }
    return status;
}

const struct topic pull_topics[] = {
    { "pullMsg", topic_pull },
    { NULL, NULL },
};
