/* webhook: see the header. */
#include "im/webhook.h"

#include "base/digest.h"
#include "base/json.h"
#include "im/webhook_event.h"
#include "net/server.h"

#include <string.h>

#define RECEIVERS_MAX 1000

const char *webhook_word(enum webhook kind)
{
    static const char *const words[WEBHOOKS] = {
        [WEBHOOK_ROUTE] = "route",
        [WEBHOOK_PRECHECK] = "precheck",
        [WEBHOOK_ONLINE] = "online",
        [WEBHOOK_AUDITS] = "audits",
        [WEBHOOK_OPERATIONS] = "operations",
        [WEBHOOK_GROUPS] = "groups",
        [WEBHOOK_ROOMS] = "rooms",
        [WEBHOOK_USERS] = "users",
        [WEBHOOK_BOTS] = "bots",
        [WEBHOOK_FEED] = "feed",
    };
    return words[kind];
}

/* The value of a field in the arena; STR_NONE when it is missing, too long or the arena
 * is full. */
static struct str field(struct str form, const char *name, size_t max,
                        struct arena *arena)
{
    struct buf value;
    buf_init(&value, max);
    struct str out = STR_NONE;
    if (server_param(form, name, &value))
        out = value.len > 0 ? arena_copy(arena, buf_str(&value)) : STR("");
    buf_clear(&value);
    return out;
}

void webhook_read_proof(struct str query, struct arena *arena,
                        struct webhook_proof *proof)
{
    struct str *const out[] = { &proof->app_key, &proof->timestamp, &proof->timestamp,
                                &proof->nonce, &proof->signature };
    static const char *const names[] = { "appKey", "timestamp", "signTimestamp", "nonce",
                                         "signature" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct str value =
            out[i]->at ? STR_NONE : field(query, names[i], WEBHOOK_TEXT_MAX, arena);
        if (value.at)
            *out[i] = value;
    }
}

bool webhook_check(const struct webhook_proof *proof, struct str secret, int64_t now_ms,
                   int64_t window_ms, struct err *err)
{
    char good[DIGEST_SHA1_HEX], given[DIGEST_SHA1_HEX] = "";
    int64_t time_ms;
    if (proof->nonce.len == 0 || proof->signature.len == 0 || proof->timestamp.len == 0)
        return err_set(err, ERR_DENIED, "timestamp, nonce or signature is missing");
    struct str parts[] = { secret, proof->nonce, proof->timestamp };
    digest_sha1_hex(parts, 3, good);
    for (size_t i = 0; i < proof->signature.len && i < sizeof(given) - 1; i++) {
        char c = proof->signature.at[i];
        given[i] = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    }
    if (proof->signature.len != sizeof(given) - 1 ||
        !digest_same(str_of(good, sizeof(good) - 1), str_of(given, sizeof(given) - 1)))
        return err_set(err, ERR_DENIED, "the signature is wrong");
    if (!str_to_i64(proof->timestamp, &time_ms) || time_ms < 0)
        return err_set(err, ERR_DENIED, "the timestamp is no number");
    if (window_ms > 0 && (time_ms < now_ms - window_ms || time_ms > now_ms + window_ms))
        return err_set(err, ERR_TIMEOUT, "the timestamp is too far from now");
    return true;
}

/* ---- messages ---- */

static bool read_type(struct str word, enum conversation_type *out, struct err *err)
{
    static const struct {
        const char *word;
        enum conversation_type type;
    } types[] = {
        { "PERSON", CONVERSATION_PRIVATE },
        { "GROUP", CONVERSATION_GROUP },
        { "TEMPGROUP", CONVERSATION_CHATROOM },
        { "NOTIFY", CONVERSATION_SYSTEM },
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (str_eq(word, str_from(types[i].word))) {
            *out = types[i].type;
            return true;
        }
    }
    return err_set(err, ERR_UNSUPPORTED, "channelType: no bot is in such a conversation");
}

static bool read_id(struct str form, const char *name, struct arena *arena,
                    struct str *out, struct err *err)
{
    *out = field(form, name, WEBHOOK_TEXT_MAX, arena);
    if (out->len == 0 || !str_is_utf8(*out) || memchr(out->at, 0, out->len))
        return err_set(err, ERR_PROTO, "%s is missing or no text", name);
    return true;
}

static bool read_time(struct str form, const char *name, struct arena *arena,
                      int64_t *out, struct err *err)
{
    if (!str_to_i64(field(form, name, WEBHOOK_TEXT_MAX, arena), out) || *out <= 0)
        return err_set(err, ERR_PROTO, "%s is missing or no time", name);
    return true;
}

static bool read_content(struct str form, struct arena *arena, struct str *out,
                         struct err *err)
{
    *out = field(form, "content", WEBHOOK_CONTENT_MAX, arena);
    if (!out->at || !str_is_utf8(*out))
        return err_set(err, ERR_PROTO, "content is missing, too long or no text");
    return true;
}

/* The names that differ between the two forms. */
struct names {
    const char *target, *type, *time, *uid;
};

