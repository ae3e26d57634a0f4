#include "spectrum.h"

#include <math.h>
#include <stdlib.h>

static const double tau = 6.283185307179586476925286766559;

double koop_mode_modulus(const koop_mode *mode) {
    return hypot(mode->re, mode->im);
}

double koop_spectrum_max_modulus(const koop_spectrum *spectrum) {
    double max = 0;
    for (int j = 0; j < spectrum->rank; j++)
        max = fmax(max, koop_mode_modulus(&spectrum->modes[j]));
    return max;
}

double koop_spectrum_mean_modulus(const koop_spectrum *spectrum) {
    double sum = 0;
    for (int j = 0; j < spectrum->rank; j++) sum += koop_mode_modulus(&spectrum->modes[j]);
    return spectrum->rank ? sum / spectrum->rank : 0;
}

int koop_spectrum_trusted(const koop_spectrum *spectrum) {
    int trusted = 0;
    for (int j = 0; j < spectrum->rank; j++)
        trusted += spectrum->modes[j].residual <= KOOP_TRUSTED_RESIDUAL;
    return trusted;
}

static int compare_modes(const void *left, const void *right) {
    const koop_mode *a = left, *b = right;
    double ma = koop_mode_modulus(a), mb = koop_mode_modulus(b);
    if (ma != mb) return ma > mb ? -1 : 1;
    double fa = fabs(atan2(a->im, a->re)), fb = fabs(atan2(b->im, b->re));
    if (fa != fb) return fa < fb ? -1 : 1;
    return a->im > b->im ? -1 : a->im < b->im;
}

void koop_spectrum_order(koop_spectrum *spectrum) {
    qsort(spectrum->modes, (size_t)spectrum->rank, sizeof *spectrum->modes, compare_modes);
}

void koop_spectrum_rates(koop_spectrum *spectrum, double dt) {
    for (int j = 0; j < spectrum->rank; j++) {
        koop_mode *mode = &spectrum->modes[j];
        mode->growth = log(koop_mode_modulus(mode)) / dt;
        mode->frequency = atan2(mode->im, mode->re) / (tau * dt);
    }
}

void koop_spectrum_exchange(koop_spectrum *spectrum, koop_state *s) {
    koop_state_int(s, &spectrum->rank, 0, KOOP_MAX_RANK);
    if (s->status != KOOP_OK) return;
    for (int j = 0; j < spectrum->rank; j++) {
        koop_mode *mode = &spectrum->modes[j];
        koop_state_doubles(s, &mode->re, 1, 1e300);
        koop_state_doubles(s, &mode->im, 1, 1e300);
        koop_state_doubles(s, &mode->energy, 1, 1e300);
        /* only shown: whatever they are, they are compared at most */
        koop_state_bytes(s, &mode->growth, sizeof mode->growth);
        koop_state_bytes(s, &mode->frequency, sizeof mode->frequency);
        koop_state_bytes(s, &mode->residual, sizeof mode->residual);
    }
}
