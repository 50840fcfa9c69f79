/*
 * What on_save gave last: in memory for a hard stop, in the bot's store for a new start
 * of the host. Taken once a minute if something happened, between two events as a reload
 * is (parked tasks do not keep it back: some plugins always have one), at each reload,
 * and when the script ends.
 */
#include "script/snapshot.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/handover.h"
#include "script/inside.h"
#include "script/pack.h"
#include "store/kv.h"

#include <stdio.h>
#include <string.h>

#define PERIOD_MS (60 * 1000)

/* Rows of its own, which no plugin can name: their names have no colon. */
struct row {
    char plugin[96];
    struct kv_name in;
};

static struct kv_name row_of(const struct plugin *plugin, struct row *row)
{
    snprintf(row->plugin, sizeof(row->plugin), "snapshot:%s", plugin->name);
    row->in = (struct kv_name){ .plugin = str_from(row->plugin) };
    return row->in;
}

/* While the store fails the state stays unstored, and the next snapshot tries again. */
static void put(struct plugin *plugin)
{
    struct store *store = plugin->script->runtime.store;
    struct row row;
    struct kv_name in = row_of(plugin, &row);
    plugin->stored =
        kv_set(store, in, STR("state"), buf_str(&plugin->state), 0, 0, NULL) &&
        kv_set(store, in, STR("version"), str_from(plugin->state_from), 0, 0, NULL);
}

void snapshot_keep(struct plugin *plugin, struct buf *state)
{
    const char *from = plugin->version->text;
    bool same = plugin->stored && str_eq(buf_str(&plugin->state), buf_str(state)) &&
                strcmp(plugin->state_from, from) == 0;
    buf_clear(&plugin->state);
    plugin->state = *state;
    free(plugin->state_from);
    plugin->state_from = str_dup(str_from(from));
    if (!same)
        put(plugin);
}

void snapshot_recall(struct plugin *plugin)
{
    struct store *store = plugin->script->runtime.store;
    struct row row;
    struct kv_name in = row_of(plugin, &row);
    struct buf version;
    bool found = false;
    struct err err = { 0 };
    buf_init(&version, 256);
    if (kv_get(store, in, STR("version"), 0, &version, &found, NULL, &err) && found &&
        kv_get(store, in, STR("state"), 0, &plugin->state, &found, NULL, &err) && found) {
        plugin->state_from = str_dup(buf_str(&version));
        plugin->stored = true;
    } else {
        buf_reset(&plugin->state);
    }
    if (err.code != ERR_NONE)
        log_warn(LOG_SCRIPT, "bot=%s plugin=%s its snapshot cannot be read: %s",
                 plugin->script->runtime.bot, plugin->name, err.text);
    buf_clear(&version);
}

void snapshot_forget(struct plugin *plugin)
{
    struct row row;
    struct err err = { 0 };
    if (!kv_clear(plugin->script->runtime.store, row_of(plugin, &row).plugin, &err))
        log_warn(LOG_SCRIPT, "bot=%s plugin=%s its snapshot stays: %s",
                 plugin->script->runtime.bot, plugin->name, err.text);
}

void snapshot_take(struct plugin *plugin)
{
    struct instance *live = plugin->live;
    struct err err = { 0 };
    struct buf state;
    if (!live || !live->saves || live->state != INSTANCE_LIVE)
        return;
    bool rested = live->ended == plugin->snapshot_ended && live->task_count == 0;
    if (rested || !live->L) {
        if (plugin->state_from && !plugin->stored)
            put(plugin);
        return;
    }
    plugin->snapshot_ended = live->ended;
    buf_init(&state, PACK_MAX);
    if (handover_save(live, &state, &err)) {
        snapshot_keep(plugin, &state);
        return;
    }
    buf_clear(&state);
    log_warn(LOG_SCRIPT, "bot=%s plugin=%s no snapshot: %s", plugin->script->runtime.bot,
             plugin->name, err.text);
}

static void on_period(void *arg)
{
    struct plugin *plugin = arg;
    snapshot_take(plugin);
    plugin_rest(plugin);
    snapshot_plan(plugin);
}

void snapshot_plan(struct plugin *plugin)
{
    if (plugin->live && plugin->live->saves && plugin->live->state == INSTANCE_LIVE)
        loop_timer_start(plugin->script->runtime.loop, &plugin->snapshot, PERIOD_MS,
                         on_period, plugin);
}

void snapshot_clear(struct plugin *plugin)
{
    loop_timer_stop(plugin->script->runtime.loop, &plugin->snapshot);
    buf_clear(&plugin->state);
    free(plugin->state_from);
}
