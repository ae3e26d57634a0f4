/* tap: looks into a pipeline while it runs: how long its calls take, on which window it fits, and what
 * its detector is told beside the signals.
 * The linker puts the functions of tap.c around koop_window_push_f32, koop_dmd_fit, koop_signals_read and
 * koop_detect_update (--wrap, see CMakeLists.txt). */
#ifndef BENCH_TAP_H
#define BENCH_TAP_H

#include "record.h"

/* From now on the calls' times are added to *cost; NULL: they are not measured. */
void bench_tap_measure(bench_cost *cost);

/* The window of the last fit; NULL: there was none. */
const koop_window *bench_tap_window(void);

/* What the detector was told at the last update. */
koop_detect_scalars bench_tap_scalars(void);

#endif
