#include "text/wordset.h"

#include "base/mem.h"
#include "base/must.h"

#include <string.h>

#define NONE UINT32_MAX

/* A word ends in this node; several words can end in one. */
struct end {
    uint32_t next;
    uint32_t value;
    uint32_t len;
};

struct node {
    uint32_t fail;   /* the longest proper suffix that is a node too */
    uint32_t output; /* the nearest of the fails in which a word ends */
    uint32_t end;    /* list of ends, or NONE */
};

/*
 * Nodes and transitions grow while words are added; the bytes that occur are mapped to
 * classes, so a node has as many transitions as there are different bytes.
 */
struct wordset {
    uint8_t class_of[256]; /* 0: occurs in no word */
    uint32_t class_count;
    struct word {
        char *at;
        size_t len;
        uint32_t value;
    } * list;
    size_t list_len, list_cap, bytes;

    bool built;
    struct node *nodes;
    uint32_t *next; /* node * class_count + class */
    uint32_t node_count;
    struct end *ends;
    uint32_t end_count;
};

static uint8_t fold(char c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool is_alnum(char c)
{
    uint8_t byte = fold(c);
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

struct wordset *wordset_new(void)
{
    struct wordset *words = MEM_NEW(struct wordset);
    words->class_count = 1;
    return words;
}

void wordset_free(struct wordset *words)
{
    if (!words)
        return;
    for (size_t i = 0; i < words->list_len; i++)
        free(words->list[i].at);
    free(words->list);
    free(words->nodes);
    free(words->next);
    free(words->ends);
    free(words);
}

bool wordset_add(struct wordset *words, struct str word, uint32_t value)
{
    must(!words->built);
    if (word.len == 0 || words->bytes + word.len > WORDSET_BYTES_MAX)
        return false;
    if (words->list_len == words->list_cap) {
        words->list_cap = words->list_cap ? words->list_cap * 2 : 16;
        words->list = mem_realloc(words->list, words->list_cap * sizeof(*words->list));
    }
    struct word *added = &words->list[words->list_len++];
    *added = (struct word){ mem_alloc(word.len), word.len, value };
    for (size_t i = 0; i < word.len; i++) {
        uint8_t byte = fold(word.at[i]);
        added->at[i] = (char)byte;
        if (words->class_of[byte])
            continue;
        words->class_of[byte] = (uint8_t)words->class_count++;
        if (byte >= 'a' && byte <= 'z')
            words->class_of[byte - 32] = words->class_of[byte];
    }
    words->bytes += word.len;
    return true;
}

static uint32_t *transition(struct wordset *words, uint32_t node, uint8_t class)
{
    return &words->next[(size_t)node * words->class_count + class];
}

static void insert_word(struct wordset *words, const struct word *word)
{
    uint32_t node = 0;
    for (size_t i = 0; i < word->len; i++) {
        uint32_t *next = transition(words, node, words->class_of[(uint8_t)word->at[i]]);
        if (*next == 0) {
            *next = words->node_count;
            words->nodes[words->node_count++] = (struct node){ 0, 0, NONE };
        }
        node = *next;
    }
    words->ends[words->end_count] =
        (struct end){ words->nodes[node].end, word->value, (uint32_t)word->len };
    words->nodes[node].end = words->end_count++;
}

/* Breadth first: what is missing goes where the fail goes, so finding never backs up. */
static void connect(struct wordset *words)
{
    uint32_t *queue = mem_alloc(words->node_count * sizeof(*queue));
    uint32_t head = 0, tail = 0;
    for (uint32_t class = 1; class < words->class_count; class ++)
        if (*transition(words, 0, (uint8_t) class))
            queue[tail++] = *transition(words, 0, (uint8_t) class);
    while (head < tail) {
        uint32_t at = queue[head++];
        uint32_t fail = words->nodes[at].fail;
        words->nodes[at].output =
            words->nodes[fail].end != NONE ? fail : words->nodes[fail].output;
        for (uint32_t class = 1; class < words->class_count; class ++) {
            uint32_t *next = transition(words, at, (uint8_t) class);
            uint32_t other = *transition(words, fail, (uint8_t) class);
            if (*next == 0) {
                *next = other;
                continue;
            }
            words->nodes[*next].fail = other;
            queue[tail++] = *next;
        }
    }
    free(queue);
}

static void build(struct wordset *words)
{
    words->built = true;
    words->nodes = mem_alloc((words->bytes + 1) * sizeof(struct node));
    words->ends = mem_alloc((words->list_len + 1) * sizeof(struct end));
    words->next = mem_zero((words->bytes + 1) * words->class_count * sizeof(uint32_t));
    words->nodes[0] = (struct node){ 0, 0, NONE };
    words->node_count = 1;
    for (size_t i = 0; i < words->list_len; i++)
        insert_word(words, &words->list[i]);
    words->next = mem_realloc(words->next, (size_t)words->node_count *
                                               words->class_count * sizeof(uint32_t));
    connect(words);
}

static bool stands_alone(struct str text, size_t from, size_t to)
{
    if (from > 0 && is_alnum(text.at[from]) && is_alnum(text.at[from - 1]))
        return false;
    return to == text.len || !is_alnum(text.at[to]) || !is_alnum(text.at[to - 1]);
}

/* The words that end at `node`, the longest first. */
static bool report(const struct wordset *words, uint32_t node, struct str text, size_t to,
                   wordset_fn *fn, void *arg)
{
    for (; node != 0; node = words->nodes[node].output) {
        for (uint32_t i = words->nodes[node].end; i != NONE; i = words->ends[i].next) {
            const struct end *end = &words->ends[i];
            if (stands_alone(text, to - end->len, to) &&
                !fn(arg, end->value, str_of(text.at + to - end->len, end->len)))
                return false;
        }
    }
    return true;
}

void wordset_find(struct wordset *words, struct str text, wordset_fn *fn, void *arg)
{
    if (!words->built)
        build(words);
    uint32_t node = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t class = words->class_of[(uint8_t)text.at[i]];
        node = class ? words->next[(size_t)node * words->class_count + class] : 0;
        const struct node *at = &words->nodes[node];
        if ((at->end != NONE || at->output != 0) &&
            !report(words, node, text, i + 1, fn, arg))
            return;
    }
}
