/* file: whole reads and writes, and what makes a name survive a power cut. No state. */
#ifndef KOOP_FILE_H
#define KOOP_FILE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Writes all parts, changing them on the way. A short write is followed by another, which then
 * tells why. KOOP_IO_FAILED with errno. */
koop_status koop_file_write(int fd, struct iovec *parts, int n);

/* Puts a file of these parts in the place of `name`, which is there before or after, whole: it is
 * written as `fresh` (of one that was killed nothing is left), 0600, and renamed. `synced`: the disk
 * has it before. KOOP_IO_FAILED with errno: what was there stays. */
koop_status koop_file_replace(int directory, const char *fresh, const char *name,
                              struct iovec *parts, int n, bool synced);

/* Reads bytes[*have..wanted) from the file at offset + *have on; *have grows, and stays below
 * `wanted` only at the file's end. KOOP_IO_FAILED. */
koop_status koop_file_read(int fd, uint8_t *bytes, size_t wanted, uint64_t offset, size_t *have);

/* Appends bytes offset … offset + bytes of `from` to `to`. KOOP_IO_FAILED, also when `from` ends
 * before that. */
koop_status koop_file_copy(int from, uint64_t offset, uint64_t bytes, int to);

/* Opens a directory below `directory`, making it 0700 (and durable) where it is missing. Follows no
 * link. KOOP_IO_FAILED. The caller closes *fd. */
koop_status koop_file_directory(int directory, const char *name, int *fd);

#endif
