/* checkpoint_shapes: the runs and options of which fuzz_checkpoint's inputs are, by their first byte:
 * bit 0 one group in double precision, bit 1 increments. */
#ifndef CHECKPOINT_SHAPES_H
#define CHECKPOINT_SHAPES_H

#include "pipeline.h"
#include "trajectory_kit.h"

static inline void checkpoint_shape(uint8_t byte, koop_wire_hello *hello,
                                    koop_pipeline_options *options) {
    const bool wide = byte & 1, differs = byte & 2;
    trajectory_hello(hello, wide ? 8 : 4, wide ? 1 : 3, wide ? 5 : 8);
    *options = koop_pipeline_defaults();
    options->dmd.span = 8;
    options->dmd.pca = options->dmd.rank = 3;
    options->dmd.delays = 1;
    options->dmd.difference = differs;
    options->stride = 2;
}

#endif
