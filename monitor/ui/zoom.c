#include "zoom.h"

#include <math.h>

#define DISK 1.1      /* half of the height that shows the whole disk */
#define LEFT 1.5      /* halves shown to the left of 1 */
#define RIGHT 0.5     /* and to its right */
#define MARGIN 1.08   /* room around the outermost mode */
#define BELOW 0.15    /* of the highest frequency, shown below zero */
#define CLOSEST 1000. /* largest factor */

static bool trusted(const koop_mode *mode) {
    return mode->residual < KOOP_TRUSTED_RESIDUAL;
}

/* The half height that just shows a mode near 1. */
static double half_for(const koop_mode *mode) {
    double left = (1 - mode->re) / LEFT, right = (mode->re - 1) / RIGHT;
    return MARGIN * fmax(fabs(mode->im), fmax(left, right));
}

double koop_zoom_wanted(const koop_spectrum *spectrum) {
    static const double steps[] = {1, 1.5, 2, 3, 5, 7, 10};
    bool all = koop_spectrum_trusted(spectrum) < 2;
    double sorted[KOOP_MAX_RANK];
    int n = 0;
    for (int j = 0; j < spectrum->rank; j++) {
        double half = half_for(&spectrum->modes[j]);
        if (!isfinite(half) || !(all || trusted(&spectrum->modes[j]))) continue;
        int i = n++;
        for (; i > 0 && sorted[i - 1] > half; i--) sorted[i] = sorted[i - 1];
        sorted[i] = half;
    }
    if (n == 0) return 1;
    double most = sorted[(3 * n + 3) / 4 - 1], all_in = sorted[n - 1];
    double half = all_in <= 2 * most ? all_in : most;
    double exact = half > DISK / CLOSEST ? DISK / half : CLOSEST;
    if (exact < 2) return 1; /* between the disk and twice its size a zoom only hides */
    double power = pow(10, floor(log10(exact))), best = power;
    for (int i = 0; i < 7; i++)
        if (steps[i] * power <= exact * (1 + 1e-9)) best = steps[i] * power;
    return best;
}

double koop_zoom_keep(double current, double wanted) {
    return current > 0 && current <= wanted && wanted < 3 * current ? current : wanted;
}

koop_plane koop_zoom_plane(double zoom, int width, int height) {
    bool disk = !(zoom > 1);
    double half = disk ? DISK : DISK / zoom;
    double dots = (width < height ? width : height) / (2 * half);
    double x0 = disk ? -width / (2 * dots) : 1 - LEFT / (LEFT + RIGHT) * width / dots;
    return (koop_plane){x0, (height - 1) / (2 * dots), dots, dots, false};
}

koop_plane koop_zoom_rates(const koop_spectrum *spectrum, int width, int height) {
    double low = 0, high = 0, top = 0;
    bool all = koop_spectrum_trusted(spectrum) == 0;
    for (int j = 0; j < spectrum->rank; j++) {
        const koop_mode *mode = &spectrum->modes[j];
        if (!(all || trusted(mode)) || !isfinite(mode->growth) || !isfinite(mode->frequency))
            continue;
        low = fmin(low, mode->growth);
        high = fmax(high, mode->growth);
        top = fmax(top, mode->frequency);
    }
    double span = high - low > 0 ? high - low : 1e-3;
    low -= 0.1 * span;
    high += 0.1 * span;
    if (!(top > 0)) top = 1e-3;
    double height_shown = (1.1 + BELOW) * top; /* a strip below zero frequency for the numbers */
    return (koop_plane){low, 1.1 * top, (width - 1) / (high - low), (height - 1) / height_shown,
                        true};
}

bool koop_zoom_dot(const koop_plane *plane, const koop_mode *mode, int width, int height, int *x,
                   int *y) {
    double across = plane->rates ? mode->growth : mode->re;
    double up = plane->rates ? mode->frequency : mode->im;
    double dx = (across - plane->x0) * plane->sx, dy = (plane->y0 - up) * plane->sy;
    if (!(dx >= -0.5 && dy >= -0.5 && dx < width - 0.5 && dy < height - 0.5)) return false;
    if (plane->rates && up < 0) return false;
    *x = (int)lround(dx);
    *y = (int)lround(dy);
    return true;
}
