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

// Everything that ends a program unless it says otherwise: faults first, then what somebody or a clock sends. Those that
// the screen reads as events are blocked there and never get here.
static const int fatal[] = {SIGSEGV, SIGILL,  SIGABRT, SIGBUS,    SIGTRAP, SIGFPE,  SIGSYS,  SIGHUP,  SIGINT,
                            SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2,   SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ,
                            SIGIO,   SIGPWR,  SIGSTKFLT};
enum { FATAL = sizeof fatal / sizeof *fatal, FAULTS = 7 };
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
    bool is_fault = false;
    for (int i = 0; i < FATAL; i++) {
        if (fatal[i] != signal) continue;
        sigaction(signal, &before[i], NULL);
        is_fault = i < FAULTS;
    }
    // A fault happens again when the instruction is run again, and then with the true context for whoever prints a
    // backtrace. What somebody sent, and a trap, which is past its instruction already, has to be raised.
    if (!is_fault || info->si_code <= 0 || signal == SIGTRAP) raise(signal);
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
    for (int i = 0; i < FATAL; i++) {
        sigaction(fatal[i], NULL, &before[i]);
        // What is ignored, as SIGHUP under nohup(1), ends nothing.
        if (before[i].sa_handler != SIG_IGN) sigaction(fatal[i], &action, NULL);
    }
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

// The modes for something that is typed unseen.
static struct {
    int input;
    struct termios normal;
    struct termios unseen;
} typed;
static atomic_int is_unseen;

// A shell does not care for the modes of what it stops, and some do not set their own: they are given back before the
// program stops, and taken again when it goes on, however it was stopped.
static void on_stop(int signal) {
    (void)signal;
    int saved = errno;
    if (atomic_load(&is_unseen)) tcsetattr(typed.input, TCSANOW, &typed.normal);
    raise(SIGSTOP);
    errno = saved;
}

static void on_continue(int signal) {
    (void)signal;
    int saved = errno;
    if (atomic_load(&is_unseen) && terminal_is_ours(typed.input)) tcsetattr(typed.input, TCSAFLUSH, &typed.unseen);
    errno = saved;
}

int terminal_unseen_begin(int input) {
    if (tcgetattr(input, &typed.normal) != 0) return -1;
    typed.input = input;
    typed.unseen = typed.normal;
    typed.unseen.c_lflag &= ~(tcflag_t)ECHO;
    if (terminal_guard_arm(input, &typed.normal, (const uint8_t *)"", 0) != 0) return -1;
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTSTP, &action, NULL);
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, NULL);
    atomic_store(&is_unseen, 1);
    return tcsetattr(input, TCSAFLUSH, &typed.unseen);
}

void terminal_unseen_end(void) {
    if (atomic_exchange(&is_unseen, 0) == 0) return;
    tcsetattr(typed.input, TCSAFLUSH, &typed.normal);
    terminal_guard_disarm();
    signal(SIGTSTP, SIG_DFL);
    signal(SIGCONT, SIG_DFL);
}
