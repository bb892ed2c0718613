#define _GNU_SOURCE 1

#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The prepared state. Written only while `armed` is 0, and read only by the thread that changed `armed` from 1, so that
// two threads that crash at the same time do not both write.
static struct {
    int output;
    struct termios modes;
    uint8_t bytes[TERMINAL_GUARD_BYTES_MAXIMUM];
    size_t count;
} prepared;
// 1 when the state is prepared; while a thread gives the terminal back, its number (gettid(2)), negative; else 0.
static atomic_int armed;

// Whether the default action of a signal terminates the program, and it can be caught: all but SIGKILL, those that stop
// or continue, and those that are ignored by default. Signals that the screen reads as events are blocked and never
// get here.
static bool is_fatal(int signal) {
    switch (signal) {
    case SIGKILL:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH: return false;
    default: return true;
    }
}

// Whether a signal is raised by an instruction that fails.
static bool is_fault(int signal) {
    switch (signal) {
    case SIGSEGV:
    case SIGILL:
    case SIGABRT:
    case SIGBUS:
    case SIGTRAP:
    case SIGFPE:
    case SIGSYS: return true;
    default: return false;
    }
}

// The dispositions before the guard's, by signal.
static struct sigaction before[_NSIG];

// How long to wait in all for a terminal that accepts no bytes, in milliseconds, so that a crash does not hang.
enum { TIMEOUT = 200 };

bool terminal_is_ours(int descriptor) {
    pid_t foreground = tcgetpgrp(descriptor);
    return foreground < 0 || foreground == getpgrp();
}

