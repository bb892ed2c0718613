// Wrappers of prctl(2), which Swift cannot call because it is variadic.

#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdbool.h>

// Sets PR_SET_NO_NEW_PRIVS: no program that this process executes gains privileges, not by set-user-ID either. Returns
// false with errno.
bool system_give_up_new_privileges(void);

// Clears PR_SET_DUMPABLE: no core file, and other programs of the same user can neither trace the process nor read
// /proc/PID/environ and /proc/PID/mem. Returns false with errno.
bool system_hide_memory(void);

#endif
