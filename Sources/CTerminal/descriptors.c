#define _GNU_SOURCE 1

#include "descriptors.h"
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static sigset_t signals_watched(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCONT);
    // The default action of these stops the program with the terminal in raw mode.
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGTTIN);
    sigaddset(&set, SIGTTOU);
    return set;
}

void terminal_signals_block(void) {
    sigset_t set = signals_watched();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int terminal_signals_open(void) {
    sigset_t set = signals_watched();
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int terminal_interrupts_open(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int terminal_signals_next(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t got;
    do {
        got = read(descriptor, &info, sizeof info);
    } while (got < 0 && errno == EINTR);
    return got == sizeof info ? (int)info.ssi_signo : 0;
}

void terminal_signals_forget_continue(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    struct timespec now = {0, 0};
    while (sigtimedwait(&set, NULL, &now) == SIGCONT) continue;
}

void terminal_signals_stop(int signal) {
    sigset_t set, present;
    sigemptyset(&set);
    sigaddset(&set, signal);
    raise(signal);
    // Stops here; an orphaned process group cannot be stopped, since nobody could continue it.
    pthread_sigmask(SIG_UNBLOCK, &set, &present);
    pthread_sigmask(SIG_SETMASK, &present, NULL);
}

bool terminal_signals_await_foreground(int descriptor) {
    while (!terminal_is_ours(descriptor)) {
        sigset_t pending;
        sigpending(&pending);
        if (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP) || sigismember(&pending, SIGINT)) {
            return false;
        }
        terminal_signals_stop(SIGTTOU);
        // The process was stopped and has been continued.
        sigpending(&pending);
        if (!sigismember(&pending, SIGCONT)) return false;
        terminal_signals_forget_continue();
    }
    return true;
}

int terminal_wakeup_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void terminal_wakeup_raise(int descriptor) {
    // Fails only when the counter is full; then it is raised already.
    (void)eventfd_write(descriptor, 1);
}

void terminal_wakeup_clear(int descriptor) {
    eventfd_t raised;
    (void)eventfd_read(descriptor, &raised);
}

int terminal_reopen(int descriptor) {
    char path[64];
    if (ttyname_r(descriptor, path, sizeof path) != 0) return -1;
    return open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool terminal_size(int descriptor, int *rows, int *columns) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return true;
}

bool terminal_locale(void) {
    setlocale(LC_ALL, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return true;
    setlocale(LC_CTYPE, "C.UTF-8");
    return false;
}
