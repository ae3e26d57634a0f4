#include "auroc.h"

#include <math.h>
#include <stdbool.h>

/* The share of the n others that x exceeds, half of those that equal it included. */
static double placement(double x, const double *others, size_t n) {
    double above = 0;
    for (size_t j = 0; j < n; j++) above += (x > others[j]) + 0.5 * (x == others[j]);
    return above / (double)n;
}

/* The placements of `scores` among `others`: *mean, and the variance of that mean. */
static double place_all(const double *scores, size_t m, const double *others, size_t n,
                        double *mean) {
    double square = 0;
    *mean = 0;
    for (size_t i = 0; i < m; i++) {
        const double place = placement(scores[i], others, n), apart = place - *mean;
        *mean += apart / (double)(i + 1);
        square += apart * (place - *mean);
    }
    return m > 1 ? square / (double)(m - 1) / (double)m : 0;
}

/* The z with P(|N(0, 1)| ≤ z) = confidence. */
static double normal_quantile(double confidence) {
    double low = 0, high = 40;
    for (int i = 0; i < 200; i++) {
        const double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) > 1 - confidence)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static bool covers(double theta, double area, double m, double n, double z) {
    const double larger = (m + n) / 2 - 1;
    const double inner = 1 + larger * ((1 - theta) / (2 - theta) + theta / (1 + theta));
    const double variance = theta * (1 - theta) / (m * n) * inner;
    return (area - theta) * (area - theta) <= z * z * variance;
}

/* The end of the interval between the area, which it covers, and 0 or 1. */
static double end_of(double area, double m, double n, double z, double beyond) {
    double inside = area, outside = beyond;
    for (int i = 0; i < 200; i++) {
        const double middle = inside + (outside - inside) / 2;
        if (covers(middle, area, m, n, z))
            inside = middle;
        else
            outside = middle;
    }
    return inside;
}

static bool has_nan(const double *scores, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (isnan(scores[i])) return true;
    return false;
}

koop_status bench_auroc_of(const double *events, size_t m, const double *controls, size_t n,
                           double confidence, bench_auroc *out) {
    if (m == 0 || n == 0 || !(confidence > 0 && confidence < 1)) return KOOP_BAD_ARGUMENT;
    if (has_nan(events, m) || has_nan(controls, n)) return KOOP_NOT_FINITE;
    double complement;
    double variance = place_all(events, m, controls, n, &out->area);
    variance += place_all(controls, n, events, m, &complement);
    out->deviation = sqrt(variance);
    const double z = normal_quantile(confidence), a = out->area;
    out->interval.lower = end_of(a, (double)m, (double)n, z, 0);
    out->interval.upper = end_of(a, (double)m, (double)n, z, 1);
    return KOOP_OK;
}
