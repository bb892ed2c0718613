// Signals and counters as descriptors that can be polled, and what Swift cannot ask a terminal.

#ifndef CTERMINAL_DESCRIPTORS_H
#define CTERMINAL_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

// Keeps SIGWINCH, SIGTERM, SIGHUP, SIGINT and SIGCONT from interrupting this thread and those it starts.
void terminal_signals_block(void);

// A descriptor that is readable when one of those signals has come, or -1 with errno.
int terminal_signals_open(void);

// The next signal that has come, or 0.
int terminal_signals_next(int descriptor);

// Forgets a SIGCONT that has come: whoever stopped the program itself knows that it goes on.
void terminal_signals_forget_continue(void);

// Stops the program while it is in the background, and says whether it is in the foreground then. It is not when
// somebody asks it to end, or when nothing can stop it because no shell is left to let it go on.
bool terminal_signals_await_foreground(int descriptor);

// A descriptor that is readable once somebody has raised it, or -1 with errno.
int terminal_wakeup_open(void);

// Raises it. Any thread may.
void terminal_wakeup_raise(int descriptor);

// Takes back what was raised.
void terminal_wakeup_clear(int descriptor);

// Another descriptor for the same terminal that never waits, or -1. Others that share the first one, such as the
// shell, must not find theirs changed; so this is opened anew and not set.
int terminal_reopen(int descriptor);

// The size of a terminal in cells; false when it does not know.
bool terminal_size(int descriptor, int *_Nonnull rows, int *_Nonnull columns);

// Takes the locale from the environment, and says whether its text is UTF-8. When it is not, characters are still
// handled as UTF-8 from here on, so that nothing is lost inside.
bool terminal_locale(void);

#endif
