#include "track.h"

#include <math.h>
#include <string.h>

static const double freedom = 5, averaging = 64, unknown = 2, most_correlation = 0.9;
static const double most_value = 1e120, most_surprise = 100, most_dispersion = 256, clip = 4;

void koop_track_start(koop_track *t, double floor) {
    *t = (koop_track){.floor = floor, .fit_age = -1, .correlation = unknown, .dispersion = 1};
}

void koop_track_restart(koop_track *t, int drop) {
    if (drop > t->past) drop = t->past;
    t->past -= drop;
    memmove(t->surprise, t->surprise + drop, (size_t)t->past * sizeof *t->surprise);
    t->held = t->judged = 0;
    t->fit_age = -1;
}

bool koop_track_ready(const koop_track *t) {
    return t->fit_age >= 0;
}

static int reference(const koop_track *t) {
    return t->held - KOOP_TRACK_GAP;
}

/* The first fit since a start or restart is of few values: the larger of what is known, and more. */
static void average_correlation(koop_track *t, double fitted) {
    bool known = t->correlation != unknown;
    if (t->fit_age >= 0) {
        t->correlation += (fitted - t->correlation) * KOOP_TRACK_REFIT / averaging;
    } else {
        double error = sqrt((1 - fitted * fitted) / t->line.n);
        t->correlation = (known ? fmax(fitted, t->correlation) : fitted) + error;
    }
    if (t->correlation > most_correlation) t->correlation = most_correlation;
}

/* Mean square of the sums of n successive ones of `count` clipped surprises, over n, less two standard
 * errors of it. */
static double dispersion_of(const double *g, int count, int n) {
    double sum = 0, square = 0;
    for (int i = 0; i < count; i++) {
        sum += g[i];
        if (i >= n) sum -= g[i - n];
        if (i >= n - 1) square += sum * sum;
    }
    return square / (count - n + 1) / n / (1 + 2 * sqrt(2.0 * n / count));
}

static void estimate_dispersion(koop_track *t) {
    double g[KOOP_TRACK_PAST];
    int count = t->past - KOOP_TRACK_RECENT;
    if (count < KOOP_TRACK_PAST / 2) return;
    t->dispersion = 1;
    for (int i = 0; i < count; i++)
        g[i] = fmax(-clip, fmin(clip, t->surprise[KOOP_TRACK_RECENT + i]));
    for (int n = 1; n <= 16; n *= 2)
        t->dispersion = fmax(t->dispersion, dispersion_of(g, count, n));
}

/* Before the new value is taken: the newest GAP values are left out. */
static void refit(koop_track *t) {
    double y[KOOP_TRACK_REFERENCE];
    int n = reference(t);
    for (int i = 0; i < n; i++) y[i] = t->value[t->held - 1 - i];
    t->line = koop_robust_fit(y, n);
    average_correlation(t, t->line.correlation);
    t->scale = koop_robust_scale(&t->line, y, t->correlation);
    if (t->scale < t->floor) t->scale = t->floor;
    estimate_dispersion(t);
    t->fit_age = 0;
}

/* Place of the newest value on the line, whose values are 0..n−1. */
static double place(const koop_track *t) {
    return t->line.n + KOOP_TRACK_GAP + t->fit_age;
}

static double surprise(const koop_track *t, double value) {
    double n = t->line.n, at = place(t), far = at - (n - 1) / 2, rho = t->correlation;
    double before = t->value[0] - koop_robust_at(&t->line, at - 1);
    double error = value - koop_robust_at(&t->line, at) - rho * before;
    /* of a line through autocorrelated noise: (1/n + 12 far²/n³) scale²/(1−ρ)² */
    double line_share = 1 / n + 12 * far * far / (n * n * n);
    double z = error / (t->scale * sqrt(1 + line_share));
    double normal = sqrt(freedom * log1p(z * z / freedom)) * (8 * freedom + 1) / (8 * freedom + 3);
    return z < 0 ? -normal : normal;
}

static void judge(koop_track *t, double g, double c) {
    enum { HELD = KOOP_TRACK_PAST + KOOP_TRACK_RECENT };
    memmove(t->surprise + 1, t->surprise, (HELD - 1) * sizeof *t->surprise);
    memmove(t->memory + 1, t->memory, (KOOP_TRACK_ONSETS - 1) * sizeof *t->memory);
    t->surprise[0] = g;
    t->memory[0] = c;
    if (t->past < HELD) t->past++;
    if (t->judged < HELD) t->judged++;
}

