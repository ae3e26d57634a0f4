/* data_file: a whole file of data in memory, and one line on what is wrong with one.
 *
 * Gzip files are unpacked on the way (zlib), whatever their name; others are taken as they are. A
 * file is read to its end or refused: nothing downstream sees part of one. */
#ifndef KIT_DATA_FILE_H
#define KIT_DATA_FILE_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    KIT_WHY_BYTES = 512,
    KIT_DATA_FILE_MAX = 1 << 28 /* bytes, unpacked; MNIST's largest has 47 million */
};

/* Writes one line, cut to its room; gives `status` back, so that a refusal is one statement. */
__attribute__((format(printf, 3, 4))) koop_status
kit_why(char why[KIT_WHY_BYTES], koop_status status, const char *format, ...);

/* Puts the name of the file, its end if it is long, in front of what `why` says. */
koop_status kit_why_in(char why[KIT_WHY_BYTES], koop_status status, const char *path);

/* Reads a regular file; the caller frees *bytes. `why` names the file. KOOP_NOT_FOUND,
 * KOOP_IO_FAILED, KOOP_BAD_MESSAGE (damaged or truncated gzip), KOOP_TOO_LARGE, KOOP_NO_MEMORY. */
koop_status kit_data_file_read(const char *path, uint8_t **bytes, size_t *size,
                               char why[KIT_WHY_BYTES]);

#endif
