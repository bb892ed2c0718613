#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "CGuard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

// How often the last processes are looked for before they are left to the system: a process in an uninterruptible wait
// of the kernel ends when that does.
#define LAST_ROUNDS 2000

_Noreturn static void fail(const char *what, int code) {
    dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
    _exit(code);
}

_Noreturn static void execute(pid_t guard, unsigned mask, char *const argv[]) {
    sigset_t none;
    // The guard has one thread, so this signal comes when it is killed itself.
    prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
    if (getppid() != guard) _exit(125);
    sigemptyset(&none);
    setpgid(0, 0);
    umask((mode_t)mask);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(argv[0], argv);
    fail(argv[0], errno == ENOENT ? 127 : 126);
}

// Reaps what has ended. Returns whether the command was among it, or there is no child any more.
static bool reap(pid_t command, int *status, bool *is_childless) {
    bool is_over = false;
    for (;;) {
        int ended;
        pid_t pid = waitpid(-1, &ended, WNOHANG);
        if (pid < 0 && errno == EINTR) continue;
        if (pid <= 0) {
            *is_childless = pid < 0;
            return is_over;
        }
        if (pid == command) {
            *status = ended;
            is_over = true;
        }
    }
}

// Kills the children that the process has now. Those of each become its own when that has ended.
static void kill_children(void) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return;
    text[length] = 0;
    // A number that was cut off at the end of the buffer is read whole in the next round.
    char *end = length == sizeof text - 1 ? strrchr(text, ' ') : NULL;
    if (end) *end = 0;
    for (char *rest = text, *word; (word = strtok_r(rest, " \n", &rest));) {
        pid_t child = (pid_t)atoi(word);
        if (child > 0) kill(child, SIGKILL);
    }
}

// Ends as the command did.
_Noreturn static void end(int status) {
    if (WIFSIGNALED(status)) {
        struct rlimit none = {0, 0};
        sigset_t all;
        setrlimit(RLIMIT_CORE, &none);
        // What came meanwhile and is blocked would end it first.
        int told[] = {SIGTERM, SIGINT, SIGHUP};
        for (size_t i = 0; i < sizeof told / sizeof *told; i++) signal(told[i], SIG_IGN);
        signal(WTERMSIG(status), SIG_DFL);
        sigemptyset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

_Noreturn static void kill_all(pid_t command, int status) {
    bool is_childless = false;
    for (int round = 0; round < LAST_ROUNDS && !is_childless; round++) {
        kill(-command, SIGKILL);
        kill_children();
        reap(command, &status, &is_childless);
        struct timespec moment = {0, 1000000};
        if (!is_childless) nanosleep(&moment, NULL);
    }
    end(status);
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn void guard_run(int parent, unsigned mask, char *const argv[]) {
    sigset_t watched;
    sigemptyset(&watched);
    int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&watched, signals[i]);
    signal(SIGCHLD, SIG_DFL);
    if (sigprocmask(SIG_BLOCK, &watched, NULL) != 0) fail("sigprocmask", 125);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0) fail("prctl", 125);
    int signal_file = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signal_file < 0) fail("signalfd", 125);
    int parent_file = (int)syscall(SYS_pidfd_open, parent, 0);
    // Looked at behind the call: a number that was given to another process since does not count.
    if (parent_file < 0 || getppid() != parent) {
        errno = ESRCH;
        fail("the process that wants the command", 125);
    }
    pid_t guard = getpid();
    pid_t command = fork();
    if (command < 0) fail("fork", 125);
    if (command == 0) execute(guard, mask, argv);
    setpgid(command, command);
    // Whoever reads the command's output sees its end when the command and its children have ended.
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (nowhere < 0 || dup2(nowhere, descriptor) < 0) close(descriptor);
    }

    int64_t deadline = 0;
    for (;;) {
        struct pollfd files[] = {{signal_file, POLLIN, 0}, {parent_file, POLLIN, 0}};
        int64_t left = deadline ? deadline - milliseconds() : -1;
        // 125 << 8 is the status of a command of which nothing is known.
        if (deadline && left <= 0) kill_all(command, 125 << 8);
        if (poll(files, 2, (int)left) < 0 && errno != EINTR) kill_all(command, 125 << 8);
        if (files[1].revents) kill_all(command, 125 << 8);
        struct signalfd_siginfo info;
        bool is_told = false;
        while (read(signal_file, &info, sizeof info) == sizeof info) is_told |= info.ssi_signo != SIGCHLD;
        int status;
        bool is_childless;
        if (reap(command, &status, &is_childless)) kill_all(command, status);
        if (is_told && !deadline) {
            deadline = milliseconds() + GUARD_GRACE_MS;
            kill(-command, SIGTERM);
            kill(-command, SIGCONT);
        }
    }
}
