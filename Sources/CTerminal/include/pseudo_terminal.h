// Pseudo-terminals, for tests. Swift does not import posix_openpt(3) and its companions. The functions are inline, so
// nothing of them is compiled into a program that does not call them.

#ifndef CTERMINAL_PSEUDO_TERMINAL_H
#define CTERMINAL_PSEUDO_TERMINAL_H

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// Opens both ends of a new pseudo-terminal: the master (`person`) and the slave (`program`). Returns 0, or -1 with
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

// Sets the size of a pseudo-terminal in cells, which sends SIGWINCH.
static inline void terminal_pseudo_resize(int person, int rows, int columns) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    (void)ioctl(person, TIOCSWINSZ, &size);
}

// The number of the pseudo-terminal, whose slave is /dev/pts/NUMBER. -1 with errno on failure.
static inline int terminal_pseudo_number(int person) {
    unsigned int number;
    return ioctl(person, TIOCGPTN, &number) == 0 ? (int)number : -1;
}

#endif
