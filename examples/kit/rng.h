/* rng: the random numbers of the example trainers, equal on every machine for an equal seed.
 *
 * xoshiro256++ (Blackman & Vigna 2021, ACM Trans. Math. Softw. 47) filled from splitmix64, so that
 * any seed, 0 included, is a good one. Plain data, copied by assignment; one owner, no locks. */
#ifndef KIT_RNG_H
#define KIT_RNG_H

#include <stdbool.h>
#include <stdint.h>

typedef struct kit_rng {
    uint64_t state[4];
    bool has_spare;
    double spare; /* the second normal of a pair, not given out yet */
} kit_rng;

kit_rng kit_rng_seed(uint64_t seed);

uint64_t kit_rng_next(kit_rng *rng);

/* Uniform in 0..n-1 without bias; n ≥ 1. */
uint64_t kit_rng_below(kit_rng *rng, uint64_t n);

/* Uniform in [-1, 1). */
double kit_rng_symmetric(kit_rng *rng);

/* Standard normal, by Marsaglia's polar method. */
double kit_rng_normal(kit_rng *rng);

#endif
