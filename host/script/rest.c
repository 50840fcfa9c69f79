/* Instances that sleep: made when first needed, put away when nothing happens for long.
 */
#include "base/clock.h"
#include "base/log.h"
#include "script/handover.h"
#include "script/inside.h"
#include "script/pack.h"
#include "script/snapshot.h"

/* Whether all it knows is what on_save gives, and nothing will happen by itself. */
static bool may_sleep(const struct instance *live)
{
    return live->saves && !live->grown && live->task_count == 0 && !live->timers &&
           !live->crons && !live->routes && !live->emits && live->http_count == 0 &&
           live->served_count == 0 && live->intercept_count == 0 && live->export_ref == 0;
}

static void put_away(struct plugin *plugin)
{
    struct instance *live = plugin->live;
    size_t used = live->limits.arena.used;
    struct err err = { 0 };
    struct buf state;
    buf_init(&state, PACK_MAX);
    bool ok = handover_save(live, &state, &err);
    if (ok && may_sleep(live)) {
        snapshot_keep(plugin, &state);
        plugin->snapshot_ended = live->ended;
        instance_sleep(live);
        log_debug(LOG_SCRIPT, "bot=%s plugin=%s sleeps: %zu bytes for %zu",
                  plugin->script->runtime.bot, plugin->name, plugin->state.len, used);
        return;
    }
    buf_clear(&state);
    if (!ok)
        log_warn(LOG_SCRIPT, "bot=%s plugin=%s stays awake: %s",
                 plugin->script->runtime.bot, plugin->name, err.text);
}

void plugin_rest(struct plugin *plugin)
{
    struct instance *live = plugin->live;
    int64_t now = clock_mono_ms(), after = plugin->script->rest_ms;
    if (!live || !live->L || live->state != INSTANCE_LIVE)
        return;
    if (live->ended != plugin->rest_ended || live->task_count > 0) {
        plugin->rest_ended = live->ended;
        plugin->rest_since_ms = now;
    } else if (after >= 0 && now - plugin->rest_since_ms >= after && may_sleep(live)) {
        plugin->rest_since_ms = now; /* should it fail: not every minute */
        put_away(plugin);
    }
}

bool plugin_woken(struct plugin *plugin, struct err *err)
{
    struct instance *live = plugin->live;
    plugin->rest_since_ms = clock_mono_ms();
    return !live->slept ||
           handover_load(live, buf_str(&plugin->state), plugin->state_from, err);
}
