/* journal_faults: system calls of the journal that fail, or end the process, when a test says so.
 *
 * Linked with --wrap for the calls below (tests/CMakeLists.txt). The `at`-th of them from now on
 * fails with `error` (and all after it, if `lasting`), or is where the process ends. */
#ifndef KOOP_JOURNAL_FAULTS_H
#define KOOP_JOURNAL_FAULTS_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAULT_CRASHED = 77 };

static struct {
    const char *call; /* NULL: any of them */
    int at;           /* 0: never */
    int error;
    bool lasting, crash;
    int calls;        /* of `call`, since they were armed */
    int failing_call; /* this one of them fails besides, with EIO; 0: none */
    ino_t synced[4096];
    int syncs;    /* calls of fdatasync, since the test began */
    bool no_disk; /* syncs do nothing: where a test makes thousands of journals */
} fault;

static inline void disarm(void) {
    fault.at = fault.calls = 0;
    fault.call = NULL;
    fault.lasting = fault.crash = false;
}

static inline void fail_at(const char *call, int at, int error, bool lasting) {
    disarm();
    fault.call = call;
    fault.at = at;
    fault.error = error;
    fault.lasting = lasting;
}

static inline void crash_at(int at) {
    disarm();
    fault.at = at;
    fault.crash = true;
}

static inline bool fails(const char *call) {
    if (fault.call && strcmp(call, fault.call) != 0) return false;
    fault.calls++;
    if (fault.crash && fault.calls == fault.at) _exit(FAULT_CRASHED);
    if (fault.calls == fault.failing_call) {
        errno = EIO;
        return true;
    }
    if (fault.crash || fault.at == 0 || fault.calls < fault.at) return false;
    if (fault.calls > fault.at && !fault.lasting) return false;
    errno = fault.error;
    return true;
}

int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __real_ftruncate(int fd, off_t size);
ssize_t __real_writev(int fd, const struct iovec *parts, int n);
int __real_renameat(int from, const char *old, int to, const char *new);
int __real_linkat(int from, const char *old, int to, const char *new, int flags);
int __real_unlinkat(int directory, const char *name, int flags);
int __real_mkdirat(int directory, const char *name, mode_t mode);

int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_ftruncate(int fd, off_t size);
ssize_t __wrap_writev(int fd, const struct iovec *parts, int n);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_unlinkat(int directory, const char *name, int flags);
int __wrap_mkdirat(int directory, const char *name, mode_t mode);

int __wrap_fdatasync(int fd) {
    struct stat about;
    if (fstat(fd, &about) == 0 && fault.syncs < 4096) fault.synced[fault.syncs++] = about.st_ino;
    return fails("fdatasync") ? -1 : fault.no_disk ? 0 : __real_fdatasync(fd);
}

int __wrap_fsync(int fd) {
    return fails("fsync") ? -1 : fault.no_disk ? 0 : __real_fsync(fd);
}

int __wrap_ftruncate(int fd, off_t size) {
    return fails("ftruncate") ? -1 : __real_ftruncate(fd, size);
}

/* A crash in a write leaves half of it. */
ssize_t __wrap_writev(int fd, const struct iovec *parts, int n) {
    if (fault.crash && (!fault.call || strcmp(fault.call, "writev") == 0) &&
        fault.calls + 1 == fault.at)
        (void)!write(fd, parts[0].iov_base, parts[0].iov_len / 2);
    return fails("writev") ? -1 : __real_writev(fd, parts, n);
}

int __wrap_renameat(int from, const char *old, int to, const char *new) {
    return fails("renameat") ? -1 : __real_renameat(from, old, to, new);
}

int __wrap_linkat(int from, const char *old, int to, const char *new, int flags) {
    return fails("linkat") ? -1 : __real_linkat(from, old, to, new, flags);
}

int __wrap_unlinkat(int directory, const char *name, int flags) {
    return fails("unlinkat") ? -1 : __real_unlinkat(directory, name, flags);
}

int __wrap_mkdirat(int directory, const char *name, mode_t mode) {
    return fails("mkdirat") ? -1 : __real_mkdirat(directory, name, mode);
}

/* Runs `work` in a process of its own that ends at the `at`-th call. Whether it came so far. */
static inline bool crashes_at(int at, void work(void)) {
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        crash_at(at);
        work();
        _exit(0);
    }
    int ended = 0;
    while (waitpid(child, &ended, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(ended)) return false;
    return WEXITSTATUS(ended) == FAULT_CRASHED;
}

#endif