static void give_back(void) {
    int saved = errno;
    int found = 1, own = -gettid();
    // A signal may interrupt this thread while it is at it; then the handler begins anew.
    if (!atomic_compare_exchange_strong(&armed, &found, own) && found != own) {
        // Another thread is at it, and the program must not end before it is done.
        for (int left = 2 * TIMEOUT; found < 0 && atomic_load(&armed) == found && left > 0; left--) poll(NULL, 0, 1);
        errno = saved;
        return;
    }
    if (!terminal_is_ours(prepared.output)) {
        atomic_store(&armed, 0);
        errno = saved;
        return;
    }
    size_t written = 0;
    for (int left = TIMEOUT; written < prepared.count && left >= 0;) {
        ssize_t n = write(prepared.output, prepared.bytes + written, prepared.count - written);
        if (n > 0) {
            written += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = prepared.output, .events = POLLOUT};
            poll(&room, 1, 20);
            left -= 20;
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    tcsetattr(prepared.output, TCSANOW, &prepared.modes);
    atomic_store(&armed, 0);
    errno = saved;
}

static void on_fatal(int signal, siginfo_t *info, void *context) {
    (void)context;
    give_back();
    bool repeats = is_fault(signal) && info->si_code > 0;
#if defined(__x86_64__) || defined(__i386__)
    // INT3 is behind its instruction when the signal arrives.
    repeats = repeats && signal != SIGTRAP;
#endif
    // A fault happens again when the handler returns to its instruction, and then with the true context for the
    // backtrace of the Swift runtime.
    if (repeats) {
        sigaction(signal, &before[signal], NULL);
        return;
    }
    // A signal that was sent has to be raised again, and with its default action: the runtime's handler returns from a
    // signal that no instruction has caused, and the program would go on.
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
    raise(signal);
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
    for (int signal = 1; signal < _NSIG; signal++) {
        // Fails for the two signals that glibc keeps for its threads.
        if (!is_fatal(signal) || sigaction(signal, NULL, &before[signal]) != 0) continue;
        // Keep ignored signals ignored, such as SIGHUP under nohup(1).
        if (before[signal].sa_handler != SIG_IGN) sigaction(signal, &action, NULL);
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

bool terminal_await_foreground(int descriptor) {
    // Resuming output that was not suspended changes nothing, and the kernel stops a background job that asks for it,
    // except one of an orphaned process group, which nobody could continue (EIO).
    while (tcflow(descriptor, TCOON) != 0 && errno == EINTR) continue;
    return terminal_is_ours(descriptor);
}

// The modes while a line is typed unseen, or keys are read one at a time.
static struct {
    int input;
    struct termios normal;
    struct termios taken;
    char prompt[TERMINAL_PROMPT_BYTES_MAXIMUM];
    size_t prompt_bytes;
} typed;
static atomic_int is_taken;

static terminal_typing kind_taken;

// Sets modes at once: TCSAFLUSH would wait for output that a suspended terminal does not accept. Around a password,
// what was typed before is discarded: it was not meant for these modes.
static int set(const struct termios *modes) {
    int result = tcsetattr(typed.input, TCSANOW, modes);
    if (kind_taken == TERMINAL_UNSEEN_LINE) tcflush(typed.input, TCIFLUSH);
    return result;
}

static void take(void) {
    set(&typed.taken);
    // The beginning of a line was discarded, so it is asked for again.
    if (typed.prompt_bytes > 0) (void)!write(STDERR_FILENO, typed.prompt, typed.prompt_bytes);
}

static void derive(terminal_typing kind) {
    typed.taken = typed.normal;
    typed.taken.c_lflag &= ~(tcflag_t)ECHO;
    if (kind == TERMINAL_KEYS) {
        typed.taken.c_lflag &= ~(tcflag_t)ICANON;
        typed.taken.c_cc[VMIN] = 1;
        typed.taken.c_cc[VTIME] = 0;
        // No key stops the program; it can still be stopped from outside.
        typed.taken.c_cc[VSUSP] = _POSIX_VDISABLE;
    }
}

// Not every shell restores its own terminal modes when a job stops. So they are restored before the program stops, and
// set again when it continues, however it was stopped.
static void on_stop(int signal) {
    (void)signal;
    int saved = errno;
    if (atomic_load(&is_taken) && terminal_is_ours(typed.input)) tcsetattr(typed.input, TCSANOW, &typed.normal);
    raise(SIGSTOP);
    errno = saved;
}

static void on_continue(int signal) {
    (void)signal;
    int saved = errno;
    if (atomic_load(&is_taken) && terminal_is_ours(typed.input)) {
        // The shell may have changed its modes meanwhile. Those that a line editor or this program has set, as after a
        // SIGSTOP, are not the user's.
        struct termios present;
        tcflag_t cooked = ICANON | ECHO;
        if (tcgetattr(typed.input, &present) == 0 && (present.c_lflag & cooked) == cooked) {
            typed.normal = present;
            derive(kind_taken);
            terminal_guard_arm(typed.input, &typed.normal, (const uint8_t *)"", 0);
        }
        take();
    }
    errno = saved;
}

static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
enum { STOPS = sizeof stops / sizeof *stops };

int terminal_typing_begin(int input, terminal_typing kind, const char *prompt) {
    if (strlen(prompt) >= sizeof typed.prompt) return -1;
    // In the background the modes are the shell's line editor's.
    if (!terminal_await_foreground(input)) {
        errno = EIO;
        return -1;
    }
    if (tcgetattr(input, &typed.normal) != 0) return -1;
    typed.input = input;
    kind_taken = kind;
    strcpy(typed.prompt, prompt);
    typed.prompt_bytes = strlen(prompt);
    derive(kind);
    if (terminal_guard_arm(input, &typed.normal, (const uint8_t *)"", 0) != 0) return -1;
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < STOPS; i++) sigaction(stops[i], &action, NULL);
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, NULL);
    atomic_store(&is_taken, 1);
    if (set(&typed.taken) != 0) return -1;
    if (typed.prompt_bytes > 0) (void)!write(STDERR_FILENO, typed.prompt, typed.prompt_bytes);
    return 0;
}

void terminal_typing_end(void) {
    if (atomic_exchange(&is_taken, 0) == 0) return;
    if (terminal_is_ours(typed.input)) set(&typed.normal);
    terminal_guard_disarm();
    for (int i = 0; i < STOPS; i++) signal(stops[i], SIG_DFL);
    signal(SIGCONT, SIG_DFL);
}
