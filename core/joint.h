/* joint: what the tracks say of a change together, and each given the others. A batch moves several
 * signals at once: with that taken away less of each is noise, and a change is seen sooner.
 *
 * Notation.  T  the tracks' standardised sums for one shape and one onset (track.h)
 *            R  correlations of the tracks' surprises since the start or restart, but of the 8 newest,
 *               clipped at ±4; nine tenths of them, since they are estimated
 *            n tracks, m surprises; 1 − n/m makes good that R is of so few
 *   given     C_a = (R⁻¹T)_a √((1 − n/m)/(R⁻¹)_aa), standard normal where T is normal with
 *             correlations R; C²/2 is the log likelihood ratio of a change of track a alone
 *   together  x = (1 − n/m) Tᵀ R⁻¹ T, χ² with n degrees of freedom there (Hotelling 1931, Ann. Math.
 *             Statist. 2); as evidence v on the scale of one track: Pr(χ²_1 > 2v) = Pr(χ²_n > x) */
#ifndef KOOP_JOINT_H
#define KOOP_JOINT_H

#include "track.h"

enum {
    KOOP_JOINT_MOST = 32, /* tracks */
    KOOP_JOINT_LEAST = 64 /* surprises */
};

typedef struct koop_joint {
    int n;                      /* tracks that take part; 0: fewer than two have enough surprises */
    int track[KOOP_JOINT_MOST]; /* which, rising */
    double share;               /* 1 − n/m */
    double inverse[KOOP_JOINT_MOST * KOOP_JOINT_MOST]; /* of R, n×n */
} koop_joint;

/* Of the first `count` ≤ KOOP_JOINT_MOST tracks. */
void koop_joint_fit(koop_joint *joint, const koop_track *tracks, int count);

/* T of the tracks that take part, in their order, into C of each; gives v of them together. */
double koop_joint_weigh(const koop_joint *joint, const double *toward, double *given);

#endif
