#include "variance.h"

#include <math.h>

static const double least_share = 1e-12;

static double total(const koop_variances *v) {
    double sum = 0;
    for (int k = 0; k < v->count; k++) sum += v->value[k];
    return sum;
}

static double log_share(const koop_variances *v, int k, double sum) {
    return log(k < v->count ? fmax(v->value[k] / sum, least_share) : least_share);
}

koop_status koop_variance_distance(const koop_variances *a, const koop_variances *b,
                                   double *distance) {
    if (a->count < 1 || b->count < 1) return KOOP_NOT_ENOUGH_DATA;
    double total_a = total(a), total_b = total(b), sum = 0;
    if (!isfinite(total_a) || !isfinite(total_b)) return KOOP_NOT_FINITE;
    if (total_a <= 0 || total_b <= 0) return KOOP_RANK_ZERO;
    int n = a->count > b->count ? a->count : b->count;
    for (int k = 0; k < n; k++) sum += fabs(log_share(a, k, total_a) - log_share(b, k, total_b));
    *distance = sum / n;
    return KOOP_OK;
}
