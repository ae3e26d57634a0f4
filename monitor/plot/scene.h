/* scene: the five kinds of picture, each from plain numbers to a whole SVG.
 *
 * Every function draws into a zero-initialised svg, begins and ends it. A frame's width or height of
 * 0 leaves the size to the picture; KOOP_TOO_LARGE: what is to be drawn does not fit into the size
 * that was asked for. KOOP_NOT_ENOUGH_DATA: there is nothing to draw. KOOP_NOT_FINITE: a value that
 * must be finite is not, or is beyond KOOP_AXIS_LARGEST. KOOP_NO_MEMORY. All input is borrowed;
 * names are strangers'. Deterministic: the same input gives the same bytes. */
#ifndef KOOP_SCENE_H
#define KOOP_SCENE_H

#include "svg.h"

#include <stdint.h>

typedef struct koop_scene_frame {
    int width, height; /* pixels; 0: as the picture likes */
    const char *title; /* NULL: none */
} koop_scene_frame;

/* Eigenvalues on the complex plane with the unit circle, and beside it the plane near 1 when they
 * crowd there. */
typedef struct koop_scene_spectrum_series {
    const char *name;
    int n;
    const double *z;    /* re, im, …: 2n */
    const bool *hollow; /* n: which are not to be trusted; NULL: not known */
    const int
        *partner; /* n: the eigenvalue of the next series that each is joined to by a thin line;
                         * NULL: none */
} koop_scene_spectrum_series;

koop_status koop_scene_spectrum(koop_svg *svg, const koop_scene_frame *frame,
                                const koop_scene_spectrum_series *series, int n);

/* How many times larger than the disk the part near 1 is shown: 1 (not at all), 3, 5, 7, 10, 15, …,
 * 10000. It is the largest of them at which three quarters of all eigenvalues are inside, and all of
 * them where that costs no more than a factor two. */
double koop_scene_zoom(const koop_scene_spectrum_series *series, int n);

/* Curves over steps, one below the other, with numbered events. Points that are not finite, or not
 * positive on a logarithmic axis, are gaps. */
typedef struct koop_scene_curve {
    const char *name;
    size_t n;
    const int64_t *steps; /* not falling */
    const double *values;
    bool log;
    bool has_level; /* a line to compare with, */
    double level;   /* there */
} koop_scene_curve;

typedef struct koop_scene_event {
    int64_t step;
    const char *text; /* one sentence */
} koop_scene_event;

koop_status koop_scene_curves(koop_svg *svg, const koop_scene_frame *frame,
                              const koop_scene_curve *curves, int n, const koop_scene_event *events,
                              int n_events);

/* Trajectories of weights: a few weights over the snapshots, each path in a colour and each weight in
 * dashes of its own; and the paths in a plane, from a hollow mark on. Either part may be left out. */
enum { KOOP_SCENE_MAX_WEIGHTS = 4 };

typedef struct koop_scene_path {
    const char *name;
    size_t length, count;  /* snapshots, trajectories */
    const double *weights; /* length × n_weights × count, C order; what is not finite is a gap */
    const double *plane;   /* length × 2 × count, finite; NULL: no plane */
} koop_scene_path;

typedef struct koop_scene_trajectory {
    int n_weights;              /* 0: no curves; at most KOOP_SCENE_MAX_WEIGHTS */
    const char *const *weights; /* what each is */
    double shares[2];           /* of the variance, along the axes of the plane */
} koop_scene_trajectory;

koop_status koop_scene_trajectories(koop_svg *svg, const koop_scene_frame *frame,
                                    const koop_scene_trajectory *trajectory,
                                    const koop_scene_path *paths, int n);

/* A matrix as colours. Larger ones than the picture has room for are shown in blocks, each as
 * its largest value, and that is said. Not finite: grey; so is what is not positive under log. */
typedef struct koop_scene_matrix {
    size_t rows, columns;
    const double *values; /* row by row */
    bool log;
    const char *value;         /* what they are, beside the colour bar */
    const char *across, *down; /* what columns and rows are; may be NULL */
    const char *const *labels; /* of a square matrix's rows and columns; NULL: their indices */
} koop_scene_matrix;

koop_status koop_scene_heatmap(koop_svg *svg, const koop_scene_frame *frame,
                               const koop_scene_matrix *matrix);

/* Histograms over common bins, each as shares of its own values. */
typedef struct koop_scene_sample {
    const char *name;
    size_t n;
    const double *values; /* finite; positive under log */
} koop_scene_sample;

enum { KOOP_SCENE_MAX_BINS = 1000 };

/* bins 0: as many as Freedman and Diaconis (1981) advise for all values together, 5 to 60. */
koop_status koop_scene_histogram(koop_svg *svg, const koop_scene_frame *frame,
                                 const koop_scene_sample *samples, int n, int bins, bool log);

#endif
