/* directory: where journals lie, and the names of their segments.
 *
 * DATA/runs/UUID/000001.koop, 000002.koop, … Directories are made 0700; no function follows a
 * symbolic link in the last part of a path. */
#ifndef KOOP_DIRECTORY_H
#define KOOP_DIRECTORY_H

#include "status.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KOOP_SEGMENT_NAME_BYTES = 16, KOOP_SEGMENT_LAST = 999999 };

/* "000001.koop" for 1 ≤ number ≤ KOOP_SEGMENT_LAST. */
void koop_segment_name(uint32_t number, char out[KOOP_SEGMENT_NAME_BYTES]);

/* The number in "NNNNNN.koop", or 0. */
uint32_t koop_segment_number(const char *name);

/* The same of the last part of a path. */
uint32_t koop_segment_number_of(const char *path);

/* 32 hexadecimal digits: the name of a run's directory. */
bool koop_directory_is_uuid(const char *name);

/* DATA/runs/UUID, or DATA/runs where `uuid` is NULL. KOOP_TOO_LARGE: `out` has as much as fits. */
koop_status koop_directory_path(const char *data_dir, const char *uuid, char *out, size_t size);

/* DATA/runs, to be walked through. KOOP_NOT_FOUND, KOOP_IO_FAILED. The caller closes *stream. */
koop_status koop_directory_runs(const char *data_dir, DIR **stream);

/* Opens DATA/runs (uuid NULL) or DATA/runs/UUID, making what is missing, parents included.
 * KOOP_IO_FAILED, KOOP_TOO_LARGE for a path that does not fit. The caller closes *fd. */
koop_status koop_directory_make(const char *data_dir, const char *uuid, int *fd);

/* The numbers of the segments in a directory, rising. Frees nothing of the caller's; the caller
 * frees *numbers (NULL when *count is 0). KOOP_IO_FAILED, KOOP_NO_MEMORY. */
koop_status koop_directory_segments(int fd, uint32_t **numbers, size_t *count);

#endif