static bool read_message(struct str form, const struct names *names, struct arena *arena,
                         struct webhook_message *out, struct err *err)
{
    struct message *message = &out->message;
    struct str channel;
    memset(out, 0, sizeof(*out));
    if (!read_id(form, "fromUserId", arena, &message->sender, err) ||
        !read_id(form, names->target, arena, &message->target, err) ||
        !read_id(form, names->type, arena, &message->object_name, err) ||
        !read_id(form, names->uid, arena, &message->uid, err) ||
        !read_id(form, "channelType", arena, &channel, err) ||
        !read_type(channel, &message->type, err) ||
        !read_time(form, names->time, arena, &message->sent_ms, err) ||
        !read_content(form, arena, &message->content, err))
        return false;
    message->status = WEBHOOK_STATUS;
    if (message_is_made_here(message))
        return err_set(err, ERR_PROTO, "%s is none of the cloud's", names->uid);
    return true;
}

static bool add_receiver(struct webhook_message *out, struct str *list, struct str id,
                         struct err *err)
{
    if (out->to_count == RECEIVERS_MAX)
        return err_set(err, ERR_PROTO, "more than %d receivers", RECEIVERS_MAX);
    if (id.len > 0)
        list[out->to_count++] = id;
    return true;
}

/* Ids as repeated keys, as the text of a JSON array, or as a list with commas. */
static bool read_receivers(struct str form, const char *name, struct arena *arena,
                           struct webhook_message *out, struct err *err)
{
    struct str *list = arena_alloc(arena, RECEIVERS_MAX * sizeof(*list));
    struct buf key, value;
    bool fine = list != NULL;
    buf_init(&key, form.len + 1);
    buf_init(&value, form.len + 1);
    while (fine && server_param_next(&form, &key, &value)) {
        struct str text = buf_str(&value), one;
        if (!str_eq(buf_str(&key), str_from(name)) || text.len == 0)
            continue;
        struct json *array = text.at[0] == '[' ? json_parse(text, NULL) : NULL;
        const struct json *item = NULL;
        while (fine && array && (item = json_next(array, item)))
            fine = add_receiver(out, list, arena_copy(arena, json_str(item)), err);
        while (fine && !array && str_split(&text, ',', &one))
            fine = add_receiver(out, list, arena_copy(arena, one), err);
        json_free(array);
    }
    buf_clear(&key);
    buf_clear(&value);
    out->to = list;
    return fine || (list ? false : err_set(err, ERR_PROTO, "the form is too large"));
}

bool webhook_read_route(struct str form, struct arena *arena, struct webhook_message *out,
                        struct err *err)
{
    static const struct names names = { "toUserId", "objectName", "msgTimestamp",
                                        "msgUID" };
    if (!read_message(form, &names, arena, out, err) ||
        !read_receivers(form, "groupUserIds", arena, out, err))
        return false;
    webhook_name_recall(&out->message, arena);
    return true;
}

bool webhook_read_precheck(struct str form, struct arena *arena,
                           struct webhook_message *out, struct err *err)
{
    static const struct names names = { "targetId", "msgType", "msgTimeStamp",
                                        "messageId" };
    return read_message(form, &names, arena, out, err) &&
           read_receivers(form, "toUserIds", arena, out, err);
}

/* ---- who is online ---- */

static bool read_change(const struct json *node, struct webhook_online *out,
                        struct err *err)
{
    const struct json *status = json_get(node, "status");
    struct str word = json_str(status);
    int64_t number = json_int(status, -1);
    bool text = json_kind(status) == JSON_STRING;
    out->user = json_str(json_get(node, "userid"));
    out->os = json_str(json_get(node, "os"));
    out->session = json_str(json_get(node, "sessionId"));
    out->time_ms = json_int(json_get(node, "time"), 0);
    if (text && !str_to_i64(word, &number))
        number = -1;
    out->online = number == 0;
    if (out->user.len == 0 || out->user.len > WEBHOOK_TEXT_MAX)
        return err_set(err, ERR_PROTO, "userid is missing or too long");
    if (number < 0 || number > 2)
        return err_set(err, ERR_PROTO, "status is none of 0, 1 and 2");
    if (out->session.len > WEBHOOK_TEXT_MAX || out->os.len > WEBHOOK_TEXT_MAX)
        return err_set(err, ERR_PROTO, "sessionId or os is too long");
    return true;
}

/* All of them are looked at before the first is told. */
static bool walk(const struct json *list, webhook_online_fn *fn, void *arg,
                 struct err *err)
{
    struct webhook_online change;
    const struct json *item = NULL;
    if (json_kind(list) == JSON_OBJECT) {
        if (!read_change(list, &change, err))
            return false;
        if (fn)
            fn(arg, &change);
        return true;
    }
    if (json_kind(list) != JSON_ARRAY || json_size(list) > WEBHOOK_ITEMS_MAX)
        return err_set(err, ERR_PROTO, "want an array of at most %d changes",
                       WEBHOOK_ITEMS_MAX);
    while ((item = json_next(list, item))) {
        if (!read_change(item, &change, err))
            return false;
        if (fn)
            fn(arg, &change);
    }
    return true;
}

bool webhook_read_online(struct str text, webhook_online_fn *fn, void *arg,
                         struct err *err)
{
    struct json *list = json_parse(text, err);
    bool fine = list && walk(list, NULL, NULL, err) && walk(list, fn, arg, err);
    json_free(list);
    return fine;
}
