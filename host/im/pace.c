/* pace: see the header. */
#include "im/pace.h"

#include "base/clock.h"
#include "base/random.h"

#include <stdbool.h>

#define AT_ONCE 5
#define WINDOW_MS 60000
#define FIRST_MS 1000
#define LONGEST_MS 60000
#define STEPS_WHEN_PROVED 2

/* Counts one more attempt and gives how many the present minute has had. */
static int count(struct pace_window *window)
{
    int64_t now_ms = clock_mono_ms();
    if (window->count == 0 || now_ms - window->from_ms >= WINDOW_MS) {
        window->from_ms = now_ms;
        window->count = 0;
    }
    return ++window->count;
}

/* 1 s, 2 s, 4 s ... 60 s, each shortened at random by up to a half. */
static int64_t grown(int steps)
{
    int64_t delay_ms = LONGEST_MS;
    if (steps < 6)
        delay_ms = FIRST_MS << (steps > 0 ? steps : 0);
    return delay_ms - (int64_t)random_below((uint64_t)delay_ms / 2);
}

int64_t pace_retry(struct pace *pace)
{
    int recent = count(&pace->retries);
    int failures = pace->failures++;
    if (failures == 0 && recent <= AT_ONCE)
        return 0;
    if (failures > 0)
        return grown(failures - 1);
    /* It works each time and is lost again: 1 s, 2 s, then 4 s. */
    int excess = recent - AT_ONCE - 1;
    return grown(excess < STEPS_WHEN_PROVED ? excess : STEPS_WHEN_PROVED);
}

int64_t pace_retry_later(struct pace *pace)
{
    if (pace->failures == 0)
        pace->failures = 1;
    return pace_retry(pace);
}

int64_t pace_redirect(struct pace *pace)
{
    if (count(&pace->redirects) <= AT_ONCE)
        return 0;
    return pace_retry_later(pace);
}

void pace_proved(struct pace *pace)
{
    pace->failures = 0;
}
