#include "frames.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/must.h"

#include <stdio.h>

char *samples_file(const char *path, size_t *len)
{
    struct buf all;
    buf_init(&all, 16 * 1024 * 1024);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fprintf(stderr, "cannot read %s (run from the top of the repository)\n", path);
    must(file != NULL);
    char piece[4096];
    size_t got;
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
        must(buf_add(&all, piece, got));
    fclose(file);
    return buf_take(&all, len);
}

static struct str text_of(const struct json *object, const char *name)
{
    return json_str(json_get(object, name));
}

/* Unpacks hex at the end of `bytes`, which never moves: its room was reserved. */
static struct str unhex(struct buf *bytes, struct str hex)
{
    size_t before = bytes->len;
    must(digest_unhex(bytes, hex));
    return str_of(bytes->at + before, bytes->len - before);
}

static void load_one(struct sample *out, const struct json *frame, struct buf *bytes)
{
    const struct json *decoded = json_get(frame, "decoded");
    struct str hex = text_of(decoded, "payloadHex");
    *out = (struct sample){
        .name = text_of(frame, "name"),
        .from_server = str_starts(text_of(frame, "direction"), STR("server")),
        .protocol = json_get(decoded, "flags") != NULL ? 4 : 3,
        .bytes = unhex(bytes, text_of(frame, "hex")),
        .has_payload = hex.len > 0,
        .payload = unhex(bytes, hex),
        .type_name = text_of(decoded, "payloadType"),
        .topic = text_of(decoded, "topic"),
        .decoded = decoded,
    };
    if (out->topic.len == 0)
        out->topic = text_of(decoded, "forTopic");
}

void samples_load(struct samples *out)
{
    size_t len;
    struct err err;
    char *text = samples_file(FRAMES_FILE, &len);
    out->root = json_parse(str_of(text, len), &err);
    if (out->root == NULL)
        fprintf(stderr, "%s: %s\n", FRAMES_FILE, err.text);
    must(out->root != NULL);
    struct buf bytes;
    buf_init(&bytes, len);
    must(buf_reserve(&bytes, len)); /* hex is longer than what it says */
    out->at = mem_zero(json_size(out->root) * sizeof(*out->at));
    out->count = 0;
    for (const struct json *frame = NULL; (frame = json_next(out->root, frame)) != NULL;)
        load_one(&out->at[out->count++], frame, &bytes);
    out->bytes = buf_take(&bytes, NULL);
    free(text);
}

void samples_free(struct samples *samples)
{
    json_free(samples->root);
    free(samples->at);
    free(samples->bytes);
}

const struct pb_type *samples_type(struct str name)
{
    size_t count;
    const struct pb_type *const *types = messages_types(&count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(name, str_from(types[i]->name)))
            return types[i];
    return NULL;
}
