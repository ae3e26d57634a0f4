/* spectrum_file: a spectrum with its residuals, from what `analyze --json` printed; of several the
 * last. */
#ifndef KOOP_SPECTRUM_FILE_H
#define KOOP_SPECTRUM_FILE_H

#include "spectrum.h"

#include <stdbool.h>

enum { KOOP_SPECTRUM_FILE_MAX_BYTES = 64 << 20 };

/* Whether `path` is a regular file that begins as a JSON object. */
bool koop_spectrum_file_is(const char *path);

/* 0, or an exit code after a complaint that names the file. Rates are not set. */
int koop_spectrum_file_read(const char *path, koop_spectrum *spectrum);

#endif
