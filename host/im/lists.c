/* lists: see the header. */
#include "im/lists.h"

#include "base/gzip.h"

#define ARENA_MAX ((size_t)64 << 20)
#define UNPACKED_MAX ((size_t)32 << 20)
/* Memory beyond this is given back after a large answer. */
#define KEEP_MAX ((size_t)1 << 20)

void lists_init(struct lists *lists)
{
    arena_init(&lists->arena, ARENA_MAX);
    buf_init(&lists->unpacked, UNPACKED_MAX);
}

void lists_clear(struct lists *lists)
{
    arena_clear(&lists->arena);
    buf_clear(&lists->unpacked);
}

static void reset(struct lists *lists)
{
    arena_reset(&lists->arena);
    if (lists->unpacked.cap > KEEP_MAX)
        buf_clear(&lists->unpacked);
    else
        buf_reset(&lists->unpacked);
}

/* `packed` and `data` are fields of `out`: the same answer may come compressed inside
 * itself. */
static bool read(struct lists *lists, const struct pb_type *type, struct str payload,
                 void *out, const bool *packed, const struct str *data, struct err *err)
{
    reset(lists);
    if (!pb_decode(type, out, payload, &lists->arena, err))
        return false;
    if (!*packed || data->len == 0)
        return true;
    if (!gzip_unpack(&lists->unpacked, *data, err))
        return false;
    arena_reset(&lists->arena);
    return pb_decode(type, out, buf_str(&lists->unpacked), &lists->arena, err);
}

bool lists_pull(struct lists *lists, struct str payload, struct down_stream_messages *out,
                struct err *err)
{
    return read(lists, &down_stream_messages_type, payload, out, &out->compress_enabled,
                &out->compressed_data, err);
}

bool lists_history(struct lists *lists, struct str payload, struct history_msg_ouput *out,
                   struct err *err)
{
    return read(lists, &history_msg_ouput_type, payload, out, &out->compress_enabled,
                &out->compressed_data, err);
}

bool lists_conversations(struct lists *lists, struct str payload,
                         struct relations_output *out, struct err *err)
{
    return read(lists, &relations_output_type, payload, out, &out->compress_enabled,
                &out->compressed_data, err);
}

bool lists_room(struct lists *lists, struct str payload,
                struct chrm_down_stream_messages *out, struct err *err)
{
    return read(lists, &chrm_down_stream_messages_type, payload, out,
                &out->compress_enabled, &out->compressed_data, err);
}

bool lists_entries(struct lists *lists, struct str payload, struct chrm_kv_output *out,
                   struct err *err)
{
    return read(lists, &chrm_kv_output_type, payload, out, &out->compress_enabled,
                &out->compressed_data, err);
}

bool lists_edits(struct lists *lists, struct str payload,
                 struct pull_modify_msg_resp *out, struct err *err)
{
    return read(lists, &pull_modify_msg_resp_type, payload, out, &out->compress,
                &out->compressed_data, err);
}

bool lists_one(struct lists *lists, struct str payload, struct down_stream_message *out,
               struct err *err)
{
    reset(lists);
    return pb_decode(&down_stream_message_type, out, payload, &lists->arena, err);
}

void lists_message(const struct down_stream_message *from, struct str user,
                   struct message *out)
{
    bool in_room =
        from->type != CONVERSATION_PRIVATE && from->type != CONVERSATION_SYSTEM;
    bool own = from->direction == DIRECTION_SENT;
    *out = (struct message){
        .type = (enum conversation_type)from->type,
        /* In private chats from_user_id is the other one, own messages included. */
        .target = in_room ? from->group_id : from->from_user_id,
        .sender = own ? user : from->from_user_id,
        .object_name = from->object_name,
        .content = from->content,
        .uid = from->msg_id,
        .sent_ms = from->sent_time_ms,
        .status = from->status,
        .client_unique_id = from->client_unique_id,
        .own = own,
    };
}
