/* cost: how long the pipelines' own calls take, measured where they are made: the linker puts these
 * functions around koop_window_push_f32, koop_dmd_fit, koop_signals_read and koop_detect_update (--wrap,
 * see CMakeLists.txt). */
#ifndef BENCH_COST_H
#define BENCH_COST_H

#include "record.h"

/* From now on calls are added to *cost; NULL: they are not measured. */
void bench_cost_measure(bench_cost *cost);

#endif
