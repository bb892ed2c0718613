// Restores the terminal when the program crashes or exits unexpectedly.
//
// A crash must not leave a terminal without echo, on the alternate screen, or in bracketed paste mode. The bytes and
// modes are prepared beforehand, so that the signal handler only calls write, poll and tcsetattr, which are
// async-signal-safe.

#ifndef CTERMINAL_GUARD_H
#define CTERMINAL_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

// The longest sequence of bytes that can be prepared.
enum { TERMINAL_GUARD_BYTES_MAXIMUM = 512 };

// Arms the guard: a crash or exit() writes the bytes to the terminal and sets the modes. The handlers are installed the
// first time; earlier ones, such as the Swift runtime's for backtraces, run afterwards.
//
// Returns 0, or -1 when the bytes are too many.
int terminal_guard_arm(int output, const struct termios *_Nonnull modes, const uint8_t *_Nonnull bytes, size_t count);

// Disarms the guard, after the terminal was restored in the ordinary way.
void terminal_guard_disarm(void);

// Whether the program may change the terminal's modes: it is in the foreground, or it is not its controlling terminal.
bool terminal_is_ours(int descriptor);

// Stops the program (SIGTTOU) while it is in the background, and returns whether it is in the foreground afterwards: not
// when its process group is orphaned and so cannot be stopped. Signals that are not blocked act meanwhile.
bool terminal_await_foreground(int descriptor);

// How input is read without a screen: a line without echo, for passwords, or single keys without echo.
typedef enum { TERMINAL_UNSEEN_LINE, TERMINAL_KEYS } terminal_typing;

// The longest prompt and its NUL, in bytes.
enum { TERMINAL_PROMPT_BYTES_MAXIMUM = 64 };

// Sets the modes for it until terminal_typing_end or the end of the program, however it ends; the program waits until it
// is in the foreground. While the program is stopped the terminal has its own modes. The prompt is written to standard
// error, and again after each stop. Returns 0, or -1 with errno when the descriptor is not a terminal.
int terminal_typing_begin(int input, terminal_typing kind, const char *_Nonnull prompt);

// Restores the modes.
void terminal_typing_end(void);

#endif
