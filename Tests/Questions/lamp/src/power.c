#include "power.h"

#define BATTERY_LOW_MV 3300

/* Everything off but the pin interrupt of the button and the radio: some microamperes. */
void power_sleep(void) {
    set_sleep_mode(SLEEP_POWER_DOWN);
    sleep_cpu();
}

void power_idle(void) {
    set_sleep_mode(SLEEP_IDLE);
    sleep_cpu();
}

/* Below 3.3 volts the lamp only glows, so that the alarm still has enough. */
int battery_is_low(void) { return battery_mv() < BATTERY_LOW_MV; }
