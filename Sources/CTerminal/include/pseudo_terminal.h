// A pseudo-terminal, for tests. Swift does not import posix_openpt and its companions. Nothing of it is compiled into
// a program that does not call it.

#ifndef CTERMINAL_PSEUDO_TERMINAL_H
#define CTERMINAL_PSEUDO_TERMINAL_H

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// Opens both ends of a new pseudo-terminal: the side of the person, and that of the program. Returns 0, or -1 with
// errno.
static inline int terminal_pseudo_open(int *_Nonnull person, int *_Nonnull program) {
    *person = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (*person < 0) return -1;
    int locked = 0;
    if (ioctl(*person, TIOCSPTLCK, &locked) == 0) {
        *program = ioctl(*person, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (*program >= 0) return 0;
    }
    close(*person);
    return -1;
}

// Gives a pseudo-terminal a size in cells.
static inline void terminal_pseudo_resize(int person, int rows, int columns) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    (void)ioctl(person, TIOCSWINSZ, &size);
}

// The number of the pseudo-terminal: the program's side is /dev/pts/NUMBER. -1 with errno when there is none.
static inline int terminal_pseudo_number(int person) {
    unsigned int number;
    return ioctl(person, TIOCGPTN, &number) == 0 ? (int)number : -1;
}

#endif
