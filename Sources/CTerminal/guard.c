#define _GNU_SOURCE 1

#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The prepared state. Written only while `armed` is 0, and read only by the thread that changed `armed` from 1 to 0, so
// that two threads that crash at the same time do not both write.
static struct {
    int output;
    struct termios modes;
    uint8_t bytes[TERMINAL_GUARD_BYTES_MAXIMUM];
    size_t count;
} prepared;
static atomic_int armed;

// The signals whose default action terminates the program: faults first, then those sent by a process or a timer. Those
// that the screen reads as events are blocked and never get here.
static const int fatal[] = {SIGSEGV, SIGILL,  SIGABRT, SIGBUS,    SIGTRAP, SIGFPE,  SIGSYS,  SIGHUP,  SIGINT,
                            SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2,   SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ,
                            SIGIO,   SIGPWR,  SIGSTKFLT};
enum { FATAL = sizeof fatal / sizeof *fatal, FAULTS = 7 };
static struct sigaction before[FATAL];

// How long to wait in all for a terminal that accepts no bytes, in milliseconds, so that a crash does not hang.
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
    // A fault happens again when the handler returns to its instruction, and then with the true context for a
    // backtrace. A signal that was sent, and a trap, which is past its instruction, has to be raised again.
    if (!is_fault || info->si_code <= 0 || signal == SIGTRAP) raise(signal);
}

static void install(void) {
    // An alternate stack, since a stack that overflowed has no room for a handler.
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
        // Keep ignored signals ignored, such as SIGHUP under nohup(1).
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

// The modes without echo, for passwords.
static struct {
    int input;
    struct termios normal;
    struct termios unseen;
} typed;
static atomic_int is_unseen;

// Not every shell restores its own terminal modes when a job stops. So they are restored before the program stops, and
// set again when it continues, however it was stopped.
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
