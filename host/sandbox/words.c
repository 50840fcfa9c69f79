#include "sandbox/words.h"

#include "base/mem.h"
#include "sandbox/state.h"

#include <string.h>

#define WORD_CHARS 32

struct words {
    struct word list[WORDS_MAX];
    size_t count;
};

struct words *words_new(void)
{
    return MEM_NEW(struct words);
}

static void forget(struct word *word)
{
    free((char *)word->word.at);
    free((char *)word->replacement.at);
}

void words_clear(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        forget(&words->list[i]);
    words->count = 0;
}

void words_free(struct words *words)
{
    if (!words)
        return;
    words_clear(words);
    free(words);
}

size_t words_count(const struct words *words)
{
    return words->count;
}

const struct word *words_at(const struct words *words, size_t at)
{
    return at < words->count ? &words->list[at] : NULL;
}

static struct word *find(struct words *words, struct str word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (str_eq(words->list[i].word, word))
            return &words->list[i];
    }
    return NULL;
}

bool words_add(struct words *words, struct str word, struct str replacement)
{
    struct word *entry = find(words, word);
    if (!entry) {
        if (words->count == WORDS_MAX)
            return false;
        entry = &words->list[words->count++];
        *entry = (struct word){ 0 };
        state_set(&entry->word, word);
    }
    state_set(&entry->replacement, replacement);
    return true;
}

bool words_del(struct words *words, struct str word)
{
    struct word *entry = find(words, word);
    if (!entry)
        return false;
    forget(entry);
    words->count--;
    size_t at = (size_t)(entry - words->list);
    memmove(entry, entry + 1, (words->count - at) * sizeof *entry);
    return true;
}

bool words_ok(struct str word)
{
    size_t chars = 0;
    bool solid = false;
    if (!str_is_utf8(word))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.at[i];
        if ((c & 0xc0) != 0x80)
            chars++;
        if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
            (c >= 'A' && c <= 'Z'))
            solid = true;
    }
    return solid && chars <= WORD_CHARS;
}

static bool starts_nocase(struct str text, size_t at, struct str word)
{
    return text.len - at >= word.len && str_eq_nocase(str_sub(text, at, word.len), word);
}

/* The longest word that starts at `at`. */
static const struct word *match(const struct words *words, struct str text, size_t at)
{
    const struct word *best = NULL;
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->list[i];
        if (starts_nocase(text, at, word->word) &&
            (!best || word->word.len > best->word.len))
            best = word;
    }
    return best;
}

static bool blocks(const struct words *words, struct str text)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->list[i];
        if (word->replacement.len > 0)
            continue;
        for (size_t at = 0; at + word->word.len <= text.len; at++) {
            if (starts_nocase(text, at, word->word))
                return true;
        }
    }
    return false;
}

enum words_verdict words_check(const struct words *words, struct str text,
                               struct buf *out)
{
    if (words->count == 0)
        return WORDS_CLEAN;
    if (blocks(words, text))
        return WORDS_BLOCKED;
    bool replaced = false;
    buf_reset(out);
    for (size_t at = 0; at < text.len;) {
        const struct word *word = match(words, text, at);
        struct str piece = word ? word->replacement : str_sub(text, at, 1);
        if (!buf_add_str(out, piece))
            return WORDS_BLOCKED; /* would grow beyond what a message may have */
        replaced |= word != NULL;
        at += word ? word->word.len : 1;
    }
    return replaced ? WORDS_REPLACED : WORDS_CLEAN;
}
