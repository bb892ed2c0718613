#!/bin/sh
# Builds the firmware and writes it to the lamp through the programmer.
set -eu
avr-gcc -Os -mmcu=attiny85 -o lamp.elf src/*.c
avr-objcopy -O ihex lamp.elf lamp.hex
avrdude -p t85 -c usbasp -U flash:w:lamp.hex