void koop_track_weigh(const koop_track *t, double toward[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS]) {
    /* sums over the updates from the newest back to the onset i, n back: of g where there is a value,
     * c g, n c g; of 1 where there is a value, c, n c, c², n c², n² c² */
    double g = 0, cg = 0, ncg = 0, one = 0, c = 0, nc = 0, cc = 0, ncc = 0, nncc = 0;
    memset(toward, 0, sizeof(double[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS]));
    for (int i = 0; i < KOOP_TRACK_ONSETS && i < t->judged; i++) {
        double value = t->surprise[i], m = t->memory[i], known = m > 0;
        double shift = cg + value, shift_square = cc + known;
        g += value, cg += m * value, ncg += i * m * value;
        one += known, c += m, nc += i * m;
        cc += m * m, ncc += i * m * m, nncc += (double)i * i * m * m;
        double ramp = g + i * cg - ncg;
        double ramp_square = one + 2 * (i * c - nc) + (double)i * i * cc - 2 * i * ncc + nncc;
        if (!(one > 0)) continue;
        toward[KOOP_TRACK_SHIFT][i] = shift / sqrt(t->dispersion * shift_square);
        toward[KOOP_TRACK_RAMP][i] = ramp / sqrt(t->dispersion * ramp_square);
    }
}

static void remember(koop_track *t, double value) {
    memmove(t->value + 1, t->value, (KOOP_TRACK_HELD - 1) * sizeof *t->value);
    t->value[0] = value;
    if (t->held < KOOP_TRACK_HELD) t->held++;
}

void koop_track_take(koop_track *t, double value) {
    if (reference(t) >= KOOP_TRACK_LEAST && (t->fit_age < 0 || t->fit_age + 1 >= KOOP_TRACK_REFIT))
        refit(t);
    else if (t->fit_age >= 0)
        t->fit_age++;
    if (koop_track_ready(t)) judge(t, surprise(t, value), 1 - t->correlation);
    remember(t, value);
}

void koop_track_miss(koop_track *t) {
    if (koop_track_ready(t)) judge(t, 0, 0);
}

double koop_track_shift(const koop_track *t, int back) {
    double sum = 0;
    int count = back + 1 < t->held ? back + 1 : t->held;
    if (!koop_track_ready(t) || count < 1) return 0;
    for (int i = 0; i < count; i++) sum += t->value[i] - koop_robust_at(&t->line, place(t) - i);
    return sum / count;
}

static bool is_memory(double memory) {
    return memory == 0 || memory >= 1 - most_correlation;
}

/* Bounds that no series of values below 1e100 reaches, and below which no square overflows. */
void koop_track_exchange(koop_track *t, koop_state *s) {
    koop_state_same_double(s, t->floor);
    koop_state_int(s, &t->held, 0, KOOP_TRACK_HELD);
    koop_state_int(s, &t->past, 0, KOOP_TRACK_PAST + KOOP_TRACK_RECENT);
    koop_state_int(s, &t->judged, 0, t->past);
    koop_state_int(s, &t->fit_age, -1, KOOP_TRACK_REFIT - 1);
    if (s->status != KOOP_OK) return;
    koop_state_demand(s, t->fit_age < 0 || reference(t) >= KOOP_TRACK_LEAST);
    koop_state_demand(s, t->fit_age >= 0 || t->judged == 0);
    koop_state_doubles(s, t->value, (size_t)t->held, most_value);
    koop_state_int(s, &t->line.n, 0, KOOP_TRACK_REFERENCE);
    koop_state_demand(s, t->fit_age < 0 || t->line.n >= KOOP_TRACK_LEAST);
    koop_state_doubles(s, &t->line.level, 1, most_value);
    koop_state_doubles(s, &t->line.slope, 1, most_value);
    koop_state_doubles(s, &t->line.correlation, 1, 1);
    koop_state_doubles(s, &t->scale, 1, most_value);
    koop_state_demand(s, t->fit_age < 0 || t->scale >= t->floor);
    koop_state_doubles(s, &t->correlation, 1, unknown);
    koop_state_demand(s, fabs(t->correlation) <= most_correlation ||
                             (t->correlation == unknown && t->fit_age < 0));
    koop_state_doubles(s, t->surprise, KOOP_TRACK_PAST + KOOP_TRACK_RECENT, most_surprise);
    koop_state_doubles(s, t->memory, KOOP_TRACK_ONSETS, 2);
    for (int i = 0; i < KOOP_TRACK_ONSETS; i++) koop_state_demand(s, is_memory(t->memory[i]));
    koop_state_doubles(s, &t->dispersion, 1, most_dispersion);
    koop_state_demand(s, t->dispersion >= 1);
}
