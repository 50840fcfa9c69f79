#include "proto/frame.h"

#include "base/must.h"

#include <string.h>

/* What is left of the bytes being decoded. */
struct reader {
    const unsigned char *at;
    size_t left;
};

static bool take(struct reader *in, size_t size, uint64_t *out, struct err *err)
{
    if (in->left < size)
        return err_set(err, ERR_PROTO, "want %zu bytes, have %zu", size, in->left);
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | in->at[i];
    in->at += size;
    in->left -= size;
    *out = value;
    return true;
}

static bool take_u8(struct reader *in, uint8_t *out, struct err *err)
{
    uint64_t value;
    if (!take(in, 1, &value, err))
        return false;
    *out = (uint8_t)value;
    return true;
}

static bool take_u16(struct reader *in, uint16_t *out, struct err *err)
{
    uint64_t value;
    if (!take(in, 2, &value, err))
        return false;
    *out = (uint16_t)value;
    return true;
}

static bool take_u32(struct reader *in, uint32_t *out, struct err *err)
{
    uint64_t value;
    if (!take(in, 4, &value, err))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool take_string(struct reader *in, struct str *out, struct err *err)
{
    uint16_t len;
    if (!take_u16(in, &len, err))
        return false;
    if (in->left < len)
        return err_set(err, ERR_PROTO, "string of %u bytes, have %zu", len, in->left);
    *out = str_of(in->at, len);
    in->at += len;
    in->left -= len;
    return true;
}

static struct str take_rest(struct reader *in)
{
    struct str rest = str_of(in->at, in->left);
    in->at += in->left;
    in->left = 0;
    return rest;
}

static bool decode_connack(struct frame *f, struct reader *in, int protocol,
                           struct err *err)
{
    uint8_t status;
    if (!take_u8(in, &f->lead, err) || !take_u8(in, &status, err))
        return false;
    f->status = status;
    if (status != 0)
        return true;
    if (protocol < 4)
        f->has = FRAME_HAS_USER | FRAME_HAS_SESSION | FRAME_HAS_TIME;
    else if (!take_u8(in, &f->has, err))
        return false;
    if (f->has & FRAME_HAS_USER && !take_string(in, &f->user, err))
        return false;
    if (f->has & FRAME_HAS_SESSION && !take_string(in, &f->session, err))
        return false;
    if (f->has & FRAME_HAS_TIME && !take(in, 8, &f->time_ms, err))
        return false;
    if (f->has & FRAME_HAS_FIRST_ID && !take_u16(in, &f->first_id, err))
        return false;
    return true;
}

static bool decode_publish(struct frame *f, struct reader *in, bool dated,
                           struct err *err)
{
    if (dated && !take_u32(in, &f->seconds, err))
        return false;
    if (!take_string(in, &f->topic, err) || !take_string(in, &f->target, err) ||
        !take_u16(in, &f->id, err))
        return false;
    f->payload = take_rest(in);
    return true;
}

static bool decode_puback(struct frame *f, struct reader *in, bool full, struct err *err)
{
    if (!take_u16(in, &f->id, err))
        return false;
    return !full || (take_u32(in, &f->seconds, err) && take_u16(in, &f->status, err) &&
                     take_u16(in, &f->millis, err) && take_string(in, &f->uid, err));
}

static bool decode_queryack(struct frame *f, struct reader *in, struct err *err)
{
    if (!take_u16(in, &f->id, err) || !take_u32(in, &f->seconds, err) ||
        !take_u16(in, &f->status, err))
        return false;
    f->payload = take_rest(in);
    return true;
}

static bool decode_disconnect(struct frame *f, struct reader *in, struct err *err)
{
    uint8_t status;
    if (!take_u8(in, &f->lead, err) || !take_u8(in, &status, err))
        return false;
    f->status = status;
    f->payload = take_rest(in);
    return true;
}

/* Which side sends a frame type; PUBLISH, PUBACK and DISCONNECT come from both. */
static bool wrong_side(enum frame_type type, enum frame_from from)
{
    switch (type) {
    case FRAME_CONNACK:
    case FRAME_QUERYACK:
    case FRAME_PINGRESP:
        return from == FRAME_FROM_CLIENT;
    case FRAME_QUERY:
    case FRAME_QUERYCON:
    case FRAME_PINGREQ:
        return from == FRAME_FROM_SERVER;
    default:
        return false;
    }
}

static bool decode_body(struct frame *f, struct reader *in, enum frame_from from,
                        int protocol, struct err *err)
{
    bool from_server = from == FRAME_FROM_SERVER;
    switch (f->type) {
    case FRAME_CONNACK:
        return decode_connack(f, in, protocol, err);
    case FRAME_PUBLISH:
        return decode_publish(f, in, from_server, err);
    case FRAME_PUBACK:
        return decode_puback(f, in, from_server, err);
    case FRAME_QUERY:
        return decode_publish(f, in, false, err);
    case FRAME_QUERYACK:
        return decode_queryack(f, in, err);
    case FRAME_QUERYCON:
        return take_u16(in, &f->id, err);
    case FRAME_PINGREQ:
    case FRAME_PINGRESP:
        return true;
    case FRAME_DISCONNECT:
        return decode_disconnect(f, in, err);
    }
    return err_set(err, ERR_PROTO, "unknown frame type %d", (int)f->type);
}

bool frame_decode(struct frame *out, struct str bytes, enum frame_from from, int protocol,
                  struct err *err)
{
    struct reader in = { (const unsigned char *)bytes.at, bytes.len };
    uint8_t first;
    *out = (struct frame){ 0 };
    if (!take_u8(&in, &first, err))
        return err_set(err, ERR_PROTO, "empty frame");
    out->type = (enum frame_type)(first >> 4);
    out->dup = first >> 3 & 1;
    out->qos = first >> 1 & 3;
    out->retain = first & 1;
    if (wrong_side(out->type, from))
        return err_set(err, ERR_PROTO, "%s from the wrong side", frame_name(out->type));
    if (!decode_body(out, &in, from, protocol, err))
        return err_wrap(err, "%s", frame_name(out->type));
    /* Bytes after the last field are not looked at, as in the official SDK: that is how
     * fields get added. */
    return true;
}

/* Writes into room that frame_encode has reserved. */
struct writer {
    char *at;
};

static void put(struct writer *out, size_t size, uint64_t value)
{
    for (size_t i = size; i > 0; i--) {
        out->at[i - 1] = (char)(value & 0xff);
        value >>= 8;
    }
    out->at += size;
}

static void put_bytes(struct writer *out, struct str s)
{
    if (s.len > 0)
        memcpy(out->at, s.at, s.len);
    out->at += s.len;
}

static void put_string(struct writer *out, struct str s)
{
    put(out, 2, s.len);
    put_bytes(out, s);
}

static void encode_connack(struct writer *out, const struct frame *f, int protocol)
{
    uint8_t has = f->has;
    put(out, 1, f->lead);
    put(out, 1, f->status);
    if (f->status != 0)
        return;
    if (protocol < 4)
        has = FRAME_HAS_USER | FRAME_HAS_SESSION | FRAME_HAS_TIME;
    else
        put(out, 1, has);
    if (has & FRAME_HAS_USER)
        put_string(out, f->user);
    if (has & FRAME_HAS_SESSION)
        put_string(out, f->session);
    if (has & FRAME_HAS_TIME)
        put(out, 8, f->time_ms);
    if (has & FRAME_HAS_FIRST_ID)
        put(out, 2, f->first_id);
}

static void encode_publish(struct writer *out, const struct frame *f, bool dated)
{
    if (dated)
        put(out, 4, f->seconds);
    put_string(out, f->topic);
    put_string(out, f->target);
    put(out, 2, f->id);
    put_bytes(out, f->payload);
}

static void encode_puback(struct writer *out, const struct frame *f, bool full)
{
    put(out, 2, f->id);
    if (!full)
        return;
    put(out, 4, f->seconds);
    put(out, 2, f->status);
    put(out, 2, f->millis);
    put_string(out, f->uid);
}

static void encode_queryack(struct writer *out, const struct frame *f)
{
    put(out, 2, f->id);
    put(out, 4, f->seconds);
    put(out, 2, f->status);
    put_bytes(out, f->payload);
}

static void encode_disconnect(struct writer *out, const struct frame *f)
{
    put(out, 1, f->lead);
    put(out, 1, f->status);
    put_bytes(out, f->payload);
}

static void encode_body(struct writer *out, const struct frame *f, enum frame_from from,
                        int protocol)
{
    bool from_server = from == FRAME_FROM_SERVER;
    switch (f->type) {
    case FRAME_CONNACK:
        encode_connack(out, f, protocol);
        break;
    case FRAME_PUBLISH:
        encode_publish(out, f, from_server);
        break;
    case FRAME_PUBACK:
        encode_puback(out, f, from_server);
        break;
    case FRAME_QUERY:
        encode_publish(out, f, false);
        break;
    case FRAME_QUERYACK:
        encode_queryack(out, f);
        break;
    case FRAME_QUERYCON:
        put(out, 2, f->id);
        break;
    case FRAME_DISCONNECT:
        encode_disconnect(out, f);
        break;
    case FRAME_PINGREQ:
    case FRAME_PINGRESP:
        break;
    }
}

static bool check_string(struct str s, const char *what, struct err *err)
{
    if (s.len > UINT16_MAX)
        return err_set(err, ERR_LIMIT, "%s of %zu bytes, at most %d", what, s.len,
                       UINT16_MAX);
    return true;
}

bool frame_encode(struct buf *out, const struct frame *frame, enum frame_from from,
                  int protocol, struct err *err)
{
    enum { FIXED_MOST = 64 }; /* more than all fields of fixed size together */
    const struct frame *f = frame;
    must(!wrong_side(f->type, from) && frame_name(f->type)[0] != '?');
    if (!check_string(f->topic, "topic", err) ||
        !check_string(f->target, "target", err) || !check_string(f->uid, "UID", err) ||
        !check_string(f->user, "user", err) || !check_string(f->session, "session", err))
        return false;
    size_t strings =
        f->topic.len + f->target.len + f->uid.len + f->user.len + f->session.len;
    if (f->payload.len > SIZE_MAX / 2 ||
        !buf_reserve(out, FIXED_MOST + strings + f->payload.len))
        return err_set(err, ERR_LIMIT, "no room for a frame of %zu bytes",
                       f->payload.len);
    struct writer to = { out->at + out->len };
    put(&to, 1, (unsigned)f->type << 4 | f->dup << 3 | (f->qos & 3) << 1 | f->retain);
    encode_body(&to, f, from, protocol);
    out->len = (size_t)(to.at - out->at);
    out->at[out->len] = '\0';
    return true;
}

const char *frame_name(enum frame_type type)
{
    switch (type) {
    case FRAME_CONNACK:
        return "CONNACK";
    case FRAME_PUBLISH:
        return "PUBLISH";
    case FRAME_PUBACK:
        return "PUBACK";
    case FRAME_QUERY:
        return "QUERY";
    case FRAME_QUERYACK:
        return "QUERYACK";
    case FRAME_QUERYCON:
        return "QUERYCON";
    case FRAME_PINGREQ:
        return "PINGREQ";
    case FRAME_PINGRESP:
        return "PINGRESP";
    case FRAME_DISCONNECT:
        return "DISCONNECT";
    }
    return "?";
}
