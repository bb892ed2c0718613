// Wrappers of prctl(2), which Swift cannot call because it is variadic, and of statx(2) and malloc_trim(3), which its
// Glibc module lacks.

#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "CGuard.h"

// Sets PR_SET_NO_NEW_PRIVS: no program that this process executes gains privileges, not by set-user-ID either. Returns
// false with errno.
bool system_give_up_new_privileges(void);

// Clears PR_SET_DUMPABLE: no core file, and other programs of the same user can neither trace the process nor read
// /proc/PID/environ and /proc/PID/mem. Returns false with errno.
bool system_hide_memory(void);

// When the folder at a path was created (STATX_BTIME), symbolic links followed, and its inode number. Returns false when
// it does not exist, is no folder, or its file system does not keep the time.
bool system_folder_birth(const char *path, uint64_t *inode, int64_t *seconds, uint32_t *nanoseconds);

// Gives memory that was freed and is kept for later back to the system (malloc_trim(3)).
void system_return_freed_memory(void);

// Opens a timer of CLOCK_BOOTTIME, which goes on while the machine sleeps (timerfd_create(2)): readable when its moment has
// come. Returns -1 with errno.
int system_boot_timer_open(void);

// Sets such a timer to a moment, in nanoseconds since boot. Returns false with errno.
bool system_boot_timer_set(int descriptor, int64_t nanoseconds);

#endif
