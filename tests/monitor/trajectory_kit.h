/* trajectory_kit: the snapshots of a made-up training with a few changes in it, each a function of
 * its number alone, so that they can be had again. */
#ifndef TRAJECTORY_KIT_H
#define TRAJECTORY_KIT_H

#include "wire.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TRAJECTORY_MAX_VALUES = 64 };

typedef union trajectory_data {
    float f32[TRAJECTORY_MAX_VALUES];
    double f64[TRAJECTORY_MAX_VALUES];
} trajectory_data;

/* `groups` groups of `values` values in all, of dtype 4 or 8. */
static inline void trajectory_hello(koop_wire_hello *hello, uint32_t dtype, uint32_t groups,
                                    size_t values) {
    memset(hello, 0, sizeof *hello);
    hello->version = KOOP_WIRE_VERSION;
    memset(hello->run, 0xa7, sizeof hello->run);
    snprintf(hello->name, sizeof hello->name, "made-up");
    snprintf(hello->host, sizeof hello->host, "here");
    hello->start_ms = 1000;
    hello->dtype = dtype;
    hello->n_groups = groups;
    for (uint32_t g = 0; g < groups; g++) {
        koop_wire_group *group = &hello->groups[g];
        snprintf(group->name, sizeof group->name, "layer.%u", (unsigned)g);
        group->dimensions = 2;
        group->length = values / groups + (g == 0 ? values % groups : 0);
        group->shape[0] = group->length;
        group->shape[1] = 1;
    }
}

static inline double trajectory_noise(uint64_t t, size_t i) {
    uint64_t x = (t + 1) * 0x9E3779B97F4A7C15u + (i + 1) * 0xD1B54A32D192ED03u;
    x ^= x >> 31;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    x ^= x >> 31;
    return (double)(x >> 11) / 9007199254740992.0 - 0.5;
}

/* Whether snapshot t holds a NaN: single ones, a streak, and one as the very first. */
static inline int trajectory_is_bad(uint64_t t) {
    return t == 1 || t == 40 || (t >= 301 && t <= 305) || t == 611;
}

/* Value i of snapshot t: drift, oscillation and noise, all of them larger from 450 on and 700. */
static inline double trajectory_value(uint64_t t, size_t i) {
    const double s = (double)t, speed = t >= 700 ? 9 : t >= 450 ? 3 : 1;
    const double since = t >= 700 ? s - 700 : t >= 450 ? s - 450 : s;
    return 3 + 0.1 * (double)i + 0.002 * speed * since * (i % 3 ? 1 : -1) +
           sin(0.2 * speed * s + (double)i) * (i % 2 ? 0.3 : 0.05) +
           0.02 * speed * trajectory_noise(t, i);
}

/* Snapshot t = seq of the run; its data is in `data`. */
static inline koop_wire_snapshot trajectory_snapshot(const koop_wire_hello *hello, uint64_t t,
                                                     trajectory_data *data) {
    size_t n = 0;
    for (uint32_t g = 0; g < hello->n_groups; g++) n += (size_t)hello->groups[g].length;
    for (size_t i = 0; i < n; i++) {
        const double value = trajectory_is_bad(t) && i == n / 2 ? NAN : trajectory_value(t, i);
        if (hello->dtype == 8)
            data->f64[i] = value;
        else
            data->f32[i] = (float)value;
    }
    koop_wire_snapshot snapshot = {.seq = t,
                                   .step = (int64_t)t * 10 + 3,
                                   .time_ms = 1,
                                   .dropped = t / 100,
                                   .total = n * hello->dtype,
                                   .data = (const uint8_t *)data,
                                   .bytes = n * hello->dtype,
                                   .n_scalars = 2};
    snprintf(snapshot.scalars[0].name, sizeof snapshot.scalars[0].name, "loss");
    snapshot.scalars[0].value = exp(-1e-3 * (double)t);
    snprintf(snapshot.scalars[1].name, sizeof snapshot.scalars[1].name, "test_acc");
    snapshot.scalars[1].value = t % 7 ? 1e-3 * (double)t : NAN;
    return snapshot;
}

#endif
