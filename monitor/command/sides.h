/* sides: what `compare` and `distances` compare and `spectra` writes: each operand as one spectrum, or
 * as several.
 *
 * A .npy of complex values holds spectra, one a row; what analyze --json printed gives its last
 * spectrum, with residuals. A trajectory (.npy, recording, journal directory) gives its last
 * spectrum, with --batch the one of the whole, and on request those of disjoint windows instead,
 * from its first on; a run of the daemon gives its last one. Functions return 0, or an exit code
 * after a complaint that names the operand. */
#ifndef KOOP_SIDES_H
#define KOOP_SIDES_H

#include "dmd_options.h"
#include "variance.h"

enum {
    KOOP_SIDE_MAX_ITEMS = 1024,  /* a side of two */
    KOOP_SIDE_MAX_LIST = 4096,   /* of one that stands alone */
    KOOP_SIDE_MAX_WINDOWS = 256, /* of a longer trajectory every 2nd, 4th, …: as many as fit */
    KOOP_SIDE_MAX_MODES = 4096
};

typedef struct koop_side_item {
    int modes;
    double *points;           /* re, im, … */
    double *residuals;        /* NULL: unknown */
    koop_variances variances; /* of none: unknown */
    uint64_t end;             /* of a window: snapshots up to its last; else 0 */
    int operand;              /* the one that it is from */
} koop_side_item;

typedef struct koop_side {
    const char *command;   /* whose complaints they are */
    int most;              /* items, at most KOOP_SIDE_MAX_LIST */
    char *const *operands; /* borrowed */
    int n_operands;
    int n, capacity;
    koop_side_item *items;
    int pools;       /* with --batch: spectra of so many pools of an operand's trajectories */
    uint64_t values; /* of a snapshot of the last trajectory; 0: none was read */
} koop_side;

/* Whether `operand` is a trajectory, which has windows. */
bool koop_side_has_windows(const char *operand);

/* Loads all operands into a side that has them, command, most and pools, all else zero; `windows`:
 * those of the only operand, where there are at least two. Free with koop_side_free, also after a
 * failure. */
int koop_side_load(koop_side *side, const koop_dmd_arguments *dmd, const koop_common *common,
                   bool windows);
void koop_side_free(koop_side *side);

#endif
