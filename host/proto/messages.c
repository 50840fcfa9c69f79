#include "proto/messages.h"

#include <stdlib.h>
#include <string.h>

MESSAGES(PB_DEFINE)

static const struct pb_type *const types[] = {
#define TYPE_ROW(M, proto_name, FIELDS) &M##_type,
    MESSAGES(TYPE_ROW)
#undef TYPE_ROW
};

/* clang-format off */
#define TOPICS(Q, P) \
    Q(addBlack, add2_black_list_input, NOTHING) \
    P(chatMsg, up_stream_message) 
/* clang-format on */
