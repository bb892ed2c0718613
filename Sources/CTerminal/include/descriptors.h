// Signals and wake-ups as descriptors that can be polled (signalfd(2), eventfd(2)), and terminal calls that Swift
// lacks.

#ifndef CTERMINAL_DESCRIPTORS_H
#define CTERMINAL_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

// Blocks SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGCONT and those that stop a program (SIGTSTP, SIGTTIN, SIGTTOU) in this
// thread and in those it starts.
void terminal_signals_block(void);

// Opens a descriptor that is readable while one of those signals is pending. Returns -1 with errno on failure.
int terminal_signals_open(void);

// The same for SIGINT alone, which it blocks in this thread and in those it starts; the others act as they do by default.
int terminal_interrupts_open(void);

// Returns the next pending signal, or 0.
int terminal_signals_next(int descriptor);

// Discards a pending SIGCONT: a program that has stopped itself knows that it continues.
void terminal_signals_forget_continue(void);

// Stops the program with a signal of the terminal, blocked or not.
void terminal_signals_stop(int signal);

// Stops the program (SIGTTOU) while it is in the background, and returns whether it is in the foreground afterwards. It
// is not when a terminating signal arrived, or when its process group is orphaned and so cannot be stopped.
bool terminal_signals_await_foreground(int descriptor);

// Opens a descriptor that is readable after terminal_wakeup_raise. Returns -1 with errno on failure.
int terminal_wakeup_open(void);

// Makes the descriptor readable. May be called on any thread.
void terminal_wakeup_raise(int descriptor);

// Makes the descriptor unreadable again.
void terminal_wakeup_clear(int descriptor);

// Opens the same terminal again with O_NONBLOCK; -1 on failure. Setting O_NONBLOCK on the given descriptor would affect
// other processes that share its open file description, such as the shell.
int terminal_reopen(int descriptor);

// Gets the size of a terminal in cells; false when the terminal does not know it.
bool terminal_size(int descriptor, int *_Nonnull rows, int *_Nonnull columns);

// Sets the locale from the environment, and returns whether its encoding is UTF-8. If not, a UTF-8 locale is used
// inside all the same, so that no text is lost.
bool terminal_locale(void);

#endif
