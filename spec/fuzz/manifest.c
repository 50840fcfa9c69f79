/* script/manifest: any plugin.lua passes, and then gives values for its options, or each
 * of its mistakes is a line. */
#include "fuzz.h"

#include "script/manifest.h"

enum { SOURCE_MAX = 4096 };

static void check(const struct data *manifest)
{
    struct script_plugin plugin = { .name = STR("p") };
    struct buf problems;
    int64_t drain_ms;
    buf_init(&problems, 1 << 20);
    bool good = manifest_check(manifest, STR("p"), &problems);
    must(good == (problems.len == 0));
    if (good) {
        must(manifest_drain_ms(data_root(manifest), &drain_ms) && drain_ms >= 0);
        struct json *config = manifest_config(manifest, &plugin, &problems);
        must((config != NULL) == (problems.len == 0));
        json_free(config);
    }
    buf_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = { 0 };
    if (size > SOURCE_MAX)
        return 0;
    struct data *manifest =
        data_parse("p/plugin.lua", str_of(data, size), DATA_MANIFEST, &err);
    if (manifest)
        check(manifest);
    else
        must(err.code != ERR_NONE && err.text[0] != '\0');
    data_free(manifest);
    return 0;
}
