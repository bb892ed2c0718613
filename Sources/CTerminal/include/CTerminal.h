// What cannot be written in Swift: wrappers of ncurses, signalfd(2) and eventfd(2), the signal handler that restores
// the terminal after a crash, and pseudo-terminals for tests.
//
// No header here includes <ncurses.h>. Its macros and mutable globals would reach every Swift file that imports this
// module, and half of them cannot be imported anyway; so they stay in one C file.

#ifndef CTERMINAL_H
#define CTERMINAL_H

#include "descriptors.h"
#include "guard.h"
#include "pseudo_terminal.h"
#include "screen.h"

#endif
