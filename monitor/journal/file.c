#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 16 };

koop_status koop_file_write(int fd, struct iovec *parts, int n) {
    int first = 0;
    while (first < n) {
        const ssize_t written = writev(fd, parts + first, n - first);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return KOOP_IO_FAILED;
        size_t done = (size_t)written;
        while (first < n && done >= parts[first].iov_len) done -= parts[first++].iov_len;
        if (first == n) break;
        parts[first].iov_base = (uint8_t *)parts[first].iov_base + done;
        parts[first].iov_len -= done;
    }
    return KOOP_OK;
}

koop_status koop_file_replace(int directory, const char *fresh, const char *name,
                              struct iovec *parts, int n, bool synced) {
    unlinkat(directory, fresh, 0);
    const int fd =
        openat(directory, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return KOOP_IO_FAILED;
    koop_status status = koop_file_write(fd, parts, n);
    if (status == KOOP_OK && synced && fdatasync(fd) != 0) status = KOOP_IO_FAILED;
    if (status == KOOP_OK && renameat(directory, fresh, directory, name) != 0)
        status = KOOP_IO_FAILED;
    const int why = errno;
    if (status != KOOP_OK) unlinkat(directory, fresh, 0);
    close(fd);
    errno = why;
    return status;
}

koop_status koop_file_read(int fd, uint8_t *bytes, size_t wanted, uint64_t offset, size_t *have) {
    while (*have < wanted) {
        const ssize_t got = pread(fd, bytes + *have, wanted - *have, (off_t)(offset + *have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return KOOP_IO_FAILED;
        if (got == 0) break;
        *have += (size_t)got;
    }
    return KOOP_OK;
}

koop_status koop_file_copy(int from, uint64_t offset, uint64_t bytes, int to) {
    uint8_t buffer[COPY_BYTES];
    while (bytes > 0) {
        const size_t piece = bytes < sizeof buffer ? (size_t)bytes : sizeof buffer;
        size_t have = 0;
        koop_status status = koop_file_read(from, buffer, piece, offset, &have);
        if (status == KOOP_OK && have < piece) {
            errno = EIO;
            status = KOOP_IO_FAILED;
        }
        if (status == KOOP_OK) status = koop_file_write(to, &(struct iovec){buffer, piece}, 1);
        if (status != KOOP_OK) return status;
        offset += piece;
        bytes -= piece;
    }
    return KOOP_OK;
}

koop_status koop_file_directory(int directory, const char *name, int *fd) {
    const bool made = mkdirat(directory, name, 0700) == 0;
    if (!made && errno != EEXIST) return KOOP_IO_FAILED;
    if (made && fsync(directory) != 0) return KOOP_IO_FAILED;
    *fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd < 0 ? KOOP_IO_FAILED : KOOP_OK;
}
