#include "compare.h"

#include <math.h>
#include <stdlib.h>

/* Rounding of sums over N² terms stays far below this share of the mean distance, and differences
 * that mean anything far above. */
static const double tie = 1e-10;

/* Distances between the same two items, measured both ways. */
static const double asymmetry = 1e-9;

/* One labelling: the first n_a entries of `order` are side A. */
typedef struct labelling {
    int n_a, n_b;
    double *d;    /* N×N, d_ij^α */
    double total; /* Σ_{i<j} d_ij^α */
    int *order;
    int *chosen; /* n_a rising indices, for enumeration */
    uint64_t random;
} labelling;

koop_compare_options koop_compare_defaults(koop_relabelling relabelling) {
    return (koop_compare_options){.relabelling = relabelling,
                                  .exponent = relabelling == KOOP_RELABEL_PAIRS ? 2 : 1,
                                  .permutations = 1999,
                                  .exact_limit = 20000,
                                  .seed = 1};
}

static double pairs_of(int n) {
    return 0.5 * n * (n - 1.0);
}

static bool valid_sizes(int n_a, int n_b) {
    return n_a >= 1 && n_b >= 1 && n_a <= KOOP_COMPARE_MAX_ITEMS - n_b;
}

static koop_status check(const double *d, int n_a, int n_b) {
    if (!valid_sizes(n_a, n_b)) return KOOP_BAD_ARGUMENT;
    size_t n = (size_t)n_a + (size_t)n_b;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double one = d[i * n + j], other = d[j * n + i];
            if (!isfinite(one) || !isfinite(other)) return KOOP_NOT_FINITE;
            if (one < 0 || fabs(one - other) > asymmetry * fmax(one, other))
                return KOOP_BAD_ARGUMENT;
        }
    return KOOP_OK;
}

/* Σ over the pairs of the n items listed. */
static double sum_within(const double *d, size_t order, const int *items, int n) {
    double sum = 0;
    for (int i = 1; i < n; i++) {
        const double *row = d + (size_t)items[i] * order;
        for (int j = 0; j < i; j++) sum += row[items[j]];
    }
    return sum;
}

static double statistic(const labelling *l) {
    size_t n = (size_t)l->n_a + (size_t)l->n_b;
    double a = sum_within(l->d, n, l->order, l->n_a);
    double b = sum_within(l->d, n, l->order + l->n_a, l->n_b);
    double t = (l->total - a - b) / ((double)l->n_a * l->n_b);
    if (l->n_a > 1) t -= 0.5 * a / pairs_of(l->n_a);
    if (l->n_b > 1) t -= 0.5 * b / pairs_of(l->n_b);
    return t;
}

uint64_t koop_compare_relabellings(int n_a, int n_b, koop_relabelling relabelling) {
    if (!valid_sizes(n_a, n_b)) return 1;
    if (relabelling == KOOP_RELABEL_PAIRS) return n_a < 64 ? (uint64_t)1 << n_a : UINT64_MAX;
    uint64_t count = 1, n = (uint64_t)n_a + (uint64_t)n_b;
    uint64_t few = (uint64_t)(n_a < n_b ? n_a : n_b);
    for (uint64_t i = 1; i <= few; i++) { /* C(n−few+i, i) from C(n−few+i−1, i−1), exactly */
        if (count > UINT64_MAX / n) return UINT64_MAX;
        count = count * (n - few + i) / i;
    }
    return count;
}

double koop_compare_smallest_p(int n_a, int n_b, koop_relabelling relabelling) {
    double all = (double)koop_compare_relabellings(n_a, n_b, relabelling);
    double tied = relabelling == KOOP_RELABEL_PAIRS || n_a == n_b ? 2 : 1;
    return fmin(1, tied / all);
}

/* splitmix64 (G. L. Steele, D. Lea & C. H. Flood 2014, OOPSLA). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0..n−1, all as likely: values in the incomplete last stretch of 2⁶⁴ are drawn again. */
static int random_below(uint64_t *state, int n) {
    uint64_t range = (uint64_t)n, excess = (UINT64_MAX % range + 1) % range, value;
    do value = next_random(state);
    while (value > UINT64_MAX - excess);
    return (int)(value % range);
}

static void swap(int *one, int *other) {
    int kept = *one;
    *one = *other;
    *other = kept;
}

/* Another random choice of A: the first steps of a shuffle, whatever the order was. */
static void shuffle(labelling *l) {
    int n = l->n_a + l->n_b;
    for (int i = 0; i < l->n_a; i++)
        swap(&l->order[i], &l->order[i + random_below(&l->random, n - i)]);
}

static void swap_at_random(labelling *l) {
    uint64_t bits = 0;
    for (int i = 0; i < l->n_a; i++, bits >>= 1) {
        if (i % 64 == 0) bits = next_random(&l->random);
        if (bits & 1) swap(&l->order[i], &l->order[l->n_a + i]);
    }
}

/* The k-th of the 2ⁿ choices of pairs to swap, counted from the labelling seen. */
static void swap_as(labelling *l, uint64_t k) {
    for (int i = 0; i < l->n_a; i++) {
        bool swapped = k >> i & 1;
        l->order[i] = swapped ? l->n_a + i : i;
        l->order[l->n_a + i] = swapped ? i : l->n_a + i;
    }
}

/* The next choice of A in lexicographic order; the one seen is the first. */
static void choose_next(labelling *l) {
    int n = l->n_a + l->n_b, i = l->n_a - 1;
    while (i >= 0 && l->chosen[i] == l->n_b + i) i--;
    if (i < 0) return;
    l->chosen[i]++;
    for (int j = i + 1; j < l->n_a; j++) l->chosen[j] = l->chosen[j - 1] + 1;
    int a = 0, b = l->n_a;
    for (int item = 0; item < n; item++)
        if (a < l->n_a && l->chosen[a] == item)
            l->order[a++] = item;
        else
            l->order[b++] = item;
}

