/* recording: what copies of one network that train side by side do to their parameters, as .npy.
 *
 * Notation.  n values of each copy, N copies: a row is n of one copy (the file is T×n), or n×N of
 * several (T×n×N, the copy runs fastest), which is how pooled trajectories are analysed.
 *
 * A recording borrows the values and reads them at every append, as they are then. */
#ifndef KIT_RECORDING_H
#define KIT_RECORDING_H

#include "real.h"

enum { KIT_MAX_COPIES = 1000 };

typedef struct kit_recording kit_recording;

/* Creates (or overwrites) the file; values[k] are the n ≥ 1 values of copy k, 1 ≤ copies ≤
 * KIT_MAX_COPIES. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY, KOOP_IO_FAILED. */
koop_status kit_recording_open(kit_recording **out, const char *path, size_t n, int copies,
                               const kit_real *const *values);

/* Writes the row of this moment. KOOP_IO_FAILED. */
koop_status kit_recording_append(kit_recording *recording);

/* Completes the file and frees (*recording becomes NULL; NULL is allowed). KOOP_IO_FAILED. */
koop_status kit_recording_close(kit_recording **recording);

#endif
