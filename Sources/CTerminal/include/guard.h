// Gives the terminal back when the program dies of itself.
//
// A crash must not leave the user in a terminal without echo, on the wrong screen, in paste mode. What has to be
// written and set is prepared beforehand, so that a signal handler can do it with write, poll and tcsetattr alone,
// which are safe there.

#ifndef CTERMINAL_GUARD_H
#define CTERMINAL_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

// The longest sequence of bytes that can be prepared.
enum { TERMINAL_GUARD_BYTES_MAXIMUM = 512 };

// From now on, a crash or exit() writes the bytes to the terminal and sets the modes. The handlers are installed the
// first time; those that were there before, such as the runtime's own that prints a backtrace, run afterwards.
//
// Returns 0, or -1 when the bytes are too many.
int terminal_guard_arm(int output, const struct termios *_Nonnull modes, const uint8_t *_Nonnull bytes, size_t count);

// The terminal was given back in the ordinary way.
void terminal_guard_disarm(void);

// Whether the program may set the terminal: it is in the foreground, or the terminal controls no jobs.
bool terminal_is_ours(int descriptor);

// Turns the echo off, until terminal_unseen_end or the end of the program, whatever ends it. Returns 0, or -1 with errno when
// the descriptor is no terminal.
int terminal_unseen_begin(int input);

// Turns the echo on again.
void terminal_unseen_end(void);

#endif
