#include "robust.h"

#include <math.h>
#include <string.h>

static const double huber = 2, clip = 3, least_correlation = -0.3, most_correlation = 0.9;

static void swap(double *a, double *b) {
    double c = *a;
    *a = *b;
    *b = c;
}

/* Hoare's selection: afterwards values[k] is the k-th smallest, none before it is larger. */
static double select_nth(double *values, int count, int k) {
    int low = 0, high = count - 1;
    while (low < high) {
        double pivot = values[low + (high - low) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot) i++;
            while (values[j] > pivot) j--;
            if (i <= j) swap(&values[i++], &values[j--]);
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return values[k];
}

double koop_robust_median(double *values, int count) {
    int half = count / 2;
    double upper = select_nth(values, count, half);
    if (count % 2) return upper;
    double lower = values[0];
    for (int i = 1; i < half; i++)
        if (values[i] > lower) lower = values[i];
    return (lower + upper) / 2;
}

double koop_robust_at(const koop_robust_line *line, double i) {
    return line->level + line->slope * (i - (line->n - 1) / 2.0);
}

/* The line through the medians of both halves. */
static koop_robust_line through_halves(const double *y, int n) {
    double scratch[KOOP_ROBUST_MOST];
    int half = n / 2;
    koop_robust_line line = {.n = n};
    memcpy(scratch, y, (size_t)half * sizeof *y);
    double first = koop_robust_median(scratch, half);
    memcpy(scratch, y + n - half, (size_t)half * sizeof *y);
    line.slope = (koop_robust_median(scratch, half) - first) / (n - half);
    for (int i = 0; i < n; i++) scratch[i] = y[i] - koop_robust_at(&line, i);
    line.level = koop_robust_median(scratch, n);
    return line;
}

static double median_deviation(const double *residuals, int n) {
    double scratch[KOOP_ROBUST_MOST];
    for (int i = 0; i < n; i++) scratch[i] = fabs(residuals[i]);
    return 1.4826 * koop_robust_median(scratch, n);
}

static void take_residuals(const koop_robust_line *line, const double *y, double *residuals) {
    for (int i = 0; i < line->n; i++) residuals[i] = y[i] - koop_robust_at(line, i);
}

/* One step of weighted least squares from the present residuals. */
static void reweigh(koop_robust_line *line, const double *y, const double *residuals,
                    double deviation) {
    double center = (line->n - 1) / 2.0, w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    for (int i = 0; i < line->n; i++) {
        double far = fabs(residuals[i]) / huber, x = i - center;
        double weight = far <= deviation ? 1 : deviation / far;
        w += weight;
        wx += weight * x;
        wy += weight * y[i];
        wxx += weight * x * x;
        wxy += weight * x * y[i];
    }
    double determinant = w * wxx - wx * wx;
    if (!(determinant > 0)) return;
    line->slope = (w * wxy - wx * wy) / determinant;
    line->level = (wy - line->slope * wx) / w;
}

static double within(double value, double limit) {
    return value > limit ? limit : value < -limit ? -limit : value;
}

static double correlate(const double *residuals, int n, double deviation) {
    double product = 0, square = 0, before = 0;
    for (int i = 0; i < n; i++) {
        double now = within(residuals[i], clip * deviation);
        product += now * before;
        square += now * now;
        before = now;
    }
    double rho = square > 0 ? product / square : 0;
    rho += (2 + 4 * rho) / n;
    return rho < least_correlation ? least_correlation
                                   : (rho > most_correlation ? most_correlation : rho);
}

koop_robust_line koop_robust_fit(const double *y, int n) {
    double residuals[KOOP_ROBUST_MOST], deviation = 0;
    koop_robust_line line = through_halves(y, n);
    for (int step = 0; step < 3; step++) {
        take_residuals(&line, y, residuals);
        deviation = median_deviation(residuals, n);
        reweigh(&line, y, residuals, deviation);
    }
    take_residuals(&line, y, residuals);
    line.correlation = correlate(residuals, n, deviation);
    return line;
}

double koop_robust_scale(const koop_robust_line *line, const double *y, double correlation) {
    double residuals[KOOP_ROBUST_MOST], square = 0;
    int n = line->n;
    take_residuals(line, y, residuals);
    for (int i = n - 1; i > 0; i--) residuals[i] -= correlation * residuals[i - 1];
    double deviation = median_deviation(residuals + 1, n - 1);
    for (int i = 1; i < n; i++) square += pow(within(residuals[i], clip * deviation), 2);
    return sqrt(square / (n - 4)); /* n − 1 values, three parameters */
}
