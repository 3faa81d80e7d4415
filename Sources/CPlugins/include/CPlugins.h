// What stages from outside need of C: the header of shared libraries, and the start of a program whose life ends with ours.
#ifndef CPLUGINS_H
#define CPLUGINS_H

#include <sys/types.h>

#include "hanpipe_plugin.h"

/// Starts a program as a child that is killed when the calling thread ends, however it ends: the thread must live as long as the child
/// is wanted. posix_spawn cannot say that (PR_SET_PDEATHSIG).
///
/// The child leads a process group of its own, so that a terminal's Ctrl-C does not reach it and a signal to the group reaches all that
/// it started; all signals are as they are by default; it has the three descriptors given, as 0, 1 and 2, and no other.
/// @param path of the program, with a slash in it.
/// @param arguments and `environment` end with NULL.
/// @param input and the others: 3 or more.
/// @returns 0, or an errno.
int hp_start(
    const char *path, char *const arguments[], char *const environment[], int input, int output, int errors, pid_t *child);

/// Makes a pipe whose ends no other child inherits, and that are none of the descriptors 0, 1 and 2, even where those are closed.
/// @param ends gets the end to read from, and the end to write to.
/// @returns 0, or an errno.
int hp_pipe(int ends[2]);

/// Makes a descriptor that is readable once 8 bytes that are no 0 were written to it, until they are read (eventfd). It does not block.
/// @returns -1 with errno set if there is none to be had.
int hp_make_event(void);

/// Whether a child has ended. It is still to be waited for: until then its number belongs to nobody else.
int hp_has_ended(pid_t child);

/// This process' environment, which ends with NULL.
char *const *hp_environment(void);

#endif
