#include "tap.h"

#include <time.h>

static bench_cost *measured;
static const koop_window *fitted;
static koop_detect_scalars heard;

/* Of this thread's own: what else the machine does is not in it. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void bench_tap_measure(bench_cost *cost) {
    measured = cost;
}

const koop_window *bench_tap_window(void) {
    return fitted;
}

koop_detect_scalars bench_tap_scalars(void) {
    return heard;
}

/* Names that the linker asks for. */
koop_status __real_koop_window_push_f32(koop_window *window, const float *x);
koop_status __wrap_koop_window_push_f32(koop_window *window, const float *x);
koop_status __real_koop_dmd_fit(koop_dmd *dmd, const koop_window *window, koop_spectrum *spectrum);
koop_status __wrap_koop_dmd_fit(koop_dmd *dmd, const koop_window *window, koop_spectrum *spectrum);
void __real_koop_signals_read(koop_signals_reader *reader, const koop_dmd *dmd,
                              const koop_window *window, const koop_spectrum *spectrum,
                              koop_signals *out);
void __wrap_koop_signals_read(koop_signals_reader *reader, const koop_dmd *dmd,
                              const koop_window *window, const koop_spectrum *spectrum,
                              koop_signals *out);
koop_status __real_koop_detect_update(koop_detect *detect, int64_t step,
                                      const koop_signals *signals,
                                      const koop_detect_scalars *scalars, bool *fired,
                                      koop_event *event);
koop_status __wrap_koop_detect_update(koop_detect *detect, int64_t step,
                                      const koop_signals *signals,
                                      const koop_detect_scalars *scalars, bool *fired,
                                      koop_event *event);

koop_status __wrap_koop_window_push_f32(koop_window *window, const float *x) {
    const double begin = seconds();
    const koop_status status = __real_koop_window_push_f32(window, x);
    if (measured) measured->push += seconds() - begin;
    return status;
}

koop_status __wrap_koop_dmd_fit(koop_dmd *dmd, const koop_window *window, koop_spectrum *spectrum) {
    const double begin = seconds();
    fitted = window;
    const koop_status status = __real_koop_dmd_fit(dmd, window, spectrum);
    if (measured) measured->fit += seconds() - begin;
    return status;
}

void __wrap_koop_signals_read(koop_signals_reader *reader, const koop_dmd *dmd,
                              const koop_window *window, const koop_spectrum *spectrum,
                              koop_signals *out) {
    const double begin = seconds();
    __real_koop_signals_read(reader, dmd, window, spectrum, out);
    if (measured) measured->read += seconds() - begin;
}

koop_status __wrap_koop_detect_update(koop_detect *detect, int64_t step,
                                      const koop_signals *signals,
                                      const koop_detect_scalars *scalars, bool *fired,
                                      koop_event *event) {
    const double begin = seconds();
    const koop_status status =
        __real_koop_detect_update(detect, step, signals, scalars, fired, event);
    if (measured) measured->detect += seconds() - begin;
    if (scalars) heard = *scalars;
    return status;
}
