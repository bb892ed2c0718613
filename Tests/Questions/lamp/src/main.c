#include "button.h"
#include "dimmer.h"
#include "power.h"

/* Sets the hardware up, then sleeps until something happens. */
int main(void) {
    clock_start();
    dimmer_init();
    radio_init();
    settings_load();
    for (;;) {
        switch (button_event()) {
        case BUTTON_SHORT: dimmer_toggle(); break;
        case BUTTON_LONG: dimmer_fade(next_level()); break;
        case BUTTON_NONE: power_sleep(); break;
        }
    }
}
