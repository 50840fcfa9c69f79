/*
 * frames: the captured frames of frames.json, for C tests and fuzz seeds.
 */
#ifndef SPEC_SUPPORT_FRAMES_H
#define SPEC_SUPPORT_FRAMES_H

#include "base/json.h"
#include "proto/messages.h"

/* Read from the top of the repository, where make runs the tests. */
#define FRAMES_FILE "spec/support/frames.json"

struct sample {
    struct str name;
    bool from_server;
    int protocol;               /* of the socket it was seen on: 3 or 4 */
    struct str bytes;           /* the frame */
    bool has_payload;           /* false: a frame without one, or with an empty one */
    struct str payload;         /* as frames.json gives it */
    struct str type_name;       /* "UpStreamMessage"; empty if it has none */
    struct str topic;           /* its own, or the one a QUERYACK answers */
    const struct json *decoded; /* what the capture says is in it */
};

struct samples {
    struct json *root;
    struct sample *at;
    size_t count;
    char *bytes; /* what all of them point into */
};

/* Aborts with a sentence when the file is missing or broken. */
void samples_load(struct samples *out);
void samples_free(struct samples *samples);

/* The whole file; free() it. Aborts when it cannot be read. */
char *samples_file(const char *path, size_t *len);

/* The table of that name, or NULL. */
const struct pb_type *samples_type(struct str name);

#endif
