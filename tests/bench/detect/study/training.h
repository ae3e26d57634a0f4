/* training: makes one run of the planted set and feeds it, as its trainer would publish it, to the
 * pipeline as it is shipped.
 *
 * Every step is a snapshot: raw weights, float32, in named groups, with loss and gradient norm, and the
 * learning rate, except where the change itself changes it (lr-drop, lr-ramp, to-adam): a rate that is
 * told is annotated, and not alarmed. */
#ifndef BENCH_TRAINING_H
#define BENCH_TRAINING_H

#include "record.h"

enum { BENCH_AFTER = 420, BENCH_RAMP_STEPS = 3000 };

/* A quiet run is made to its last step; one with a change up to BENCH_AFTER steps after it, but with
 * lr-ramp until the loss has blown up (verdict.h), to BENCH_RAMP_STEPS at most. It ends where loss or
 * gradient are not finite. Errors of planted_new and of koop_pipeline_new. Free with
 * bench_record_free. */
koop_status bench_train(bench_record *out, const planted_options *options,
                        const kit_images *images);

#endif
