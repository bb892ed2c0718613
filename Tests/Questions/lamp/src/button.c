#include "button.h"

#define DEBOUNCE_MS 20
#define LONG_PRESS_MS 600

/* Contacts bounce for some milliseconds: a change counts when it has lasted DEBOUNCE_MS. */
static int stable(int pin) {
    int before = read_pin(pin);
    clock_wait_ms(DEBOUNCE_MS);
    return before == read_pin(pin) ? before : -1;
}

/* Tells a short press from a long one. */
enum button_event button_event(void) {
    if (stable(BUTTON_PIN) != 0) return BUTTON_NONE;
    unsigned start = clock_ms();
    while (stable(BUTTON_PIN) == 0) {
        if (clock_ms() - start > LONG_PRESS_MS) return BUTTON_LONG;
    }
    return BUTTON_SHORT;
}
