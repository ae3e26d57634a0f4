/* batches: minibatches of a set of images, in an order that the seed and the step alone decide.
 *
 * Notation.  n images, B a batch;  epoch e = ⌊step / per_epoch⌋;  a batch is step mod per_epoch of its
 *            epoch's order, which is a Fisher–Yates shuffle by (seed, e), or the order of the set
 *
 * So a run can be continued, or repeated from other initial weights, on the same batches. Augmented
 * images are shifted by up to 4 pixels each way (0 comes in at the edges, of normalised images the
 * mean) and mirrored left to right half the time, as He et al. 2016 do on CIFAR-10 (arXiv:1512.03385,
 * 4.2). Borrows the images; one thread. */
#ifndef KIT_BATCHES_H
#define KIT_BATCHES_H

#include "images.h"

typedef struct kit_batches kit_batches;

typedef struct kit_batches_options {
    size_t size;     /* B, 1..n */
    int classes;     /* only images of labels below that are in the set; 0: all */
    bool shuffle;    /* anew every epoch; else in the order of the set */
    bool whole_only; /* leave out the n mod B images at an epoch's end instead of a smaller batch */
    bool augment;
    uint64_t seed;
} kit_batches_options;

typedef struct kit_batch {
    size_t n;              /* B, or less at the end of an epoch */
    const float *pixels;   /* n images, as in the set; borrowed until the next batch is asked for */
    const uint8_t *labels; /* likewise */
} kit_batch;

/* KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status kit_batches_new(kit_batches **out, const kit_images *images,
                            const kit_batches_options *options);
void kit_batches_free(kit_batches *batches); /* NULL is allowed */

size_t kit_batches_per_epoch(const kit_batches *batches);

/* The batch of `step`, counted from 0 over all epochs. Cheapest in rising order: a new epoch costs a
 * shuffle. */
kit_batch kit_batches_get(kit_batches *batches, size_t step);

#endif
