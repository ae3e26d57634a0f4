#include "repair.h"

#include "aside.h"
#include "directory.h"
#include "file.h"
#include "quarantine.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bytes that are not damaged, with the age of the old file, safe on disk. */
static koop_status write_intact(int old, const koop_verified *file, int new) {
    uint64_t at = 0;
    koop_status status = KOOP_OK;
    for (size_t i = 0; status == KOOP_OK && i < file->damaged.n; i++) {
        const koop_span *damaged = &file->damaged.list[i];
        status = koop_file_copy(old, at, damaged->first - at, new);
        at = damaged->last + 1;
    }
    if (status == KOOP_OK) status = koop_file_copy(old, at, file->bytes - at, new);
    struct stat about;
    if (status != KOOP_OK || fstat(old, &about) != 0) return KOOP_IO_FAILED;
    const struct timespec times[2] = {about.st_atim, about.st_mtim};
    return futimens(new, times) == 0 && fsync(new) == 0 ? KOOP_OK : KOOP_IO_FAILED;
}

static koop_status make_intact(int directory, const char *name, int old,
                               const koop_verified *file) {
    unlinkat(directory, name, 0); /* of a repair that did not come to its end */
    const int new =
        openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (new < 0) return KOOP_IO_FAILED;
    const koop_status status = write_intact(old, file, new);
    const int why = errno;
    close(new);
    if (status != KOOP_OK) unlinkat(directory, name, 0);
    errno = why;
    return status;
}

static koop_status mend(int directory, const char *name, int old, const koop_verified *file) {
    char mended[KOOP_VERIFY_NAME_BYTES + 16];
    snprintf(mended, sizeof mended, "%s.repair", name);
    koop_status status = make_intact(directory, mended, old, file);
    if (status == KOOP_OK) status = koop_quarantine_file(directory, name, old);
    if (status == KOOP_OK) {
        const bool empty = file->records == 0;
        const int failed =
            empty ? unlinkat(directory, name, 0) : renameat(directory, mended, directory, name);
        if (failed || fsync(directory) != 0) status = KOOP_IO_FAILED;
        if (status == KOOP_OK && !empty) return KOOP_OK;
    }
    const int why = errno;
    unlinkat(directory, mended, 0);
    errno = why;
    return status;
}

/* One file of a directory. `lone`: it may turn out to be no journal at all. */
static koop_status repair_file(int directory, const char *name, bool last, bool lone,
                               uint64_t *highest, koop_repair_handler *handler, void *context) {
    int fd;
    koop_verified file = {.bytes = 0};
    koop_status status = koop_segment_open(directory, name, O_RDONLY, &fd);
    if (status != KOOP_OK) return status;
    status = koop_verify_file(fd, last, *highest, &file);
    if (status == KOOP_OK && lone && file.records == 0) status = KOOP_BAD_MESSAGE;
    if (status == KOOP_OK && file.damaged.n > 0) status = mend(directory, name, fd, &file);
    if (status == KOOP_OK) {
        snprintf(file.name, sizeof file.name, "%s", lone ? "" : name);
        if (file.last_seq > *highest) *highest = file.last_seq;
        handler(context, &file);
    }
    const int why = errno;
    close(fd);
    koop_verified_clear(&file);
    errno = why;
    return status;
}

static koop_status repair_all(int directory, koop_repair_handler *handler, void *context) {
    uint32_t *numbers = NULL;
    size_t n = 0;
    uint64_t highest = koop_aside_pruned(directory);
    koop_status status = koop_directory_segments(directory, &numbers, &n);
    if (status == KOOP_OK && n == 0) status = KOOP_NOT_FOUND;
    for (size_t i = 0; status == KOOP_OK && i < n; i++) {
        char name[KOOP_SEGMENT_NAME_BYTES];
        koop_segment_name(numbers[i], name);
        status = repair_file(directory, name, i + 1 == n, false, &highest, handler, context);
    }
    free(numbers);
    return status;
}

/* -1 without a lock to take, which is an error only where there must be one. */
static koop_status take_lock(int directory, bool must, int *lock) {
    const int create = must ? O_CREAT : 0;
    *lock = openat(directory, "lock", O_RDWR | create | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (*lock < 0) return must || errno != ENOENT ? KOOP_IO_FAILED : KOOP_OK;
    return flock(*lock, LOCK_EX | LOCK_NB) == 0 ? KOOP_OK : KOOP_IO_FAILED;
}

static koop_status repair_directory(int directory, koop_repair_handler *handler, void *context) {
    uint32_t *numbers = NULL;
    size_t n = 0;
    int lock = -1;
    /* No lock file is left where there is no journal. */
    koop_status status = koop_directory_segments(directory, &numbers, &n);
    free(numbers);
    if (status == KOOP_OK && n == 0) return KOOP_NOT_FOUND;
    if (status == KOOP_OK) status = take_lock(directory, true, &lock);
    if (status == KOOP_OK) status = repair_all(directory, handler, context);
    const int why = errno;
    if (lock >= 0) close(lock);
    errno = why;
    return status;
}

static koop_status repair_lone(const char *path, koop_repair_handler *handler, void *context) {
    char parent[PATH_MAX];
    int lock = -1;
    if (strlen(path) >= sizeof parent) return KOOP_TOO_LARGE;
    strcpy(parent, path);
    char *slash = strrchr(parent, '/');
    const char *name = slash ? path + (slash - parent) + 1 : path;
    if (strlen(name) >= KOOP_VERIFY_NAME_BYTES) return KOOP_TOO_LARGE;
    uint64_t highest = koop_segment_number(name) <= 1 ? 0 : KOOP_VERIFY_UNKNOWN;
    if (slash) slash[slash == parent] = '\0';
    const int directory = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return KOOP_IO_FAILED;
    koop_status status = take_lock(directory, false, &lock);
    if (status == KOOP_OK)
        status = repair_file(directory, name, true, true, &highest, handler, context);
    const int why = errno;
    if (lock >= 0) close(lock);
    close(directory);
    errno = why;
    return status;
}

koop_status koop_journal_repair(const char *path, koop_repair_handler *handler, void *context) {
    struct stat about;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
    koop_status status = fstat(fd, &about) == 0 ? KOOP_OK : KOOP_IO_FAILED;
    if (status == KOOP_OK && S_ISDIR(about.st_mode))
        status = repair_directory(fd, handler, context);
    else if (status == KOOP_OK)
        status = S_ISREG(about.st_mode) ? repair_lone(path, handler, context) : KOOP_BAD_MESSAGE;
    const int why = errno;
    close(fd);
    errno = why;
    return status;
}
