/* compare_plot: the spectra of both sides as a picture, each side in a colour and a shape of its own;
 * of one spectrum a side with equal numbers of eigenvalues also the matching that their assignment
 * distance is the mean of. */
#ifndef KOOP_COMPARE_PLOT_H
#define KOOP_COMPARE_PLOT_H

#include "judge.h"

typedef struct koop_compare_picture {
    const char *path; /* NULL: none is asked for */
    bool force;
} koop_compare_picture;

/* Before anything is computed: KOOP_PROCEED, or an exit code where the picture cannot go there. */
int koop_compare_plot_settle(const koop_compare_picture *picture);

/* Draws and writes it. 0, or an exit code after a complaint. */
int koop_compare_plot(const koop_side *a, const koop_side *b, const koop_judgement *judgement,
                      const koop_compare_picture *picture);

#endif
