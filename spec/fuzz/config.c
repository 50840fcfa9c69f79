/* app/config: any file is taken apart, or each of its mistakes is a line. */
#include "fuzz.h"

#include "app/config.h"

enum { SOURCE_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct app app = { .data = "/nonexistent" };
    struct buf problems;
    if (size > SOURCE_MAX)
        return 0;
    buf_init(&problems, 1 << 20);
    struct config *config =
        config_parse(&app, "/nonexistent/moondock.lua", str_of(data, size), &problems);
    must((config != NULL) == (problems.len == 0));
    if (config)
        must(config->bot_count == 0 || config->bots[0].name.len > 0);
    config_free(config);
    buf_clear(&problems);
    return 0;
}
