/* sketch: a seeded linear map ℝⁿ → ℝᵏ that keeps inner products.
 *
 * "block-xor": cut the parameters, by absolute offset, into blocks of k; for block b let
 * h = hash(seed, b); value j of the block is added to bucket j xor (h mod k) with a random sign
 * from a generator started at h. Linear and offset-addressed: the sketches of the shards of a
 * tensor add up to the sketch of the whole, and sketches of different steps live in one space.
 * ⟨Sx, Sy⟩ has no bias, and over seeds a variance of at most (|x|²|y|² + ⟨x, y⟩²) / k: two values of
 * different blocks meet in a bucket with probability 1/k and independent signs, values of one block
 * never. Relative to |x||y| the noise is √(1/k) where x and y are orthogonal, √(2/k) for a norm.
 * Partial sums are double. PROTOCOL.md gives the exact hash and sign bits, with test vectors, so
 * that clients in other languages can match. */
#ifndef KOOP_SKETCH_H
#define KOOP_SKETCH_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Adds the sketch of x[0..n), whose first value has absolute offset `offset`, to out[0..k).
 * k is a power of two, 64..32768: KOOP_BAD_ARGUMENT. Not-finite input gives not-finite output. */
koop_status koop_sketch_add_f32(uint64_t seed, uint64_t offset, const float *x, size_t n,
                                double *out, size_t k);
koop_status koop_sketch_add_f64(uint64_t seed, uint64_t offset, const double *x, size_t n,
                                double *out, size_t k);

#endif
