#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *koop_text_count(char out[KOOP_TEXT_BYTES], int64_t count) {
    char digits[24];
    uint64_t magnitude = count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
    int n = snprintf(digits, sizeof digits, "%" PRIu64, magnitude);
    int o = 0;
    if (count < 0) out[o++] = '-';
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) out[o++] = ',';
        out[o++] = digits[i];
    }
    out[o] = '\0';
    return out;
}

/* 3.1e-3: C's exponent has two digits at least, which costs a column and says nothing. */
static char *scientific(char out[KOOP_TEXT_BYTES], double value) {
    char full[KOOP_TEXT_BYTES];
    snprintf(full, sizeof full, "%.1e", value);
    char *e = strchr(full, 'e');
    int exponent = 0;
    if (e == NULL || sscanf(e + 1, "%d", &exponent) != 1) return strcpy(out, "-");
    *e = '\0';
    if (e - full > 2 && strcmp(e - 2, ".0") == 0) e[-2] = '\0';
    snprintf(out, KOOP_TEXT_BYTES, "%.12se%+d", full, exponent);
    return out;
}

char *koop_text_value(char out[KOOP_TEXT_BYTES], double value) {
    double size = fabs(value);
    if (!isfinite(value)) return strcpy(out, "-");
    if (size == 0) return strcpy(out, "0");
    if (size < 0.00995 || size >= 99999.5) return scientific(out, value);
    if (size >= 999.5) return koop_text_count(out, llround(value));
    int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
    snprintf(out, KOOP_TEXT_BYTES, "%.*f", decimals, value);
    return out;
}

char *koop_text_modulus(char out[KOOP_TEXT_BYTES], double modulus) {
    if (!isfinite(modulus)) return strcpy(out, "-");
    if (modulus < 0 || modulus >= 99.99995) return koop_text_value(out, modulus);
    snprintf(out, KOOP_TEXT_BYTES, "%.4f", modulus);
    return out;
}

static char *two_units(char out[KOOP_TEXT_BYTES], int64_t whole, int64_t part, const char *unit,
                       const char *small) {
    if (part == 0)
        snprintf(out, KOOP_TEXT_BYTES, "%" PRId64 " %s", whole, unit);
    else
        snprintf(out, KOOP_TEXT_BYTES, "%" PRId64 " %s %" PRId64 " %s", whole, unit, part, small);
    return out;
}

char *koop_text_duration(char out[KOOP_TEXT_BYTES], double seconds) {
    if (!isfinite(seconds) || seconds <= 0) return strcpy(out, "0 s");
    if (seconds < 9.95) {
        snprintf(out, KOOP_TEXT_BYTES, "%.*f s", seconds != floor(seconds), seconds);
        return out;
    }
    int64_t s = seconds < 1e12 ? llround(seconds) : (int64_t)1e12;
    if (s < 60) {
        snprintf(out, KOOP_TEXT_BYTES, "%" PRId64 " s", s);
        return out;
    }
    if (s < 3600) return two_units(out, s / 60, s % 60, "min", "s");
    if (s < 86400) return two_units(out, s / 3600, s % 3600 / 60, "h", "min");
    return two_units(out, s / 86400, s % 86400 / 3600, "d", "h");
}

char *koop_text_size(char out[KOOP_TEXT_BYTES], uint64_t count) {
    static const char *const units[] = {"k", "M", "G", "T", "P", "E"};
    if (count < 1000) {
        snprintf(out, KOOP_TEXT_BYTES, "%" PRIu64, count);
        return out;
    }
    double value = (double)count / 1000;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    snprintf(out, KOOP_TEXT_BYTES, "%.3g %s", value, units[unit]);
    return out;
}

char *koop_text_percent(char out[KOOP_TEXT_BYTES], double share) {
    if (!(share > 0)) return strcpy(out, "0%");
    if (share < 0.005) return strcpy(out, "<1%");
    snprintf(out, KOOP_TEXT_BYTES, "%.0f%%", 100 * fmin(share, 1));
    return out;
}

char *koop_text_utc(char out[KOOP_TEXT_BYTES], int64_t unix_ms) {
    const int64_t last_ms = INT64_C(253402300799999);
    const int64_t ms = unix_ms < 0 ? 0 : unix_ms > last_ms ? last_ms : unix_ms;
    const time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    const size_t n = strftime(out, KOOP_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + n, KOOP_TEXT_BYTES - n, ".%03dZ", (int)(ms % 1000));
    return out;
}
