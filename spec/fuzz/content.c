/* proto/content, proto/kinds: the bytes as the content of every kind of message; what was
 * read as a text, a recall or one of the kinds can be written and is read the same. The
 * text that is read without a tree is the one in the tree. */
#include "fuzz.h"

#include "proto/content.h"
#include "proto/kinds.h"

static const char *const names[] = { "RC:TxtMsg", "RC:ReferenceMsg", "RC:InfoNtf",
                                     "RC:GrpNtf", "RC:RcCmd",        "RC:InterceptMsg",
                                     "RC:ImgMsg", "moon:card" };

static void text_alone(struct str json)
{
    struct buf scratch;
    struct str text;
    struct json *root = json_parse(json, NULL);
    const struct json *want = json_get(root, "content");
    buf_init(&scratch, 1 << 20);
    bool found = content_read_text(json, &scratch, &text);
    must(found == (json_kind(want) == JSON_STRING) && found == (text.at != NULL));
    must(str_eq(text, json_str(want)));
    json_free(root);
    buf_clear(&scratch);
}

static void text_again(const struct content *content, struct buf *out)
{
    struct content again;
    if (content_text(out, content->text, content->mentioned, content->mentioned_count,
                     content->mention == MENTION_ALL, NULL)) {
        must(content_parse(&again, STR("RC:TxtMsg"), buf_str(out), NULL));
        must(str_eq(again.text, content->text));
        must(again.mentioned_count == content->mentioned_count);
        for (size_t i = 0; i < again.mentioned_count; i++)
            must(str_eq(again.mentioned[i], content->mentioned[i]));
        content_clear(&again);
    }
}

static void recall_again(const struct content *content, struct buf *out)
{
    struct content again;
    if (!content_recall(out, &content->recall, NULL))
        return;
    must(content_parse(&again, STR("RC:RcCmd"), buf_str(out), NULL));
    must(str_eq(again.recall.uid, content->recall.uid));
    must(str_eq(again.recall.target, content->recall.target));
    content_clear(&again);
}

static void notice_again(const struct content *content, struct buf *out)
{
    struct content again;
    if (!content_group_notice(out, &content->notice, NULL))
        return;
    must(content_parse(&again, STR("RC:GrpNtf"), buf_str(out), NULL));
    must(again.notice.target_count == content->notice.target_count);
    for (size_t i = 0; i < again.notice.target_count; i++) {
        must(str_eq(again.notice.targets[i], content->notice.targets[i]));
        must(str_eq(again.notice.names[i], content->notice.names[i]));
    }
    content_clear(&again);
}

static const char *const types[] = {
    "RC:TxtMsg",     "RC:ImgMsg",       "RC:GIFMsg",  "RC:HQVCMsg",    "RC:VcMsg",
    "RC:FileMsg",    "RC:SightMsg",     "RC:LBSMsg",  "RC:ImgTextMsg", "RC:ReferenceMsg",
    "RC:CombineMsg", "RC:CombineV2Msg", "RC:InfoNtf", "RC:GrpNtf",     "ST:GrpNtf",
    "RC:CmdMsg",     "RC:CmdNtf",
};

static void same_text(const struct json *a, const struct json *b)
{
    struct buf texts[2];
    for (int i = 0; i < 2; i++) {
        buf_init(&texts[i], 1 << 22);
        must(json_write(i == 0 ? a : b, &texts[i]));
    }
    must(str_eq(buf_str(&texts[0]), buf_str(&texts[1])));
    buf_clear(&texts[0]);
    buf_clear(&texts[1]);
}

/* As what every type carries. A message of several types may be written as the first. */
static void carried_again(const struct json *root, struct buf *out)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct str type = str_from(types[i]), written;
        struct err err = { 0 };
        struct json *carried = kinds_read(type, root);
        struct kinds_message message = { .word = kinds_word(type), .given = carried };
        buf_reset(out);
        if (kinds_write(&message, out, &written, &err)) {
            struct json *wire = json_parse(buf_str(out), NULL);
            struct json *first = kinds_read(written, wire);
            struct kinds_message copy = { .word = message.word, .given = first };
            must(wire && str_eq(kinds_word(written), message.word));
            buf_reset(out);
            must(kinds_write(&copy, out, &written, NULL));
            json_free(wire);
            wire = json_parse(buf_str(out), NULL);
            struct json *second = kinds_read(written, wire);
            same_text(first, second);
            json_free(second);
            json_free(first);
            json_free(wire);
        } else {
            must(out->len == 0 && err.text[0] != '\0');
        }
        message.given = root; /* and what somebody might ask us to send */
        buf_reset(out);
        must(kinds_write(&message, out, &written, &err) || out->len == 0);
        json_free(carried);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str json = str_of(data, size);
    struct buf out;
    buf_init(&out, 1 << 20);
    text_alone(json);
    struct json *root = json_parse(json, NULL);
    if (root)
        carried_again(root, &out);
    json_free(root);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct content content;
        struct err err;
        if (!content_parse(&content, str_from(names[i]), json, &err)) {
            must(err.code == ERR_PROTO && err.text[0] != '\0');
            continue;
        }
        buf_reset(&out);
        if (content.kind == CONTENT_TEXT)
            text_again(&content, &out);
        else if (content.kind == CONTENT_RECALL)
            recall_again(&content, &out);
        else if (content.kind == CONTENT_GROUP_NOTICE)
            notice_again(&content, &out);
        content_clear(&content);
    }
    buf_clear(&out);
    return 0;
}
