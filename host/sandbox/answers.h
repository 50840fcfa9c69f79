/*
 * answers: the payloads that list messages, with the messages as bytes already encoded.
 * On the wire they equal DownStreamMessages, HistoryMsgOuput, RelationsOutput …; the
 * sandbox keeps each message encoded and would otherwise decode it to encode it again.
 *
 * Layer: sandbox, private.
 */
#ifndef SANDBOX_ANSWERS_H
#define SANDBOX_ANSWERS_H

#include "proto/pb.h"

/* clang-format off */
#define FIELDS_pull_answer(F, N, M) \
    F(M, 1, BYTES, REPEATED, list) \
    F(M, 2, INT, REQUIRED, sync_time) \
    F(M, 3, BOOL, OPTIONAL, finished) \
    F(M, 5, INT, OPTIONAL, system_time) \
    F(M, 8, BOOL, OPTIONAL, compress_enabled) \
    F(M, 9, BYTES, OPTIONAL, compressed_data)

#define FIELDS_history_answer(F, N, M) \
    F(M, 1, BYTES, REPEATED, list) \
    F(M, 2, INT, REQUIRED, sync_time) \
    F(M, 3, INT, REQUIRED, has_msg) \
    F(M, 6, BOOL, OPTIONAL, compress_enabled) \
    F(M, 7, BYTES, OPTIONAL, compressed_data)

#define FIELDS_query_answer(F, N, M) \
    F(M, 1, BYTES, REPEATED, list) \
    F(M, 2, STR, REPEATED, not_exist_msg_id)

#define FIELDS_relation_row(F, N, M) \
    F(M, 1, INT, REQUIRED, type) \
    F(M, 2, STR, REQUIRED, user_id) \
    F(M, 3, BYTES, OPTIONAL, msg) \
    F(M, 6, STR, OPTIONAL, bus_channel) \
    F(M, 7, INT, OPTIONAL, version_time)

#define FIELDS_relation_rows(F, N, M) \
    N(M, 1, relation_row, REPEATED, info) \
    F(M, 2, BOOL, OPTIONAL, is_finished) \
    F(M, 3, INT, OPTIONAL, pull_time) \
    F(M, 4, BOOL, OPTIONAL, compress_enabled) \
    F(M, 5, BYTES, OPTIONAL, compressed_data)

#define FIELDS_events_answer(F, N, M) \
    F(M, 1, BYTES, REPEATED, list) \
    F(M, 2, INT, REQUIRED, sync_time) \
    F(M, 3, BOOL, OPTIONAL, has_next)

#define FIELDS_edit_row(F, N, M) \
    F(M, 1, INT, OPTIONAL, modify_type) \
    F(M, 2, BYTES, OPTIONAL, msg)

#define FIELDS_edits_answer(F, N, M) \
    N(M, 1, edit_row, REPEATED, msg) \
    F(M, 2, INT, OPTIONAL, next_version) \
    F(M, 3, BOOL, OPTIONAL, finished)

#define ANSWERS(X) \
    X(edit_row, EditRow) \
    X(edits_answer, EditsAnswer) \
    X(events_answer, EventsAnswer) \
    X(pull_answer, PullAnswer) \
    X(history_answer, HistoryAnswer) \
    X(query_answer, QueryAnswer) \
    X(relation_row, RelationRow) \
    X(relation_rows, RelationRows)
/* clang-format on */

ANSWERS(PB_STRUCT)

#endif
