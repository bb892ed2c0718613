#include "button.h"

/* A bounce shorter than the debounce time is no press. */
void test_bounce(void) {
    press_for(5);
    assert(button_event() == BUTTON_NONE);
}

void test_long_press(void) {
    press_for(700);
    assert(button_event() == BUTTON_LONG);
}
