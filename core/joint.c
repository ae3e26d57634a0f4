#include "joint.h"

#include "linalg.h"

#include <math.h>

static const double clip = 4, kept = 0.9, pi = 3.14159265358979323846;
static const double most_square = 1200; /* e^−600 is still a double */

/* Chooses the tracks; gives the number of surprises that all of them have. */
static int choose(koop_joint *j, const koop_track *tracks, int count) {
    int least = KOOP_TRACK_PAST;
    j->n = 0;
    for (int k = 0; k < count; k++) {
        int held = tracks[k].judged - KOOP_TRACK_RECENT;
        if (!koop_track_ready(&tracks[k]) || held < KOOP_JOINT_LEAST) continue;
        j->track[j->n++] = k;
        if (held < least) least = held;
    }
    return least;
}

/* Its surprises, the newest left out, clipped; gives their root mean square. */
static double copy(const koop_track *track, int count, double *out) {
    double square = 0;
    for (int i = 0; i < count; i++) {
        double x = track->surprise[KOOP_TRACK_RECENT + i];
        out[i] = x > clip ? clip : x < -clip ? -clip : x;
        square += out[i] * out[i];
    }
    return sqrt(square / count);
}

static double mean_product(const double *a, const double *b, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += a[i] * b[i];
    return sum / count;
}

void koop_joint_fit(koop_joint *j, const koop_track *tracks, int count) {
    double x[KOOP_JOINT_MOST][KOOP_TRACK_PAST], deviation[KOOP_JOINT_MOST];
    int m = choose(j, tracks, count), n = j->n;
    for (int a = 0; a < n; a++) {
        deviation[a] = copy(&tracks[j->track[a]], m, x[a]);
        for (int b = 0; b < a; b++) {
            double size = deviation[a] * deviation[b];
            double r = size > 0 ? kept * mean_product(x[a], x[b], m) / size : 0;
            j->inverse[a * n + b] = j->inverse[b * n + a] = r;
        }
        j->inverse[a * n + a] = 1;
    }
    j->share = 1 - (double)n / m;
    if (n < 2 || koop_linalg_invert(n, j->inverse) != KOOP_OK) j->n = 0;
}

/* v with Pr(χ²_1 > 2v) = Pr(χ²_n > x); the former is e^−v/√(πv) for all that is not small. */
static double evidence_of(double x, int n) {
    double half = fmin(x, most_square) / 2;
    int degrees = n % 2 ? 1 : 2;
    double tail = n % 2 ? erfc(sqrt(half)) : exp(-half);
    double term = n % 2 ? 2 * sqrt(half / pi) * exp(-half) : half * exp(-half);
    for (; degrees < n; degrees += 2) {
        tail += term;
        term *= half / (degrees / 2.0 + 1);
    }
    double surprise = -log(tail);
    return fmax(0, surprise - log(pi * fmax(1, surprise)) / 2);
}

double koop_joint_weigh(const koop_joint *j, const double *toward, double *given) {
    double square = 0;
    if (j->n == 0) return 0;
    for (int a = 0; a < j->n; a++) {
        double sum = 0;
        for (int b = 0; b < j->n; b++) sum += j->inverse[a * j->n + b] * toward[b];
        square += toward[a] * sum;
        given[a] = sum * sqrt(j->share / j->inverse[a * j->n + a]);
    }
    return evidence_of(j->share * square, j->n);
}
