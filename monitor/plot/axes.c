#include "axes.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NARROWEST 1e-12 /* of the values' size: below that doubles are too coarse for ticks */
#define SMALLEST 1e-300 /* length of a linear axis */
#define ROUNDING 1e-9   /* of a step: a tick that near to the end is on it */

koop_axis koop_axis_over(double low, double high, bool log, double margin) {
    koop_axis axis = {.low = low, .high = high, .log = log, .from = 0, .to = 1};
    if (log) {
        double a = log10(low), b = log10(high), pad = margin * (b - a);
        if (b - a < 1e-6) pad = 0.1; /* one value: a quarter around it */
        axis.low = pow(10, fmax(a - pad, -300));
        axis.high = pow(10, fmin(b + pad, 300));
        return axis;
    }
    const double size = fmax(fabs(low), fabs(high)), least = fmax(NARROWEST * size, SMALLEST);
    double pad = margin * (high - low);
    if (high - low < least) pad = size > 0 ? fmax(0.05 * size, SMALLEST) : 1;
    axis.low = low - pad;
    axis.high = high + pad;
    return axis;
}

double koop_axis_at(const koop_axis *axis, double value) {
    double share = 0;
    if (!axis->log)
        share = (value - axis->low) / (axis->high - axis->low);
    else if (value > 0)
        share = (log10(value) - log10(axis->low)) / (log10(axis->high) - log10(axis->low));
    return axis->from + share * (axis->to - axis->from);
}

