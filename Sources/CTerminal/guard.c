#define _GNU_SOURCE 1

#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What is prepared. It is written only while `armed` is 0, and read only by the one who set `armed` from 1 to 0: two
// threads that crash at the same time do not both write.
static struct {
    int output;
    struct termios modes;
    uint8_t bytes[TERMINAL_GUARD_BYTES_MAXIMUM];
    size_t count;
} prepared;
static atomic_int armed;

static const int fatal[] = {SIGSEGV, SIGILL, SIGABRT, SIGBUS, SIGTRAP, SIGFPE};
enum { FATAL = sizeof fatal / sizeof *fatal };
static struct sigaction before[FATAL];

// How long a terminal that takes nothing is waited for, in all, in milliseconds. A crash must come to its end.
enum { PATIENCE = 200 };

bool terminal_is_ours(int descriptor) {
    pid_t foreground = tcgetpgrp(descriptor);
    return foreground < 0 || foreground == getpgrp();
}

static void give_back(void) {
    if (atomic_exchange(&armed, 0) == 0) return;
    int saved = errno;
    if (!terminal_is_ours(prepared.output)) {
        errno = saved;
        return;
    }
    size_t written = 0;
    for (int patience = PATIENCE; written < prepared.count && patience >= 0;) {
        ssize_t n = write(prepared.output, prepared.bytes + written, prepared.count - written);
        if (n > 0) {
            written += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = prepared.output, .events = POLLOUT};
            poll(&room, 1, 20);
            patience -= 20;
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    tcsetattr(prepared.output, TCSANOW, &prepared.modes);
    errno = saved;
}

static void on_fatal(int signal, siginfo_t *info, void *context) {
    (void)context;
    give_back();
    for (int i = 0; i < FATAL; i++) {
        if (fatal[i] == signal) sigaction(signal, &before[i], NULL);
    }
    // A fault happens again when the instruction is run again, and then with the true context for whoever prints a
    // backtrace. What somebody sent, and a trap, which is past its instruction already, has to be raised.
    if (info->si_code <= 0 || signal == SIGTRAP) raise(signal);
}

static void install(void) {
    // A stack that overflowed has no room for a handler.
    static uint8_t stack[64 * 1024];
    stack_t present;
    if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE)) {
        stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
        sigaltstack(&own, NULL);
    }
    struct sigaction action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &action, &before[i]);
    atexit(give_back);
}

int terminal_guard_arm(int output, const struct termios *modes, const uint8_t *bytes, size_t count) {
    static int installed;
    if (count > TERMINAL_GUARD_BYTES_MAXIMUM) return -1;
    atomic_store(&armed, 0);
    prepared.output = output;
    prepared.modes = *modes;
    memcpy(prepared.bytes, bytes, count);
    prepared.count = count;
    if (!installed) install();
    installed = 1;
    atomic_store(&armed, 1);
    return 0;
}

void terminal_guard_disarm(void) { atomic_store(&armed, 0); }
