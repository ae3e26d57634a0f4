#include "pressure.h"

#include <math.h>

static const double follow_ms = 4000; /* time constant of the base */

int koop_pressure_level(koop_pressure *pressure, uint64_t resident, uint64_t accounted,
                        int64_t now_ms) {
    double rest = resident > accounted ? (double)(resident - accounted) : 0;
    double passed = pressure->started ? (double)(now_ms - pressure->then_ms) : 0;
    if (!pressure->started || rest < pressure->base) pressure->base = rest;
    pressure->base += (rest - pressure->base) * -expm1(-passed / follow_ms);
    pressure->started = true;
    pressure->then_ms = now_ms;
    double over = (rest - pressure->base) / (double)pressure->allowance;
    return over >= 3 ? 3 : over >= 1.5 ? 2 : over >= 1 ? 1 : 0;
}
