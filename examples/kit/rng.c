#include "rng.h"

#include <math.h>

static uint64_t rotate(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

kit_rng kit_rng_seed(uint64_t seed) {
    kit_rng rng = {.has_spare = false};
    for (int i = 0; i < 4; i++) rng.state[i] = splitmix(&seed);
    return rng;
}

uint64_t kit_rng_next(kit_rng *rng) {
    uint64_t *s = rng->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t kit_rng_below(kit_rng *rng, uint64_t n) {
    /* Values below 2⁶⁴ mod n would make the small remainders more likely. */
    uint64_t reject = (UINT64_MAX - n + 1) % n;
    uint64_t x;
    do x = kit_rng_next(rng);
    while (x < reject);
    return x % n;
}

double kit_rng_symmetric(kit_rng *rng) {
    return (double)(kit_rng_next(rng) >> 11) * 0x1p-52 - 1.0;
}

double kit_rng_normal(kit_rng *rng) {
    if (rng->has_spare) {
        rng->has_spare = false;
        return rng->spare;
    }
    double u, v, s;
    do {
        u = kit_rng_symmetric(rng);
        v = kit_rng_symmetric(rng);
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    double scale = sqrt(-2 * log(s) / s);
    rng->spare = v * scale;
    rng->has_spare = true;
    return u * scale;
}
