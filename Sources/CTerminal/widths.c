// How many cells a character takes, for ncurses.
//
// ncurses asks wcwidth, and the C library's answers are years behind Unicode: to it a recent emoji is not printable. A
// symbol of the program itself comes before those of the libraries, so ncurses finds this one instead. What lays text
// out and what paints it then agree about every character by construction, because both ask the same table.
//
// It is in C because a symbol of Swift is protected: linkers do not offer it to a library that looks for it.

#include <wchar.h>

// In Swift: Terminal/Width.swift.
int terminal_columns_of(wchar_t character);

int wcwidth(wchar_t character) { return terminal_columns_of(character); }
