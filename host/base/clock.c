#include "base/clock.h"

#include <time.h>

/* Microseconds. While frozen `wall` and `mono` are the time itself, otherwise what is
 * added to the real clocks. */
static struct {
    bool frozen;
    int64_t wall;
    int64_t mono;
    uint64_t generation;
} fake;

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t wall_us(void)
{
    return fake.frozen ? fake.wall : read_us(CLOCK_REALTIME) + fake.wall;
}

int64_t clock_wall_ms(void)
{
    return wall_us() / 1000;
}

int64_t clock_mono_us(void)
{
    return fake.frozen ? fake.mono : read_us(CLOCK_MONOTONIC) + fake.mono;
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

int64_t clock_real_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

void clock_add_ms(int64_t ms)
{
    fake.wall += ms * 1000;
    fake.mono += ms * 1000;
    fake.generation++;
}

void clock_add_wall_ms(int64_t ms)
{
    fake.wall += ms * 1000;
    fake.generation++;
}

void clock_freeze(bool freeze)
{
    if (freeze == fake.frozen)
        return;
    int64_t wall = wall_us(), mono = clock_mono_us();
    fake.wall = freeze ? wall : wall - read_us(CLOCK_REALTIME);
    fake.mono = freeze ? mono : mono - read_us(CLOCK_MONOTONIC);
    fake.frozen = freeze;
    fake.generation++;
}

bool clock_is_frozen(void)
{
    return fake.frozen;
}

uint64_t clock_generation(void)
{
    return fake.generation;
}
