#include "clock.h"

static volatile unsigned ticks;

/* Counts milliseconds. */
void timer_interrupt(void) { ticks++; }

unsigned clock_ms(void) { return ticks; }

void clock_wait_ms(unsigned ms) {
    unsigned start = ticks;
    while (ticks - start < ms) power_idle();
}

/* The alarm: half an hour before the time the light begins to rise like the sun. */
void sunrise(unsigned minutes_left) {
    if (minutes_left > 30) return;
    dimmer_fade((30 - minutes_left) * 8);
}
