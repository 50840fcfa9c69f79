/*
 * lists: the lists that pulls and history answer, gzip or not, and how a
 * DownStreamMessage becomes a struct message (wire.md F.3, F.4).
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_LISTS_H
#define IM_LISTS_H

#include "im/message.h"
#include "proto/messages.h"

/* Memory for decoding, used again for each answer. */
struct lists {
    struct arena arena;
    struct buf unpacked;
};

void lists_init(struct lists *lists);
void lists_clear(struct lists *lists);

/* What is decoded borrows from `payload` and `lists` until the next call. */
bool lists_pull(struct lists *lists, struct str payload, struct down_stream_messages *out,
                struct err *err);
bool lists_history(struct lists *lists, struct str payload, struct history_msg_ouput *out,
                   struct err *err);
bool lists_conversations(struct lists *lists, struct str payload,
                         struct relations_output *out, struct err *err);
/* A chatroom's: each of `list` is a DownStreamMessage, encoded. */
bool lists_room(struct lists *lists, struct str payload,
                struct chrm_down_stream_messages *out, struct err *err);
bool lists_entries(struct lists *lists, struct str payload, struct chrm_kv_output *out,
                   struct err *err);
bool lists_edits(struct lists *lists, struct str payload,
                 struct pull_modify_msg_resp *out, struct err *err);
bool lists_one(struct lists *lists, struct str payload, struct down_stream_message *out,
               struct err *err);

/* Fills `out` but for received_ms, offline, redelivered and row. `user` is ourselves. */
void lists_message(const struct down_stream_message *from, struct str user,
                   struct message *out);

#endif
