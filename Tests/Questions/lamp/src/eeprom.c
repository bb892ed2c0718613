#include "eeprom.h"

#define SLOTS 64

/* Each cell survives a hundred thousand writes: settings go round through all slots (wear levelling). */
static unsigned next_slot(void) {
    unsigned slot = 0;
    while (slot < SLOTS && eeprom_read(slot * sizeof(struct settings)) != 0xFF) slot++;
    return slot % SLOTS;
}

/* Stores the settings in the next slot, and erases the one behind it as a mark. */
void settings_save(void) {
    unsigned slot = next_slot();
    eeprom_write(slot * sizeof(struct settings), &settings, sizeof settings);
    eeprom_erase((slot + 1) % SLOTS);
}

/* Loads the newest settings; a new lamp gets the defaults. */
void settings_load(void) {
    unsigned slot = next_slot();
    if (slot == 0) settings = defaults;
    else eeprom_copy(&settings, (slot - 1) * sizeof(struct settings));
}
