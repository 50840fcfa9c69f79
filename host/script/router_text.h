/*
 * router_text: what a typed command looks like: a prefix, then words between spaces of
 * either width. scripts/moondock/command.lua reads the arguments by the same rules.
 *
 * Layer: script.  Thread: any. Pure.
 */
#ifndef SCRIPT_ROUTER_TEXT_H
#define SCRIPT_ROUTER_TEXT_H

#include "base/str.h"

/* What follows the prefix; false when `text` begins with none. */
bool router_text_command(struct str text, struct str *body);

/* The next word off the front of `*rest`; false when there is none. */
bool router_text_word(struct str *rest, struct str *word);

/* Whether `body` begins with all words of `phrase` (lower case, one space between);
 * `*rest` gets what follows. */
bool router_text_begins(struct str body, struct str phrase, struct str *rest);

/* Lower-case ASCII of at most `size` bytes. */
struct str router_text_lower(struct str word, char *room, size_t size);

#endif
