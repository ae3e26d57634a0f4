/* joint: what the tracks say of a change together, and each given the others. A batch moves several
 * signals at once: with that taken away less of each is noise, and a change is seen sooner.
 *
 * Notation.  T  the tracks' standardised sums for one shape and one onset (track.h)
 *            n  tracks that take part: those with 64 surprises or more before the 8 newest
 *            m  such surprises since the start or restart that all of them have, 128 at most; an update
 *               without a value counts as one of 0, as it does in T
 *            R  correlations (about 0) of these, clipped at ±4: nine tenths of what is found beside the
 *               diagonal, since it is of so few. No track is then known from the others, and R⁻¹ exists
 *   given     C_a = (R⁻¹T)_a √((1 − n/m)/(R⁻¹)_aa), about standard normal where T is normal with
 *             correlations R; C²/2 is the log likelihood ratio of a change of track a alone. 1 − n/m is
 *             by how much the inverse of a covariance of m values is too large on average, roughly
 *   together  x = (1 − n/m) Tᵀ R⁻¹ T, there about χ² with n degrees of freedom (Hotelling 1931, Ann.
 *             Math. Statist. 2); as evidence v on the scale of one track: Pr(χ²_1 > 2v) = Pr(χ²_n > x)
 *
 * Plain data, no allocation. Internal to core. */
#ifndef KOOP_JOINT_H
#define KOOP_JOINT_H

#include "track.h"

enum {
    KOOP_JOINT_MOST = 32, /* tracks, */
    KOOP_JOINT_LEAST = 64 /* and surprises at least */
};

typedef struct koop_joint {
    int n;                      /* tracks that take part; 0: fewer than two have enough surprises */
    int track[KOOP_JOINT_MOST]; /* their places, rising */
    double share;               /* 1 − n/m */
    double inverse[KOOP_JOINT_MOST * KOOP_JOINT_MOST]; /* of R, n×n */
} koop_joint;

/* Of the first `count` ≤ KOOP_JOINT_MOST tracks. */
void koop_joint_fit(koop_joint *joint, const koop_track *tracks, int count);

/* T of the tracks that take part, in their order, into C of each; gives v of them together. */
double koop_joint_weigh(const koop_joint *joint, const double *toward, double *given);

#endif
