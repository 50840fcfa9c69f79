#include "proto/kinds.h"

#include "proto/content.h"

#include <math.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

enum value {
    TEXT,
    COUNT, /* a whole number from 0 on */
    DEGREES,
    MARK, /* says by being there, as `true`, that it is this type; not in the content */
    TEXTS,
    CHAT,    /* "private" or "group", a conversation type on the wire */
    DATA,    /* anything; on the wire also as JSON text */
    CARRIED, /* the content of a message, or its JSON text */
    ANY,
};

enum need {
    MAY,
    FILL, /* written empty when not given */
    MUST,
};

struct field {
    const char *name, *wire;
    enum value value;
    enum need need;
    double most; /* DEGREES: of either sign */
};

#define FIELDS_MAX 8

struct kind {
    struct str word, object_name;
    struct field fields[FIELDS_MAX]; /* one without name ends them, if there is room */
};

/* Of several types of a kind, the first that knows all the fields given is written. Of
 * several wire names of a field, the first is written and any is read. */
static const struct kind kinds[] = {
    { STR("text"), STR("RC:TxtMsg"), { { "text", "content", TEXT, MUST, 0 } } },
    { STR("image"),
      STR("RC:ImgMsg"),
      { { "url", "imageUri", TEXT, MUST, 0 },
        { "thumbnail", "content", TEXT, FILL, 0 },
        { "width", "thumWidth", COUNT, MAY, 0 },
        { "height", "thumHeight", COUNT, MAY, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("gif"),
      STR("RC:GIFMsg"),
      { { "url", "remoteUrl", TEXT, MUST, 0 },
        { "width", "width", COUNT, FILL, 0 },
        { "height", "height", COUNT, FILL, 0 },
        { "size", "gifDataSize", COUNT, FILL, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("voice"),
      STR("RC:HQVCMsg"),
      { { "url", "remoteUrl", TEXT, MUST, 0 },
        { "duration", "duration", COUNT, MUST, 0 },
        { "format", "format", TEXT, MAY, 0 },
        { "format", "type", TEXT, MAY, 0 },
        { "sample_rate", "sampleRate", COUNT, MAY, 0 },
        { "channels", "numberOfChannels", COUNT, MAY, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("voice"),
      STR("RC:VcMsg"),
      { { "data", "content", TEXT, MUST, 0 },
        { "duration", "duration", COUNT, MUST, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("file"),
      STR("RC:FileMsg"),
      { { "url", "fileUrl", TEXT, MUST, 0 },
        { "name", "name", TEXT, MUST, 0 },
        { "size", "size", COUNT, FILL, 0 },
        { "format", "type", TEXT, FILL, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("video"),
      STR("RC:SightMsg"),
      { { "url", "sightUrl", TEXT, MUST, 0 },
        { "duration", "duration", COUNT, MUST, 0 },
        { "thumbnail", "content", TEXT, FILL, 0 },
        { "size", "size", COUNT, FILL, 0 },
        { "name", "name", TEXT, FILL, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("location"),
      STR("RC:LBSMsg"),
      { { "latitude", "latitude", DEGREES, MUST, 90 },
        { "longitude", "longitude", DEGREES, MUST, 180 },
        { "name", "poi", TEXT, FILL, 0 },
        { "thumbnail", "content", TEXT, FILL, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("link"),
      STR("RC:ImgTextMsg"),
      { { "url", "url", TEXT, MUST, 0 },
        { "title", "title", TEXT, MUST, 0 },
        { "text", "content", TEXT, FILL, 0 },
        { "image", "imageUri", TEXT, FILL, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("quote"),
      STR("RC:ReferenceMsg"),
      { { "text", "content", TEXT, FILL, 0 },
        { "id", "referMsgUid", TEXT, FILL, 0 },
        { "user", "referMsgUserId", TEXT, MUST, 0 },
        { "type", "objName", TEXT, MUST, 0 },
        { "content", "referMsg", CARRIED, MUST, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("combined"),
      STR("RC:CombineMsg"),
      { { "url", "remoteUrl", TEXT, MUST, 0 },
        { "names", "nameList", TEXTS, MUST, 0 },
        { "summaries", "summaryList", TEXTS, MUST, 0 },
        { "chat", "conversationType", CHAT, MUST, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("combined"),
      STR("RC:CombineV2Msg"),
      { { "names", "nameList", TEXTS, MUST, 0 },
        { "summaries", "summaryList", TEXTS, MUST, 0 },
        { "chat", "conversationType", CHAT, MUST, 0 },
        { "count", "msgNum", COUNT, MUST, 0 },
        { "messages", "msgList", ANY, MAY, 0 },
        { "key", "jsonMsgKey", TEXT, MAY, 0 },
        { "url", "remoteUrl", TEXT, MAY, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("info"),
      STR("RC:InfoNtf"),
      { { "text", "message", TEXT, MUST, 0 }, { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("notice"),
      STR("RC:GrpNtf"),
      { { "operation", "operation", TEXT, MUST, 0 },
        { "operator", "operatorUserId", TEXT, FILL, 0 },
        { "data", "data", DATA, FILL, 0 },
        { "text", "message", TEXT, FILL, 0 },
        { "extra", "extra", TEXT, FILL, 0 } } },
    { STR("command"),
      STR("RC:CmdMsg"),
      { { "name", "name", TEXT, MUST, 0 },
        { "data", "data", ANY, FILL, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
    { STR("command"),
      STR("RC:CmdNtf"),
      { { "name", "name", TEXT, MUST, 0 },
        { "data", "data", ANY, FILL, 0 },
        { "stored", "", MARK, MUST, 0 },
        { "extra", "extra", TEXT, MAY, 0 } } },
};

/* What App Servers send in the place of RC:GrpNtf (wire.md G.1). */
static const struct str other_notice = STR("ST:GrpNtf");

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *kind_of(struct str object_name)
{
    if (str_eq(object_name, other_notice))
        object_name = STR("RC:GrpNtf");
    for (size_t i = 0; i < KINDS; i++)
        if (str_eq(kinds[i].object_name, object_name))
            return &kinds[i];
    return NULL;
}

static const struct field *next_field(const struct kind *kind, const struct field *last)
{
    const struct field *field = last ? last + 1 : kind->fields;
    return field < kind->fields + FIELDS_MAX && field->name ? field : NULL;
}

static const struct field *field_named(const struct kind *kind, struct str name)
{
    for (const struct field *at = NULL; (at = next_field(kind, at)) != NULL;)
        if (str_eq(name, str_from(at->name)))
            return at;
    return NULL;
}

struct str kinds_word(struct str object_name)
{
    const struct kind *kind = kind_of(object_name);
    return kind ? kind->word : STR_NONE;
}

bool kinds_has(struct str word)
{
    for (size_t i = 0; i < KINDS; i++)
        if (str_eq(kinds[i].word, word))
            return true;
    return false;
}

/* --- reading --- */

static struct json *read_texts(const struct json *list)
{
    struct json *texts = json_array();
    for (const struct json *at = json_next(list, NULL); at; at = json_next(list, at))
        if (json_kind(at) == JSON_STRING)
            json_add_str(texts, NULL, json_str(at));
    return texts;
}

/* JSON text is taken for what it says, other text for itself. */
static struct json *read_data(const struct json *value)
{
    struct json *inner =
        json_kind(value) == JSON_STRING ? json_parse(json_str(value), NULL) : NULL;
    if (json_kind(inner) == JSON_OBJECT || json_kind(inner) == JSON_ARRAY)
        return inner;
    json_free(inner);
    return json_copy(value);
}

/* Gives the content, or NULL when it is none. */
static struct json *read_carried(const struct json *value)
{
    struct json *content = json_kind(value) == JSON_STRING
                               ? json_parse(json_str(value), NULL)
                               : json_copy(value);
    if (json_kind(content) == JSON_OBJECT)
        return content;
    json_free(content);
    return NULL;
}

static void read_field(struct json *out, const struct field *field,
                       const struct json *value)
{
    enum json_kind have = json_kind(value);
    struct json *carried;
    switch (field->value) {
    case TEXT:
        if (have == JSON_STRING)
            json_add_str(out, field->name, json_str(value));
        break;
    case COUNT:
        if (json_int(value, -1) >= 0)
            json_add_int(out, field->name, json_int(value, -1));
        break;
    case DEGREES:
        if (have == JSON_NUMBER && fabs(json_number(value, 0)) <= field->most)
            json_add_number(out, field->name, json_number(value, 0));
        break;
    case MARK:
        json_add_bool(out, field->name, true);
        break;
    case TEXTS:
        if (have == JSON_ARRAY)
            json_add(out, field->name, read_texts(value));
        break;
    case CHAT:
        if (json_int(value, 0) == 1 || json_int(value, 0) == 3)
            json_add_str(out, field->name,
                         json_int(value, 0) == 1 ? STR("private") : STR("group"));
        break;
    case DATA:
        if (have != JSON_ABSENT && have != JSON_NULL)
            json_add(out, field->name, read_data(value));
        break;
    case CARRIED:
        carried = have == JSON_ABSENT ? NULL : read_carried(value);
        if (carried)
            json_add(out, field->name, carried);
        break;
    case ANY:
        if (have != JSON_ABSENT && have != JSON_NULL)
            json_add(out, field->name, json_copy(value));
        break;
    }
}

struct json *kinds_read(struct str object_name, const struct json *content)
{
    const struct kind *kind = kind_of(object_name);
    if (!kind)
        return NULL;
    struct json *out = json_object();
    for (const struct field *at = NULL; (at = next_field(kind, at)) != NULL;)
        if (!json_get(out, at->name))
            read_field(out, at, json_get(content, at->wire));
    return out;
}

/* --- writing --- */

static bool is_list(const struct json *value)
{
    if (json_kind(value) == JSON_OBJECT)
        return json_size(value) == 0; /* of Lua's {} nobody knows which it is */
    for (const struct json *at = json_next(value, NULL); at; at = json_next(value, at))
        if (json_kind(at) != JSON_STRING)
            return false;
    return json_kind(value) == JSON_ARRAY;
}

static const char *const wants[] = {
    [TEXT] = "a text",
    [COUNT] = "a whole number from 0 on",
    [DEGREES] = "a number of degrees",
    [MARK] = "true",
    [TEXTS] = "a list of texts",
    [CHAT] = "\"private\" or \"group\"",
    [DATA] = "a value",
    [CARRIED] = "the content of a message",
    [ANY] = "a value",
};

static bool fits(const struct field *field, const struct json *value)
{
    enum json_kind have = json_kind(value);
    double number = json_number(value, -1);
    struct json *carried;
    bool is_content;
    switch (field->value) {
    case TEXT:
        return have == JSON_STRING;
    case COUNT:
        return have == JSON_NUMBER && number >= 0 && number <= WHOLE_MAX &&
               floor(number) == number;
    case DEGREES:
        return have == JSON_NUMBER && fabs(number) <= field->most;
    case MARK:
        return have == JSON_BOOL && json_bool(value, false);
    case TEXTS:
        return is_list(value);
    case CHAT:
        return str_eq(json_str(value), STR("private")) ||
               str_eq(json_str(value), STR("group"));
    case CARRIED:
        carried = read_carried(value);
        is_content = carried != NULL;
        json_free(carried);
        return is_content;
    case DATA:
    case ANY:
        break;
    }
    return have != JSON_NULL;
}

static void write_field(struct json *out, const struct field *field,
                        const struct json *value)
{
    if (field->value == CHAT)
        json_add_int(out, field->wire, str_eq(json_str(value), STR("private")) ? 1 : 3);
    else if (field->value == TEXTS)
        json_add(out, field->wire, read_texts(value));
    else if (field->value == CARRIED)
        json_add(out, field->wire, read_carried(value));
    else if (field->value != MARK)
        json_add(out, field->wire, json_copy(value));
}

static void fill_field(struct json *out, const struct field *field)
{
    if (field->value == COUNT)
        json_add_int(out, field->wire, 0);
    else
        json_add_str(out, field->wire, STR(""));
}

static bool write_fields(const struct kind *kind, const struct json *given,
                         struct json *out, struct err *err)
{
    const char *word = kind->word.at;
    for (const struct field *at = NULL; (at = next_field(kind, at)) != NULL;) {
        const struct json *value = json_get(given, at->name);
        if (at > kind->fields && strcmp(at->name, at[-1].name) == 0)
            continue; /* another wire name of the same */
        if (value && !fits(at, value))
            return err_set(err, ERR_ARGUMENT, "content.%s.%s: want %s", word, at->name,
                           wants[at->value]);
        if (value)
            write_field(out, at, value);
        else if (at->need == MUST)
            return err_set(err, ERR_ARGUMENT, "content.%s.%s is missing: want %s", word,
                           at->name, wants[at->value]);
        else if (at->need == FILL)
            fill_field(out, at);
    }
    return true;
}

static const struct json *unknown_in(const struct kind *kind, const struct json *given)
{
    for (const struct json *at = json_next(given, NULL); at; at = json_next(given, at))
        if (!field_named(kind, json_name(at)))
            return at;
    return NULL;
}

/* NULL with the reason when no type of the kind has all the fields given. */
static const struct kind *choose(struct str word, const struct json *given,
                                 struct err *err)
{
    const struct kind *first = NULL;
    for (size_t i = 0; i < KINDS; i++) {
        if (!str_eq(kinds[i].word, word))
            continue;
        if (!unknown_in(&kinds[i], given))
            return &kinds[i];
        first = first ? first : &kinds[i];
    }
    err_set(err, ERR_ARGUMENT, "content.%.*s.%.*s: there is no such field", STR_ARG(word),
            STR_ARG(str_cut_utf8(json_name(unknown_in(first, given)), 64)));
    return NULL;
}

static void write_mentions(const struct kinds_message *message, struct json *out)
{
    if (!message->mention_all && message->mention_count == 0)
        return;
    struct json *info = json_add(out, "mentionedInfo", json_object());
    json_add_int(info, "type", message->mention_all ? MENTION_ALL : MENTION_USERS);
    struct json *ids = json_add(info, "userIdList", json_array());
    for (size_t i = 0; i < message->mention_count && !message->mention_all; i++)
        json_add_str(ids, NULL, message->mentions[i]);
    json_add_str(info, "mentionedContent", STR(""));
}

/* The fields of a text alone. */
static struct json *spell_out(const struct kinds_message *message)
{
    struct json *given = json_object();
    for (size_t i = 0; i < KINDS; i++) {
        if (str_eq(kinds[i].word, message->word)) {
            json_add_str(given, kinds[i].fields[0].name, json_str(message->given));
            break;
        }
    }
    return given;
}

bool kinds_write(const struct kinds_message *message, struct buf *out,
                 struct str *object_name, struct err *err)
{
    size_t before = out->len;
    struct json *spelled = NULL, *wire = json_object();
    const struct json *given = message->given;
    if (json_kind(given) == JSON_STRING)
        given = spelled = spell_out(message);
    const struct kind *kind = NULL;
    if (json_kind(given) == JSON_OBJECT)
        kind = choose(message->word, given, err);
    else
        err_set(err, ERR_ARGUMENT, "content.%.*s: want a table or a text",
                STR_ARG(message->word));
    bool ok = kind && write_fields(kind, given, wire, err);
    if (ok) {
        *object_name = kind->object_name;
        write_mentions(message, wire);
        ok = (json_write(wire, out) && out->len - before <= CONTENT_MAX) ||
             err_set(err, ERR_LIMIT, "content of more than %d bytes", CONTENT_MAX);
    }
    if (!ok)
        buf_cut(out, before);
    json_free(spelled);
    json_free(wire);
    return ok;
}