static void test_all(labelling *l, koop_relabelling relabelling, double least,
                     koop_compare_result *result) {
    uint64_t all = koop_compare_relabellings(l->n_a, l->n_b, relabelling), as_extreme = 1;
    for (uint64_t k = 1; k < all; k++) {
        if (relabelling == KOOP_RELABEL_PAIRS)
            swap_as(l, k);
        else
            choose_next(l);
        as_extreme += statistic(l) >= least;
    }
    result->exact = true;
    result->relabellings = all;
    result->p = (double)as_extreme / (double)all;
}

static void test_some(labelling *l, const koop_compare_options *o, double least,
                      koop_compare_result *result) {
    int as_extreme = 1;
    l->random = o->seed;
    for (int k = 0; k < o->permutations; k++) {
        if (o->relabelling == KOOP_RELABEL_PAIRS)
            swap_at_random(l);
        else
            shuffle(l);
        as_extreme += statistic(l) >= least;
    }
    result->exact = false;
    result->relabellings = (uint64_t)o->permutations + 1;
    result->p = as_extreme / (o->permutations + 1.0);
}

/* As seen: A first, distances to the power α, over the largest so that no power overflows. Gives
 * the factor that undoes this. */
static double begin(labelling *l, const double *distances, double exponent) {
    size_t n = (size_t)l->n_a + (size_t)l->n_b;
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) largest = fmax(largest, distances[i * n + j]);
    l->total = 0;
    for (size_t i = 0; i < n; i++) {
        l->order[i] = (int)i;
        l->d[i * n + i] = 0;
        for (size_t j = i + 1; j < n; j++) {
            double d = largest > 0 ? pow(distances[i * n + j] / largest, exponent) : 0;
            l->d[i * n + j] = l->d[j * n + i] = d;
            l->total += d;
        }
    }
    for (int i = 0; i < l->n_a; i++) l->chosen[i] = i;
    return pow(largest, exponent);
}

static bool valid(const koop_compare_options *o, int n_a, int n_b) {
    return o->exponent > 0 && o->exponent <= 2 && o->permutations >= 1 &&
           o->permutations <= KOOP_COMPARE_MAX_PERMUTATIONS &&
           (o->relabelling == KOOP_RELABEL_FREE ||
            (o->relabelling == KOOP_RELABEL_PAIRS && n_a == n_b));
}

static void run(labelling *l, const koop_compare_options *o, double scale,
                koop_compare_result *result) {
    double seen = statistic(l), least = seen - tie * l->total / pairs_of(l->n_a + l->n_b);
    result->statistic = scale * seen;
    if (koop_compare_relabellings(l->n_a, l->n_b, o->relabelling) <= o->exact_limit)
        test_all(l, o->relabelling, least, result);
    else
        test_some(l, o, least, result);
}

koop_status koop_compare_test(const double *distances, int n_a, int n_b,
                              const koop_compare_options *o, koop_compare_result *result) {
    koop_status status = check(distances, n_a, n_b);
    if (status != KOOP_OK) return status;
    if (!valid(o, n_a, n_b)) return KOOP_BAD_ARGUMENT;
    if (koop_compare_smallest_p(n_a, n_b, o->relabelling) >= 0.5) return KOOP_NOT_ENOUGH_DATA;
    size_t n = (size_t)n_a + (size_t)n_b;
    labelling l = {.n_a = n_a, .n_b = n_b};
    l.d = malloc(n * n * sizeof *l.d);
    l.order = malloc(n * sizeof *l.order);
    l.chosen = malloc(n * sizeof *l.chosen);
    if (l.d && l.order && l.chosen) {
        double scale = begin(&l, distances, o->exponent);
        status = isfinite(scale) ? KOOP_OK : KOOP_NOT_FINITE;
        if (status == KOOP_OK) run(&l, o, scale, result);
    } else
        status = KOOP_NO_MEMORY;
    free(l.d);
    free(l.order);
    free(l.chosen);
    return status;
}

koop_status koop_compare_average(const double *d, int n_a, int n_b, koop_compare_means *means) {
    koop_status status = check(d, n_a, n_b);
    if (status != KOOP_OK) return status;
    size_t n = (size_t)n_a + (size_t)n_b, a = (size_t)n_a;
    *means = (koop_compare_means){0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            if (j < a)
                means->within[0] += d[i * n + j] / pairs_of(n_a);
            else if (i >= a)
                means->within[1] += d[i * n + j] / pairs_of(n_b);
            else
                means->between += d[i * n + j] / ((double)n_a * n_b);
        }
    for (size_t i = 0; i < a && n_a == n_b; i++) means->aligned += d[i * n + a + i] / n_a;
    if (n_a != n_b) means->aligned = means->between;
    return KOOP_OK;
}

koop_status koop_compare_holm(const double *p, int n, double *adjusted) {
    if (n < 1) return KOOP_BAD_ARGUMENT;
    for (int i = 0; i < n; i++)
        if (!(p[i] >= 0 && p[i] <= 1)) return KOOP_BAD_ARGUMENT;
    for (int i = 0; i < n; i++) {
        int smaller = 0;
        for (int k = 0; k < n; k++) smaller += p[k] < p[i];
        adjusted[i] = fmin(1, (n - smaller) * p[i]);
    }
    /* One that was raised already is no larger than what it was raised to. */
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (p[j] <= p[i]) adjusted[i] = fmax(adjusted[i], adjusted[j]);
    return KOOP_OK;
}
