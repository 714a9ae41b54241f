/* Makes one system call of a program fail, or kills the program before it. Preloaded (LD_PRELOAD); for tests only.
 *
 *   MILC_FAULT_COUNT=FILE    write how many calls that count were made, when the program ends
 *   MILC_FAULT_AT=N          the N-th of them (from 1) ...
 *   MILC_FAULT_ERRNO=E       ... fails with this errno,
 *   MILC_FAULT_SIGNAL=S      ... or the program gets this signal before it
 *
 * Calls that count are those that an output is made of: opening, making, writing, copying, linking, renaming, removing, waiting for the disk,
 * closing. A close that fails closes all the same, as it does in fact. The program is taken to have one thread.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long at, count, fault_errno, fault_signal;
static const char *count_file;

__attribute__((constructor)) static void prepare(void) {
  const char *text;
  if ((text = getenv("MILC_FAULT_AT")))
    at = atol(text);
  if ((text = getenv("MILC_FAULT_ERRNO")))
    fault_errno = atol(text);
  if ((text = getenv("MILC_FAULT_SIGNAL")))
    fault_signal = atol(text);
  count_file = getenv("MILC_FAULT_COUNT");
}

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((destructor)) static void tell(void) {
  if (!count_file)
    return;
  int (*open_)(const char *, int, ...) = next("open");
  ssize_t (*write_)(int, const void *, size_t) = next("write");
  char text[32];
  int fd = open_(count_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  int size = snprintf(text, sizeof text, "%ld", count);
  if (fd < 0 || write_(fd, text, (size_t)size) != size)
    abort();
}

/* Whether this call is the one that fails. */
static int fails(void) {
  if (++count != at)
    return 0;
  if (fault_signal)
    raise((int)fault_signal);
  if (!fault_errno)
    return 0;
  errno = (int)fault_errno;
  return 1;
}

/* CALL(result, name, parameters, arguments) */
#define CALL(RESULT, NAME, PARAMETERS, ...)                                                                                                \
  RESULT NAME PARAMETERS {                                                                                                                 \
    static RESULT(*real) PARAMETERS;                                                                                                       \
    if (!real)                                                                                                                             \
      real = (RESULT(*) PARAMETERS)next(#NAME);                                                                                            \
    if (fails())                                                                                                                           \
      return (RESULT)-1;                                                                                                                   \
    return real(__VA_ARGS__);                                                                                                              \
  }

CALL(ssize_t, write, (int fd, const void *bytes, size_t size), fd, bytes, size)
CALL(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t offset), fd, bytes, size, offset)
CALL(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t offset), fd, bytes, size, offset)
CALL(ssize_t, copy_file_range, (int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags), from, in, to, out, size, flags)
CALL(int, ftruncate, (int fd, off_t size), fd, size)
CALL(int, ftruncate64, (int fd, off64_t size), fd, size)
CALL(int, fsync, (int fd), fd)
CALL(int, link, (const char *from, const char *to), from, to)
CALL(int, symlink, (const char *what, const char *path), what, path)
CALL(int, rename, (const char *from, const char *to), from, to)
CALL(int, renameat2, (int from, const char *a, int to, const char *b, unsigned flags), from, a, to, b, flags)
CALL(int, mkdir, (const char *path, mode_t mode), path, mode)
CALL(int, unlink, (const char *path), path)
CALL(int, unlinkat, (int fd, const char *path, int flags), fd, path, flags)
CALL(int, remove, (const char *path), path)
CALL(int, rmdir, (const char *path), path)

int close(int fd) {
  static int (*real)(int);
  if (!real)
    real = next("close");
  int failed = fails(), error = errno, result = real(fd);
  if (!failed)
    return result;
  errno = error;
  return -1;
}

#define OPEN(NAME)                                                                                                                         \
  int NAME(const char *path, int flags, ...) {                                                                                             \
    static int (*real)(const char *, int, ...);                                                                                            \
    va_list rest;                                                                                                                          \
    va_start(rest, flags);                                                                                                                 \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                                                \
    va_end(rest);                                                                                                                          \
    if (!real)                                                                                                                             \
      real = next(#NAME);                                                                                                                  \
    return fails() ? -1 : real(path, flags, mode);                                                                                         \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(NAME)                                                                                                                       \
  int NAME(int folder, const char *path, int flags, ...) {                                                                                 \
    static int (*real)(int, const char *, int, ...);                                                                                       \
    va_list rest;                                                                                                                          \
    va_start(rest, flags);                                                                                                                 \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                                                \
    va_end(rest);                                                                                                                          \
    if (!real)                                                                                                                             \
      real = next(#NAME);                                                                                                                  \
    return fails() ? -1 : real(folder, path, flags, mode);                                                                                 \
  }
OPENAT(openat)
OPENAT(openat64)

int ioctl(int fd, unsigned long request, ...) {
  static int (*real)(int, unsigned long, ...);
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (!real)
    real = next("ioctl");
  return fails() ? -1 : real(fd, request, argument);
}
