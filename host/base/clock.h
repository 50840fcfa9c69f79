/*
 * clock: the only reader of time. Wall time is epoch milliseconds, monotonic time counts
 * from an arbitrary start. Both can be moved and frozen, for tests.
 *
 * Layer: base.  Thread: loop thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void); /* for measuring */

/* The real monotonic clock, which no fake moves: only for deadlines of test drivers. */
int64_t clock_real_ms(void);

/* Moves both clocks forward by `ms`, or the wall clock alone (as an operator would). */
void clock_add_ms(int64_t ms);
void clock_add_wall_ms(int64_t ms);

/* Stops both clocks where they are; false lets them run on from there. */
void clock_freeze(bool freeze);
bool clock_is_frozen(void); /* then no waiting brings a deadline nearer */

/* Changes each time the clock is moved or frozen, so that a loop can look again. */
uint64_t clock_generation(void);

#endif