/* The digits of a power as superscripts. */
static int put_power(char *out, size_t size, int exponent) {
    static const char *const up[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char digits[16];
    int n = 0;
    snprintf(digits, sizeof digits, "%d", abs(exponent));
    n += snprintf(out, size, "10%s", exponent < 0 ? "⁻" : "");
    for (const char *d = digits; *d; d++)
        n += snprintf(out + n, size - (size_t)n, "%s", up[*d - '0']);
    return n;
}

/* Commas between thousands of what is before the point, from five digits on. */
static void put_fixed(char out[KOOP_AXIS_LABEL_BYTES], double value, int decimals) {
    char plain[KOOP_AXIS_LABEL_BYTES], *to = out;
    snprintf(plain, sizeof plain, "%.*f", decimals, fabs(value));
    const size_t whole = strcspn(plain, ".");
    if (value < 0 && strspn(plain, "0.") < strlen(plain)) to += sprintf(to, "−");
    for (size_t i = 0; plain[i]; i++) {
        if (i > 0 && i < whole && whole >= 5 && (whole - i) % 3 == 0) *to++ = ',';
        *to++ = plain[i];
    }
    *to = '\0';
}

static void put_scientific(char out[KOOP_AXIS_LABEL_BYTES], double value, int decimals) {
    char plain[48];
    snprintf(plain, sizeof plain, "%.*e", decimals, fabs(value));
    const char *e = strchr(plain, 'e');
    const int exponent = e ? atoi(e + 1) : 0;
    int n = snprintf(out, KOOP_AXIS_LABEL_BYTES, "%s%.*s×", value < 0 ? "−" : "",
                     e ? (int)(e - plain) : 1, plain);
    put_power(out + n, (size_t)(KOOP_AXIS_LABEL_BYTES - n), exponent);
}

/* `value` as a multiple of 10^exponent, where the largest beside it is `most`. */
static void label(char out[KOOP_AXIS_LABEL_BYTES], double value, int exponent, double most) {
    if (value == 0)
        strcpy(out, "0");
    else if (most >= 1e-4 && most < 1e6 && exponent > -15)
        put_fixed(out, value, exponent < 0 ? -exponent : 0);
    else {
        const int decimals = (int)floor(log10(fabs(value)) + ROUNDING) - exponent;
        put_scientific(out, value, decimals < 0 ? 0 : decimals > 12 ? 12 : decimals);
    }
}

char *koop_axis_number(double value, int digits, char out[KOOP_AXIS_LABEL_BYTES]) {
    const double size = fabs(value);
    char plain[48];
    if (!isfinite(value)) return strcpy(out, "–");
    if (size != 0 && (size < 1e-4 || size >= 1e6)) {
        put_scientific(out, value, digits - 1);
        return out;
    }
    snprintf(plain, sizeof plain, "%.*g", digits, size);
    const char *point = strchr(plain, '.');
    put_fixed(out, strchr(plain, 'e') ? value : copysign(atof(plain), value),
              point && !strchr(plain, 'e') ? (int)strlen(point + 1) : 0);
    return out;
}

static double power_of_ten(int exponent) {
    return pow(10, exponent);
}

static double multiple(double count, int exponent) {
    /* Division by an exact power gives 0.3 where a product with 0.1 gives 0.30000000000000004. */
    if (exponent < 0 && exponent >= -22) return count / power_of_ten(-exponent);
    return count * power_of_ten(exponent);
}

static int linear(const koop_axis *axis, int wanted, koop_tick *ticks) {
    static const int steps[] = {1, 2, 5, 10};
    const double raw = (axis->high - axis->low) / wanted;
    int exponent = (int)floor(log10(raw)), m = 0, n = 0;
    while (m < 3 && steps[m] * power_of_ten(exponent) < raw * (1 - ROUNDING)) m++;
    const double unit = steps[m], step = multiple(unit, exponent);
    const double most = fmax(fabs(axis->low), fabs(axis->high));
    const double first = ceil(axis->low / step - ROUNDING);
    const double last = floor(axis->high / step + ROUNDING);
    if (m == 3) exponent++;
    for (double i = first; i <= last && n < KOOP_AXIS_TICKS; i++, n++) {
        ticks[n].value = multiple(i * (m == 3 ? 1 : unit), exponent) + 0.; /* no -0 */
        label(ticks[n].label, ticks[n].value, exponent, most);
    }
    return n;
}

static bool within(const koop_axis *axis, double value) {
    return value >= axis->low * (1 - ROUNDING) && value <= axis->high * (1 + ROUNDING);
}

/* The named multiples of powers of ten; tenths of them, so that 1.5 is one. */
static int between_powers(const koop_axis *axis, int lowest, int highest, const int *tenths,
                          koop_tick *ticks) {
    int n = 0;
    for (int e = lowest; e <= highest; e++)
        for (const int *t = tenths; *t && n < KOOP_AXIS_TICKS; t++) {
            const double value = multiple(*t, e - 1);
            if (!within(axis, value)) continue;
            ticks[n].value = value;
            label(ticks[n++].label, value, *t % 10 ? e - 1 : e, axis->high);
        }
    return n;
}

static int small_ticks(const koop_axis *axis, int e, koop_tick *ticks, int n) {
    for (int i = 2; i < 10 && n < KOOP_AXIS_TICKS; i++)
        if (within(axis, multiple(i, e)))
            ticks[n++] = (koop_tick){.value = multiple(i, e), .label = ""};
    return n;
}

static int powers(const koop_axis *axis, int wanted, int lowest, int highest, koop_tick *ticks) {
    const int count = highest - lowest + 1, every = (count + wanted - 1) / wanted;
    const bool small = every == 1 && count <= 6, plain = lowest >= -2 && highest <= 3;
    int n = small ? small_ticks(axis, lowest - 1, ticks, 0) : 0;
    for (int e = lowest; e <= highest && n < KOOP_AXIS_TICKS; e++) {
        if (e % every) continue;
        ticks[n].value = multiple(1, e);
        if (plain)
            label(ticks[n++].label, multiple(1, e), e, axis->high);
        else
            put_power(ticks[n++].label, KOOP_AXIS_LABEL_BYTES, e);
        if (small) n = small_ticks(axis, e, ticks, n);
    }
    return n;
}

int koop_axis_ticks(const koop_axis *axis, int wanted, koop_tick ticks[KOOP_AXIS_TICKS]) {
    if (!axis->log) return linear(axis, wanted, ticks);
    const int lowest = (int)ceil(log10(axis->low) - ROUNDING);
    const int highest = (int)floor(log10(axis->high) + ROUNDING);
    if (highest - lowest >= 1) return powers(axis, wanted, lowest, highest, ticks);
    static const int few[] = {10, 20, 50, 0}, more[] = {10, 15, 20, 30, 50, 70, 0};
    int n = between_powers(axis, lowest - 1, highest + 1, few, ticks);
    if (n < 3) n = between_powers(axis, lowest - 1, highest + 1, more, ticks);
    return n >= 3 ? n : linear(axis, wanted, ticks);
}
