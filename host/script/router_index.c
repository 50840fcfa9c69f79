#include "script/router_index.h"

#include "base/log.h"
#include "base/mem.h"
#include "script/router_text.h"

#define FIRST_WORD_MAX 64

struct command {
    struct handler *handler;
    struct str phrase; /* borrowed from the handler */
    size_t words;
};

/* The commands that begin with the same word, in the order they are tried. */
struct router_commands {
    struct command *at;
    size_t len, cap;
};

/* Higher priority first, then order of loading, then of registering. */
bool router_goes_before(const struct handler *a, const struct handler *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->instance != b->instance)
        return a->instance->order < b->instance->order;
    return a->number < b->number;
}

static void list_add(struct router_list *list, struct handler *handler)
{
    if (list->len == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 8;
        list->at = mem_realloc(list->at, list->cap * sizeof(*list->at));
    }
    list->at[list->len++] = handler;
}

static void list_insert(struct router_list *list, struct handler *handler)
{
    list_add(list, handler);
    size_t at = list->len - 1;
    for (; at > 0 && router_goes_before(handler, list->at[at - 1]); at--)
        list->at[at] = list->at[at - 1];
    list->at[at] = handler;
}

static void index_event(struct router_index *index, struct handler *handler)
{
    struct str name = str_from(handler->event);
    if (str_eq(name, STR("message"))) {
        list_insert(&index->message, handler);
        index->needs_text = index->needs_text || handler->needs_text;
        return;
    }
    struct router_list *list = map_get(&index->events, name);
    if (!list) {
        list = MEM_NEW(struct router_list);
        map_set(&index->events, name, list);
    }
    list_insert(list, handler);
}

static void index_phrase(struct router_index *index, struct handler *handler,
                         struct str phrase)
{
    struct str rest = phrase, first = STR_NONE, word;
    struct command added = { handler, phrase, 1 };
    str_split(&rest, ' ', &first);
    while (str_split(&rest, ' ', &word))
        added.words++;
    struct router_commands *commands = map_get(&index->commands, first);
    if (!commands) {
        commands = MEM_NEW(struct router_commands);
        map_set(&index->commands, first, commands);
    }
    if (commands->len == commands->cap) {
        commands->cap = commands->cap ? commands->cap * 2 : 4;
        commands->at = mem_realloc(commands->at, commands->cap * sizeof(added));
    }
    size_t at = commands->len++;
    for (; at > 0; at--) {
        struct command *before = &commands->at[at - 1];
        if (before->words > added.words ||
            (before->words == added.words &&
             !router_goes_before(handler, before->handler)))
            break;
        commands->at[at] = *before;
    }
    commands->at[at] = added;
}

static void index_words(struct router_index *index, struct handler *handler)
{
    if (!index->words)
        index->words = wordset_new();
    size_t left_out = 0;
    for (size_t i = 0; i < handler->phrase_count; i++)
        if (!wordset_add(index->words, str_from(handler->phrases[i]),
                         (uint32_t)index->word_sets.len))
            left_out++;
    if (left_out > 0)
        log_warn(
            LOG_SCRIPT, "bot=%s plugin=%s %zu words left out: too many in all plugins",
            handler->instance->runtime->bot, handler->instance->version->name, left_out);
    list_add(&index->word_sets, handler);
}

static void index_handler(struct router_index *index, struct handler *handler)
{
    index->needs_text = index->needs_text || handler->kind != HANDLER_EVENT;
    switch (handler->kind) {
    case HANDLER_EVENT:
        index_event(index, handler);
        break;
    case HANDLER_COMMAND:
        for (size_t i = 0; i < handler->phrase_count; i++)
            index_phrase(index, handler, str_from(handler->phrases[i]));
        break;
    case HANDLER_WORDS:
        index_words(index, handler);
        break;
    }
}

/* --- the whole --- */

const struct router_index *router_index_new(struct instance *const *live, size_t count)
{
    struct router_index *index = MEM_NEW(struct router_index);
    for (size_t i = 0; i < count; i++)
        for (struct handler *at = live[i]->handlers; at; at = at->next)
            if (!at->off)
                index_handler(index, at);
    return index;
}

void router_index_free(const struct router_index *constant)
{
    struct router_index *index = (struct router_index *)constant;
    struct str name;
    void *value;
    if (!index)
        return;
    for (size_t at = 0; map_next(&index->events, &at, &name, &value);) {
        free(((struct router_list *)value)->at);
        free(value);
    }
    map_clear(&index->events);
    for (size_t at = 0; map_next(&index->commands, &at, &name, &value);) {
        free(((struct router_commands *)value)->at);
        free(value);
    }
    map_clear(&index->commands);
    wordset_free(index->words);
    free(index->message.at);
    free(index->word_sets.at);
    free(index);
}

const struct router_list *router_index_event(const struct router_index *index,
                                             struct str name)
{
    return map_get(&index->events, name);
}

struct handler *router_index_command(const struct router_index *index, struct str text,
                                     struct str *rest)
{
    char room[FIRST_WORD_MAX];
    struct str body, first;
    if (index->commands.len == 0 || !router_text_command(text, &body))
        return NULL;
    *rest = body;
    if (!router_text_word(rest, &first) || first.len > sizeof(room))
        return NULL;
    const struct router_commands *commands =
        map_get(&index->commands, router_text_lower(first, room, sizeof(room)));
    for (size_t i = 0; commands && i < commands->len; i++)
        if (router_text_begins(body, commands->at[i].phrase, rest))
            return commands->at[i].handler;
    return NULL;
}
