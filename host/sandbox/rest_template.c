/* One text with each receiver's own words in it (server-api.md 9.3). The body is JSON;
 * `values` names, for each of `toUserId`, what stands for "{name}" in the content. A word
 * is put in as the inside of a JSON string, since the content is JSON. */
#include "proto/content.h"
#include "sandbox/rest_letter.h"

struct template
{
    struct str text;
    const struct json *values, *pushes; /* a member a receiver; pushes may have nulls */
    struct buf content, push;           /* of the receiver at hand */
};

static const struct json *nth(const struct json *list, size_t at)
{
    const struct json *one = json_next(list, NULL);
    while (one && at-- > 0)
        one = json_next(list, one);
    return one;
}

/* The value whose name `text` starts with, or NULL. */
static const struct json *word_at(const struct json *words, struct str text)
{
    const struct json *word = NULL;
    while ((word = json_next(words, word))) {
        if (json_name(word).len && str_starts(text, json_name(word)))
            return word;
    }
    return NULL;
}

/* Appends a word as it is, or (with `quoted` to work in) as the inside of a string. */
static bool add_word(struct buf *out, struct str word, struct buf *quoted)
{
    if (!quoted)
        return buf_add_str(out, word);
    buf_reset(quoted);
    return json_write_str(quoted, word) &&
           buf_add_str(out, str_sub(buf_str(quoted), 1, quoted->len - 2));
}

/* `text` with its words, in `out`; false when that gets too long. */
static bool replace(struct str text, const struct json *words, struct buf *quoted,
                    struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < text.len;) {
        struct str rest = str_sub(text, i, text.len - i);
        const struct json *word = text.at[i] == '{' ? word_at(words, rest) : NULL;
        bool fine = word ? add_word(out, json_str(word), quoted)
                         : buf_add_byte(out, (uint8_t)text.at[i]);
        if (!fine)
            return false;
        i += word ? json_name(word).len : 1;
    }
    return true;
}

static bool fill(struct call *call, void *arg, size_t at, struct letter *letter)
{
    struct template *template = arg;
    const struct json *words = nth(template->values, at);
    struct str push = json_str(nth(template->pushes, at));
    if (!replace(template->text, words, &call->box->scratch, &template->content) ||
        !replace(push, words, NULL, &template->push))
        return false;
    letter->content = buf_str(&template->content);
    letter->push_text = push.at ? buf_str(&template->push) : STR_NONE;
    return true;
}

/* Everybody's text is made once before anything is sent: all or nothing. */
static bool check(struct call *call, struct template *template, size_t count)
{
    const struct json *one = NULL;
    struct letter letter;
    if (count == 0 || json_kind(template->values) != JSON_ARRAY ||
        json_size(template->values) != count || json_size(template->pushes) != count)
        return rest_fail(call, REST_PARAMETER,
                         "values and pushContent need one for each toUserId.");
    while ((one = json_next(template->values, one))) {
        if (json_kind(one) != JSON_OBJECT)
            return rest_fail(call, REST_PARAMETER, "values must be objects.");
    }
    for (size_t i = 0; i < count; i++) {
        if (!fill(call, template, i, &letter))
            return rest_fail(call, REST_TOO_LONG, "content gets too long.");
    }
    return true;
}

static bool publish(struct call *call, int type)
{
    struct letter letter;
    struct post how;
    if (!rest_letter(call, type, &letter, &how))
        return false;
    struct template template = {
        .text = letter.content,
        .values = json_get(call->json, "values"),
        .pushes = json_get(call->json, "pushContent"),
    };
    struct each each = { .fill = fill, .arg = &template };
    buf_init(&template.content, CONTENT_MAX);
    buf_init(&template.push, CONTENT_MAX);
    bool fine = check(call, &template, json_size(json_get(call->json, "toUserId"))) &&
                rest_publish(call, &letter, &how, &each);
    buf_clear(&template.content);
    buf_clear(&template.push);
    return fine;
}

static bool publish_private(struct call *call)
{
    return publish(call, CHAT_PRIVATE);
}

static bool publish_system(struct call *call)
{
    return publish(call, CHAT_SYSTEM);
}

const struct endpoint template_endpoints[] = {
    { "/message/private/publish_template.json", publish_private },
    { "/message/system/publish_template.json", publish_system },
    { NULL, NULL },
};
