/* proto/content: the bytes as the content of every kind of message; what was read as a
 * text or a recall can be written and is read the same. The text that is read without a
 * tree is the one in the tree. */
#include "fuzz.h"

#include "proto/content.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str json = str_of(data, size);
    struct buf out;
    buf_init(&out, 1 << 20);
    text_alone(json);
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
