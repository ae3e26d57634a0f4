/* content: what the publisher sends, so that the checker can tell whether the journal holds just that.
 *
 * Snapshot `seq` of a run is float32 values and one scalar, all functions of the run's uuid and seq.
 * No value is NaN, so that equal means equal bytes. */
#ifndef KOOP_FAULT_CONTENT_H
#define KOOP_FAULT_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#define CONTENT_GROUP "values"
#define CONTENT_SCALAR "loss"

/* splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static inline uint64_t content_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t content_seed(const char *uuid, uint64_t seq) {
    uint64_t state = seq;
    for (; *uuid; uuid++) state = state * 1099511628211u ^ (unsigned char)*uuid;
    return state;
}

static inline void content_fill(const char *uuid, uint64_t seq, float *values, size_t n) {
    uint64_t state = content_seed(uuid, seq);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)(content_next(&state) >> 40) * 0x1p-23f - 1.0f;
}

static inline double content_scalar(const char *uuid, uint64_t seq) {
    uint64_t state = ~content_seed(uuid, seq);
    return (double)(content_next(&state) >> 11) * 0x1p-53;
}

#endif
