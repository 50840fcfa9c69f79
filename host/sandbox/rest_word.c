/* Sensitive words (server-api.md 9.4). */
#include "sandbox/rest.h"
#include "sandbox/save.h"
#include "sandbox/words.h"

#define WORD_BYTES 128 /* 32 characters */
#define BATCH_MAX 50

static bool check_word(struct call *call, struct str word)
{
    if (!words_ok(word))
        return rest_fail(call, REST_PARAMETER, "word is not one.");
    return true;
}

static bool add(struct call *call)
{
    struct str word, replacement;
    if (!rest_text(call, "word", WORD_BYTES, &word) || !check_word(call, word) ||
        !rest_text_maybe(call, "replaceWord", WORD_BYTES, &replacement))
        return false;
    if (!words_add(call->box->words, word, replacement))
        return rest_fail(call, REST_TOO_MANY_WORDS, "More than %d words.", WORDS_MAX);
    save_words(call->box);
    return true;
}

/* All or nothing. */
static bool add_batch(struct call *call)
{
    const struct json *list = json_get(call->json, "words"), *one = NULL;
    struct words *words = call->box->words;
    size_t count = json_size(list), fresh = 0;
    if (json_kind(list) != JSON_ARRAY || count == 0 || count > BATCH_MAX)
        return rest_fail(call, REST_PARAMETER, "words must have 1 to %d entries.",
                         BATCH_MAX);
    while ((one = json_next(list, one))) {
        struct str word = json_str(json_get(one, "word"));
        bool known = false;
        if (!check_word(call, word))
            return false;
        if (json_str(json_get(one, "replaceWord")).len > WORD_BYTES)
            return rest_fail(call, REST_TOO_LONG, "replaceWord is too long.");
        for (size_t i = 0; i < words_count(words); i++)
            known |= str_eq(words_at(words, i)->word, word);
        fresh += !known;
    }
    if (words_count(words) + fresh > WORDS_MAX)
        return rest_fail(call, REST_TOO_MANY_WORDS, "More than %d words.", WORDS_MAX);
    for (one = NULL; (one = json_next(list, one));)
        words_add(words, json_str(json_get(one, "word")),
                  json_str(json_get(one, "replaceWord")));
    save_words(call->box);
    json_add_int(call->answer, "remainQuota", WORDS_MAX - (int64_t)words_count(words));
    return true;
}

static bool delete_one(struct call *call)
{
    struct str word;
    if (!rest_text(call, "word", WORD_BYTES, &word))
        return false;
    words_del(call->box->words, word);
    save_words(call->box);
    return true;
}

static bool delete_batch(struct call *call)
{
    struct ids list;
    if (!rest_list(call, "words", BATCH_MAX, &list))
        return false;
    for (size_t i = 0; i < list.count; i++)
        words_del(call->box->words, list.at[i]);
    save_words(call->box);
    return true;
}

enum { LIST_REPLACING, LIST_BLOCKING, LIST_BOTH };

static bool list(struct call *call)
{
    int64_t type;
    const struct words *words = call->box->words;
    if (!rest_int(call, "type", LIST_REPLACING, LIST_BOTH, LIST_BLOCKING, &type))
        return false;
    struct json *out = json_add(call->answer, "words", json_array());
    for (size_t i = 0; i < words_count(words); i++) {
        const struct word *word = words_at(words, i);
        bool blocks = word->replacement.len == 0;
        if (type != LIST_BOTH && blocks != (type == LIST_BLOCKING))
            continue;
        struct json *one = json_add(out, NULL, json_object());
        json_add_str(one, "type", blocks ? STR("1") : STR("0"));
        json_add_str(one, "word", word->word);
        json_add_str(one, "replaceWord", word->replacement);
    }
    return true;
}

const struct endpoint word_endpoints[] = {
    { "/sensitiveword/add.json", add },
    { "/sensitiveword/batch/add.json", add_batch },
    { "/sensitiveword/delete.json", delete_one },
    { "/sensitiveword/batch/delete.json", delete_batch },
    { "/sensitiveword/list.json", list },
    { NULL, NULL },
};
