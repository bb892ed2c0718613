// Runs a command that must not outlive the process that wants it, whatever happens to either.

#ifndef CGUARD_H
#define CGUARD_H

// How long a command that was told to end (SIGTERM) may take before it is killed, in milliseconds.
#define GUARD_GRACE_MS 1500

// Runs a command in a process group of its own, and ends as it ended: with its exit code, or by its signal.
//
// The caller is a process of its own that serves only this. It adopts the orphans of the command (PR_SET_CHILD_SUBREAPER),
// and before it ends it kills whatever is left of them, in whatever session they are. It ends the command when it gets
// SIGTERM, SIGINT or SIGHUP, and when its parent has ended, which it sees by a pidfd (pidfd_open(2)): PR_SET_PDEATHSIG
// would look at the thread of the parent that began it.
//
// parent: the process that wants the command. mask: the command's file mode creation mask. argv: the command and its
// arguments, ended by NULL.
// Exits with 127 when there is no such command, with 126 when it cannot be run, and with 125 when it cannot be guarded;
// the reason is printed to standard error.
_Noreturn void guard_run(int parent, unsigned mask, char *const argv[]);

#endif
