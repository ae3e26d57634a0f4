/* pressure: how hard memory presses, from what the process holds and what it can account for.
 *
 * What libzmq buffers cannot be asked for; but resident memory that nothing accounts for can be
 * measured. `base` is what of it is usual: it falls at once and follows a rise within seconds, so
 * that memory that came to stay does not press for long, and what comes at the speed of a socket
 * does at once. Pure: no clock, no file. */
#ifndef KOOP_PRESSURE_H
#define KOOP_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct koop_pressure {
    uint64_t allowance; /* bytes above the base from which memory presses; set by the owner */
    bool started;
    double base;
    int64_t then_ms;
} koop_pressure;

/* 0: it does not press; 1: by the allowance, 2: by half as much again, 3: by thrice as much. */
int koop_pressure_level(koop_pressure *pressure, uint64_t resident, uint64_t accounted,
                        int64_t now_ms);

#endif
