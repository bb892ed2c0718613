#include "radio.h"

/* A packet: address, command, argument, checksum. See docs/protocol.md. */
struct packet {
    unsigned char address, command, argument, checksum;
};

/* The sum of all bytes is zero. */
static int is_valid(const struct packet *p) {
    return (unsigned char)(p->address + p->command + p->argument + p->checksum) == 0;
}

/* The remote that was paired last; others are ignored. */
static unsigned char paired;

/* Pairing: the first remote that sends within ten seconds of a reset is ours. */
void radio_pair(unsigned char address) {
    if (clock_ms() < 10000) paired = address;
    settings_save();
}

void radio_receive(const struct packet *p) {
    if (!is_valid(p) || p->address != paired) return;
    if (p->command == COMMAND_LEVEL) dimmer_fade(p->argument);
}
