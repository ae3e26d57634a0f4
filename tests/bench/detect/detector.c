#include "detector.h"

#include <math.h>

bool bench_sample_scalar(const bench_sample *sample, bench_scalar scalar, double *value) {
    double x = NAN;
    switch (scalar) {
    case BENCH_LOSS:
        x = sample->loss;
        break;
    case BENCH_LOG_LOSS:
        x = log(sample->loss);
        break;
    case BENCH_GRAD_NORM:
        x = sample->grad_norm;
        break;
    case BENCH_LOG_GRAD_NORM:
        x = log(sample->grad_norm);
        break;
    case BENCH_RECONSTRUCTION:
        x = sample->reconstruction;
        break;
    case BENCH_LOG_RECONSTRUCTION:
        x = log(sample->reconstruction);
        break;
    }
    if (!isfinite(x)) return false;
    *value = x;
    return true;
}
