#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static koop_status make_parents(const char *path, char *error, size_t error_size) {
    char part[PATH_BYTES];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part) {
        snprintf(error, error_size, "%s: not a usable directory name", n ? "path too long" : "''");
        return KOOP_IO_FAILED;
    }
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) == 0 || errno == EEXIST) continue;
        int why = errno;
        if (access(part, X_OK) == 0) continue;
        snprintf(error, error_size, "cannot make %s: %s", part, strerror(why));
        return KOOP_IO_FAILED;
    }
    return KOOP_OK;
}

koop_status koop_paths_make_private(const char *path, char *error, size_t error_size) {
    koop_status status = make_parents(path, error, error_size);
    if (status != KOOP_OK) return status;
    /* A link is followed only when it is ours as well: in /tmp anybody could have placed it. */
    struct stat link, target;
    if (lstat(path, &link) != 0 || stat(path, &target) != 0) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return KOOP_IO_FAILED;
    }
    if (!S_ISDIR(target.st_mode)) {
        snprintf(error, error_size, "%s is not a directory", path);
        return KOOP_IO_FAILED;
    }
    if (link.st_uid != geteuid() || target.st_uid != geteuid()) {
        snprintf(error, error_size, "%s belongs to another user", path);
        return KOOP_IO_FAILED;
    }
    if (target.st_mode & (S_IWGRP | S_IWOTH)) {
        snprintf(error, error_size, "%s is writable by others; chmod go-w it or use another", path);
        return KOOP_IO_FAILED;
    }
    return KOOP_OK;
}

static bool is_alive(long pid) {
    return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

static long read_pid(int fd) {
    long pid = 0;
    /* The holder locks first and writes then, over the number of one that was killed: give it a
     * moment. One whose numbers mean nothing here is named in the end. */
    for (int attempt = 0; attempt < 100; attempt++) {
        char text[32];
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        if (n > 0 && text[n - 1] == '\n') {
            text[n] = '\0';
            pid = strtol(text, NULL, 10);
            if (pid > 0 && is_alive(pid)) break;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    return pid;
}

/* Another's file could be held locked, or be another's for a purpose. */
bool koop_paths_is_own_file(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
           !(about.st_mode & (S_IWGRP | S_IWOTH));
}

koop_status koop_paths_lock(const char *path, int *fd, long *holder) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (file < 0) return KOOP_IO_FAILED;
    if (!koop_paths_is_own_file(file)) {
        close(file);
        errno = EPERM;
        return KOOP_IO_FAILED;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        int why = errno;
        if (why == EWOULDBLOCK) *holder = read_pid(file);
        close(file);
        errno = why;
        return why == EWOULDBLOCK ? KOOP_DISABLED : KOOP_IO_FAILED;
    }
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    /* On a full disk nobody learns who holds it; it is held all the same. */
    if (ftruncate(file, 0) != 0 || pwrite(file, text, (size_t)n, 0) != n) n = 0;
    *fd = file;
    return KOOP_OK;
}

void koop_paths_unlock(int fd) {
    if (fd < 0) return;
    /* Emptied, not removed: whoever opened it meanwhile waits for this very file. */
    int emptied = ftruncate(fd, 0);
    (void)emptied;
    close(fd);
}

int koop_paths_can_open(int count) {
    int *fds = malloc((size_t)count * sizeof *fds);
    if (!fds) return 0;
    int n = 0;
    while (n < count && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) n++;
    for (int i = 0; i < n; i++) close(fds[i]);
    free(fds);
    return n == count;
}

koop_status koop_paths_fill_standard(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0) return KOOP_IO_FAILED;
    close(fd);
    return KOOP_OK;
}
