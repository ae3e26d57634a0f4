/* track_kit: series for the tests of tracks: AR(1) noise about a level or a line, and how much a track
 * makes of what it saw. */
#ifndef TRACK_KIT_H
#define TRACK_KIT_H

#include "track.h"

#include "fixture.h"

typedef struct series {
    koop_track track;
    uint64_t seed;
    double rho, noise, level, slope, at;
    double wave, slow; /* size of a wander that no AR(1) with ρ has; where it is */
    bool heavy;        /* Student's t with 5 degrees of freedom */
} series;

static inline series new_series(uint64_t seed, double rho) {
    series s = {.seed = seed, .rho = rho};
    koop_track_start(&s.track, 1e-3);
    return s;
}

/* The innovations are of unit scale. */
static inline void advance(series *s, int updates) {
    for (int i = 0; i < updates; i++) {
        double chi2 = 0, innovation = gaussian(&s->seed);
        for (int k = 0; k < 5 && s->heavy; k++) chi2 += pow(gaussian(&s->seed), 2);
        s->noise = s->rho * s->noise + (s->heavy ? innovation / sqrt(chi2 / 5) : innovation);
        if (s->wave > 0) s->slow = 0.97 * s->slow + s->wave * gaussian(&s->seed);
        koop_track_take(&s->track, s->level + s->slope * s->at++ + s->noise + s->slow);
    }
}

/* Largest T²/2 of a shape, and the onset it is of. */
static inline double most_evidence(const koop_track *t, koop_track_shape shape, int *onset) {
    double toward[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS];
    koop_track_weigh(t, toward);
    *onset = 0;
    for (int i = 1; i < KOOP_TRACK_ONSETS; i++)
        if (fabs(toward[shape][i]) > fabs(toward[shape][*onset])) *onset = i;
    return pow(toward[shape][*onset], 2) / 2;
}

static inline double evidence(const koop_track *t) {
    int onset;
    return most_evidence(t, KOOP_TRACK_SHIFT, &onset);
}

static inline int best_onset(const koop_track *t) {
    int onset;
    most_evidence(t, KOOP_TRACK_SHIFT, &onset);
    return onset;
}

#endif
