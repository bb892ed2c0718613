// The width of a character in cells, for ncurses.
//
// ncurses calls wcwidth(3), and the C library's table is years behind Unicode: recent emoji are not printable to it.
// Symbols of the executable take precedence over those of libraries, so ncurses calls this one. Layout and painting
// then agree about the width of every character, because both use the same table.
//
// In C, because symbols of Swift have protected visibility and do not interpose those of libraries.

#include <wchar.h>

// In Swift: Terminal/Width.swift.
int terminal_columns_of(wchar_t character);

int wcwidth(wchar_t character) { return terminal_columns_of(character); }
