#define _GNU_SOURCE
#include "CPlugins.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#include <sys/eventfd.h>
#include <sys/wait.h>

extern char **environ;
char *const *hp_environment(void) { return environ; }

// Between fork and exec of a process with several threads, only what is async-signal-safe may be called.
static void become(
    const char *path, char *const arguments[], char *const environment[], int input, int output, int errors, pid_t parent) {
  setpgid(0, 0);
#ifdef __linux__
  // A parent that ended before this call has left us to another one.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) return;
#endif
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) return;
#if defined(__linux__) && defined(SYS_close_range)
  // Closed on exec, not at once: the descriptor that says how exec failed is among them. Kernels before 5.11 say EINVAL; what we open
  // is marked anyway.
  syscall(SYS_close_range, 3u, UINT_MAX, 4u /* CLOSE_RANGE_CLOEXEC */);
#endif
  execve(path, arguments, environment);
}

int hp_pipe(int ends[2]) {
  int low[2];
  if (pipe2(low, O_CLOEXEC) != 0) return errno;
  int code = 0;
  for (int i = 0; i < 2; ++i) {
    ends[i] = low[i] > 2 ? low[i] : fcntl(low[i], F_DUPFD_CLOEXEC, 3);
    if (ends[i] < 0) code = errno;
    if (low[i] <= 2) close(low[i]);
  }
  for (int i = 0; code != 0 && i < 2; ++i) {
    if (ends[i] >= 0) close(ends[i]);
  }
  return code;
}

int hp_make_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int hp_has_ended(pid_t child) {
  siginfo_t info = {0};
  int code;
  while ((code = waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT)) != 0 && errno == EINTR) {}
  // Somebody else has waited for it: then it has ended too.
  return code != 0 || info.si_pid == child;
}

int hp_start(
    const char *path, char *const arguments[], char *const environment[], int input, int output, int errors, pid_t *child) {
  // Closed by a successful exec; else it brings the errno.
  int outcome[2];
  if (pipe2(outcome, O_CLOEXEC) != 0) return errno;
  pid_t parent = getpid();
  pid_t number = fork();
  if (number == 0) {
    become(path, arguments, environment, input, output, errors, parent);
    int code = errno;
    while (write(outcome[1], &code, sizeof code) < 0 && errno == EINTR) {}
    _exit(127);
  }
  int code = errno;
  close(outcome[1]);
  if (number > 0) {
    ssize_t count;
    while ((count = read(outcome[0], &code, sizeof code)) < 0 && errno == EINTR) {}
    if (count == (ssize_t)sizeof code) {
      waitpid(number, NULL, 0);
    } else {
      code = 0;
      *child = number;
    }
  }
  close(outcome[0]);
  return code;
}
