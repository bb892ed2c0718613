#include "dimmer.h"

/* The eye sees ratios: the duty cycle is the square of the level. */
static unsigned char gamma_of(unsigned char level) {
    return (unsigned char)((level * level) / 255);
}

static unsigned char current;

/* Configures the timer for pulse width modulation at 1 kHz. */
void dimmer_init(void) {
    TCCR0A = 0x83;
    TCCR0B = 0x03;
}

/* Goes to a level in half a second, so that it does not blink. */
void dimmer_fade(unsigned char target) {
    while (current != target) {
        current += current < target ? 1 : -1;
        OCR0A = gamma_of(current);
        clock_wait_ms(2);
    }
}

void dimmer_toggle(void) {
    dimmer_fade(current ? 0 : 255);
}
