/* compare: whether two sets of spectra differ by more than chance, from their distances alone.
 *
 * Notation.  N = n_a + n_b items, the first n_a of side A, the others of side B
 *            d_ij   symmetric distances between items (transport.h, variance.h), α the exponent
 *            T      = mean_{i∈A, j∈B} d_ij^α − ½ mean_{i<j∈A} d_ij^α − ½ mean_{i<j∈B} d_ij^α;
 *                   a side of one item has no pair, and its mean counts as 0
 *            T_k    the same after the k-th relabelling of the items; m random ones, b of them
 *                   with T_k ≥ T
 *
 * T is the energy statistic (G. J. Székely & M. L. Rizzo 2013, J. Stat. Plan. Inference 143) with
 * unbiased means within. If the sides do not differ, every relabelling is as likely as the one
 * seen, whatever the distribution of the items:
 *     free    any n_a of the N items are A: the items are exchangeable
 *     pairs   item i of A and item i of B change sides or not, for every i by itself (n_a = n_b):
 *             only each pair is exchangeable, so that what both sides go through together (a
 *             training that slows down) is no evidence
 * Exact: with few relabellings all of them are looked at and p is the share with T_k ≥ T. Random:
 * p = (b+1)/(m+1) (B. Phipson & G. K. Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9). Neither is
 * ever 0. A T_k that differs from T by rounding alone counts as equal, so as extreme as T.
 *
 * Why α: distances between times hide those between sides when they add up as lengths do. Squares
 * add up without that: for points a_i = c_i + e_i, b_i = c_i − e_i the terms of i and j in T with
 * α = 2 are ∝ ⟨e_i, e_j⟩, whatever the common c_i. So α is 1 for free, 2 for pairs (three pairs of
 * modes that drift by 0.03 rad a window, 1% noise, a shift by 0.02 rad, assignment distances of
 * eight windows at p ≤ 0.05: 97% found with 2, 16% with 1).
 *
 * Several distances give several p; Holm's adjustment (S. Holm 1979, Scand. J. Stat. 6) bounds the
 * chance of any false "different" among them, however dependent they are.
 *
 * Cost: O(N²) a relabelling, N² + 2N doubles of memory while a test runs. Random numbers are this
 * module's own, by seed: equal input gives an equal p on every machine. */
#ifndef KOOP_COMPARE_H
#define KOOP_COMPARE_H

#include "status.h"

#include <stdbool.h>
#include <stdint.h>

enum { KOOP_COMPARE_MAX_ITEMS = 4096, KOOP_COMPARE_MAX_PERMUTATIONS = 10000000 };

typedef enum koop_relabelling { KOOP_RELABEL_FREE, KOOP_RELABEL_PAIRS } koop_relabelling;

typedef struct koop_compare_options {
    koop_relabelling relabelling;
    double exponent;      /* α, 0 < α ≤ 2 */
    int permutations;     /* m, 1..KOOP_COMPARE_MAX_PERMUTATIONS */
    uint64_t exact_limit; /* look at all relabellings when there are at most so many */
    uint64_t seed;
} koop_compare_options;

/* Exponent as above, 1999 permutations, exact up to 20,000 relabellings, seed 1. */
koop_compare_options koop_compare_defaults(koop_relabelling relabelling);

typedef struct koop_compare_result {
    double statistic;      /* T */
    double p;              /* 0 < p ≤ 1 */
    uint64_t relabellings; /* looked at, the one seen included */
    bool exact;            /* those were all */
} koop_compare_result;

/* distances: N×N; the upper triangle counts, the diagonal is not read. KOOP_NOT_ENOUGH_DATA when
 * koop_compare_smallest_p is 0.5 or more: then no outcome could speak against chance.
 * KOOP_NOT_FINITE, also of d^α; KOOP_BAD_ARGUMENT for negative or asymmetric distances, options out of their
 * range, n_a or n_b below 1, N above the limit, or pairs with n_a ≠ n_b. KOOP_NO_MEMORY. */
koop_status koop_compare_test(const double *distances, int n_a, int n_b,
                              const koop_compare_options *options, koop_compare_result *result);

/* How many relabellings there are, the one seen included; UINT64_MAX when that is more. */
uint64_t koop_compare_relabellings(int n_a, int n_b, koop_relabelling relabelling);

/* The least p that any data could give, all relabellings looked at: some of them always tie (all
 * pairs swapped; two sides of a size exchanged). 1 where there is nothing to relabel. */
double koop_compare_smallest_p(int n_a, int n_b, koop_relabelling relabelling);

typedef struct koop_compare_means {
    double between;   /* over A×B */
    double aligned;   /* over the pairs (i of A, i of B) where n_a = n_b, else as between */
    double within[2]; /* over the pairs of A, of B; 0 for a side of one item */
} koop_compare_means;

/* Mean distances, for those who report them. Errors as koop_compare_test's, of the input. */
koop_status koop_compare_average(const double *distances, int n_a, int n_b,
                                 koop_compare_means *means);

/* Holm's adjusted p-values of n tests: adjusted_i = max over j with p_j ≤ p_i of
 * min(1, (n − #{k: p_k < p_j}) p_j). The two must not overlap. O(n²). KOOP_BAD_ARGUMENT for n < 1 or
 * a p outside 0..1: `adjusted` is untouched. */
koop_status koop_compare_holm(const double *p, int n, double *adjusted);

#endif
