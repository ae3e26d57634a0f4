/* Notation.  (x, y) pixels, y down;  (u, v) the same turned, in wavelengths;  w(t) = sin 2πt
 *            pattern in 0..1, from the first colour to the second */
#include "textures.h"

#include "drawing.h"

#include <stdio.h>

enum { SIDE = KIT_TEXTURES_SIDE, CHANNELS = 3, LATTICE = 24 };

typedef enum kind {
    LEVEL,
    RISING,
    UPRIGHT,
    FALLING,
    CHECKERS,
    SPOTS,
    RINGS,
    PATCHES,
    GRAIN,
    NET
} kind;

/* What varies between images of a kind. */
typedef struct look {
    double along, across; /* cosine and sine of the direction of u */
    double wavelength;    /* pixels; of patches and grain: of a cell of their lattice */
    double u, v;          /* phases */
    double center_x, center_y;
    double hardness; /* of edges */
    double lattice[LATTICE][LATTICE];
    double color[2][CHANNELS];
    double slope_x, slope_y; /* of the light */
    double noise;
} look;

static double direction(kind k, kit_rng *rng) {
    if (k > FALLING) return kit_uniform(rng, 0, KIT_PI);
    const double degrees = 90 - 45 * (double)k + kit_uniform(rng, -17, 17);
    return degrees * KIT_PI / 180;
}

static void choose_colors(double color[2][CHANNELS], kit_rng *rng) {
    double apart;
    do {
        apart = 0;
        for (int c = 0; c < CHANNELS; c++) {
            color[0][c] = kit_uniform(rng, 0.05, 0.95);
            color[1][c] = kit_uniform(rng, 0.05, 0.95);
            apart += fabs(color[0][c] - color[1][c]);
        }
    } while (apart < 0.6);
}

static look random_look(kind k, kit_rng *rng) {
    const double angle = direction(k, rng);
    look l = {.along = cos(angle), .across = sin(angle)};
    l.wavelength = k == PATCHES ? kit_uniform(rng, 4.5, 8) : kit_uniform(rng, 4.5, 10);
    if (k == GRAIN) l.wavelength = kit_uniform(rng, 1.5, 3);
    l.u = kit_uniform(rng, 0, 1);
    l.v = kit_uniform(rng, 0, 1);
    l.center_x = kit_uniform(rng, 0, SIDE);
    l.center_y = kit_uniform(rng, 0, SIDE);
    l.hardness = kit_uniform(rng, 0.7, 3);
    for (int i = 0; i < LATTICE; i++)
        for (int j = 0; j < LATTICE; j++) l.lattice[i][j] = kit_uniform(rng, -1, 1);
    choose_colors(l.color, rng);
    l.slope_x = kit_uniform(rng, -0.3, 0.3);
    l.slope_y = kit_uniform(rng, -0.3, 0.3);
    l.noise = kit_uniform(rng, 0.03, 0.2);
    return l;
}

static double wave(double t) {
    return sin(2 * KIT_PI * t);
}

static double smooth(double t) {
    return t * t * (3 - 2 * t);
}

/* The lattice's values, smoothly between them; (x, y) ≥ 0 in cells, less than LATTICE − 1. */
static double between(const double lattice[LATTICE][LATTICE], double x, double y) {
    const int i = (int)y, j = (int)x;
    const double s = smooth(y - i), t = smooth(x - j);
    return (1 - s) * ((1 - t) * lattice[i][j] + t * lattice[i][j + 1]) +
           s * ((1 - t) * lattice[i + 1][j] + t * lattice[i + 1][j + 1]);
}

static double height(kind k, const look *l, double x, double y) {
    const double u = (l->along * x + l->across * y) / l->wavelength + l->u;
    const double v = (l->along * y - l->across * x) / l->wavelength + l->v;
    switch (k) {
    case LEVEL:
    case RISING:
    case UPRIGHT:
    case FALLING:
        return wave(u);
    case CHECKERS:
        return 1.5 * wave(u) * wave(v);
    case SPOTS:
        return wave(u) + wave(v) - 0.8;
    case NET:
        return 1.5 * (fmax(wave(u), wave(v)) - 0.5);
    case RINGS:
        return wave(hypot(x - l->center_x, y - l->center_y) / l->wavelength + l->u);
    case PATCHES:
    case GRAIN:
        return 1.5 * between(l->lattice, x / l->wavelength + l->u, y / l->wavelength + l->v);
    }
    return 0;
}

static void draw(float *pixels, kind k, kit_rng *rng) {
    const look l = random_look(k, rng);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double pattern = 0.5 + 0.5 * l.hardness * height(k, &l, x, y);
            pattern = pattern < 0 ? 0 : pattern > 1 ? 1 : pattern;
            const double light =
                l.slope_x * (x / (SIDE - 1.0) - 0.5) + l.slope_y * (y / (SIDE - 1.0) - 0.5);
            for (int c = 0; c < CHANNELS; c++)
                pixels[(c * SIDE + y) * SIDE + x] =
                    kit_pixel(l.color[0][c] + pattern * (l.color[1][c] - l.color[0][c]) + light +
                              l.noise * kit_rng_normal(rng));
        }
}

koop_status kit_textures_draw(kit_images *images, size_t n, uint64_t seed) {
    koop_status status = kit_images_new(images, n, CHANNELS, SIDE, SIDE, KIT_TEXTURES_CLASSES);
    if (status != KOOP_OK) return status;
    kit_rng rng = kit_rng_seed(seed);
    kit_balanced_labels(images, &rng);
    for (size_t i = 0; i < n; i++)
        draw(images->pixels + i * kit_images_values(images), (kind)images->labels[i], &rng);
    snprintf(images->source, sizeof images->source, "coloured textures, seed %llu",
             (unsigned long long)seed);
    return KOOP_OK;
}
