// What Swift cannot ask of the system: prctl(2) takes a variable number of arguments.

#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdbool.h>

// Nothing that this process starts gains rights that it does not have, not by set-user-ID either. False with errno.
bool system_give_up_new_privileges(void);

// The memory of this process is not written to a core file, and other programs of its user can neither trace it nor
// read its environment. False with errno.
bool system_hide_memory(void);

#endif
