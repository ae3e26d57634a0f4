/* Notation.  glyph coordinates: x to the right, y down, a digit within |x| ≤ 0.65, |y| ≤ 0.9
 *            canvas coordinates: pixels, (0, 0) the middle of the first one */
#include "digits.h"

#include "drawing.h"

#include <stdio.h>

enum { SIDE = KIT_DIGITS_SIDE, ARC_STEP_DEGREES = 15 };

typedef struct point {
    double x, y;
} point;

/* A part of an ellipse, angles in degrees from the x axis towards y; of radius 0: a line. */
typedef struct stroke {
    int digit;
    point center, radius;
    double from, to;
    point a, b; /* of a line */
} stroke;

#define ARC(digit, x, y, rx, ry, from, to)                                                         \
    {                                                                                              \
        digit, {x, y}, {rx, ry}, from, to, {0, 0}, {                                               \
            0, 0                                                                                   \
        }                                                                                          \
    }
#define LINE(digit, ax, ay, bx, by)                                                                \
    {                                                                                              \
        digit, {0, 0}, {0, 0}, 0, 0, {ax, ay}, {                                                   \
            bx, by                                                                                 \
        }                                                                                          \
    }

static const stroke strokes[] = {
    ARC(0, 0, 0, 0.52, 0.9, 0, 360),
    LINE(1, -0.3, -0.55, 0.05, -0.9),
    LINE(1, 0.05, -0.9, 0.05, 0.9),
    ARC(2, 0, -0.42, 0.52, 0.48, 190, 400),
    LINE(2, 0.4, -0.11, -0.55, 0.9),
    LINE(2, -0.55, 0.9, 0.6, 0.9),
    ARC(3, -0.05, -0.46, 0.5, 0.44, 200, 450),
    ARC(3, -0.05, 0.44, 0.58, 0.46, 270, 520),
    LINE(4, 0.25, -0.9, -0.6, 0.3),
    LINE(4, -0.6, 0.3, 0.65, 0.3),
    LINE(4, 0.25, -0.9, 0.25, 0.9),
    LINE(5, 0.5, -0.9, -0.38, -0.9),
    LINE(5, -0.38, -0.9, -0.46, -0.02),
    ARC(5, -0.05, 0.33, 0.55, 0.55, 220, 510),
    ARC(6, 0, 0.4, 0.5, 0.5, 0, 360),
    ARC(6, 0.35, 0.35, 0.85, 1.25, 180, 262),
    LINE(7, -0.55, -0.9, 0.55, -0.9),
    LINE(7, 0.55, -0.9, -0.1, 0.9),
    ARC(8, 0, -0.46, 0.42, 0.44, 0, 360),
    ARC(8, 0, 0.44, 0.52, 0.46, 0, 360),
    ARC(9, 0, -0.4, 0.5, 0.5, 0, 360),
    ARC(9, -0.35, -0.35, 0.85, 1.25, 0, 82),
};

/* One way of writing: from glyph to canvas, and the pen. */
typedef struct hand {
    double xx, xy, yx, yy; /* turn, scale and slant */
    point shift;
    point bend, phase; /* sine waves along the other axis */
    double pen, ink, noise;
} hand;

static hand random_hand(kit_rng *rng) {
    const double turn = 0.16 * kit_rng_normal(rng), slant = 0.2 * kit_rng_normal(rng);
    const double wide = kit_uniform(rng, 6.5, 10.5), tall = kit_uniform(rng, 8.5, 11.5);
    hand h = {.xx = wide * cos(turn),
              .yx = wide * sin(turn),
              .xy = tall * (-sin(turn) - slant * cos(turn)),
              .yy = tall * (cos(turn) - slant * sin(turn))};
    h.shift.x = (SIDE - 1) / 2.0 + kit_uniform(rng, -2.5, 2.5);
    h.shift.y = (SIDE - 1) / 2.0 + kit_uniform(rng, -2.5, 2.5);
    h.bend.x = 0.1 * kit_rng_normal(rng);
    h.bend.y = 0.1 * kit_rng_normal(rng);
    h.phase.x = kit_uniform(rng, 0, 2 * KIT_PI);
    h.phase.y = kit_uniform(rng, 0, 2 * KIT_PI);
    h.pen = kit_uniform(rng, 0.7, 1.9);
    h.ink = kit_uniform(rng, 0.7, 1.0);
    h.noise = kit_uniform(rng, 0.02, 0.12);
    return h;
}

static point place(const hand *h, point p) {
    const point bent = {p.x + h->bend.x * sin(2.5 * p.y + h->phase.x),
                        p.y + h->bend.y * sin(3.5 * p.x + h->phase.y)};
    return (point){h->xx * bent.x + h->xy * bent.y + h->shift.x,
                   h->yx * bent.x + h->yy * bent.y + h->shift.y};
}

static double distance(point p, point a, point b) {
    const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const double ex = p.x - a.x - t * dx, ey = p.y - a.y - t * dy;
    return sqrt(ex * ex + ey * ey);
}

static int within_canvas(double x) {
    return x < 0 ? 0 : x > SIDE - 1 ? SIDE - 1 : (int)x;
}

/* A line of the round pen, its edge one pixel soft, over what is there. */
static void draw_line(double canvas[SIDE * SIDE], point a, point b, double pen) {
    const double reach = pen + 1;
    const int left = within_canvas(fmin(a.x, b.x) - reach);
    const int right = within_canvas(fmax(a.x, b.x) + reach + 1);
    const int top = within_canvas(fmin(a.y, b.y) - reach);
    const int bottom = within_canvas(fmax(a.y, b.y) + reach + 1);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) {
            double ink = pen + 0.5 - distance((point){x, y}, a, b);
            ink = ink < 0 ? 0 : ink > 1 ? 1 : ink;
            if (ink > canvas[y * SIDE + x]) canvas[y * SIDE + x] = ink;
        }
}

static point on_stroke(const stroke *s, double t) {
    if (s->radius.x > 0) {
        const double angle = (s->from + t * (s->to - s->from)) * KIT_PI / 180;
        return (point){s->center.x + s->radius.x * cos(angle),
                       s->center.y + s->radius.y * sin(angle)};
    }
    return (point){s->a.x + t * (s->b.x - s->a.x), s->a.y + t * (s->b.y - s->a.y)};
}

static void draw_stroke(double canvas[SIDE * SIDE], const stroke *s, const hand *h) {
    const int pieces = s->radius.x > 0 ? (int)(s->to - s->from) / ARC_STEP_DEGREES : 8;
    point from = place(h, on_stroke(s, 0));
    for (int i = 1; i <= pieces; i++) {
        const point to = place(h, on_stroke(s, (double)i / pieces));
        draw_line(canvas, from, to, h->pen);
        from = to;
    }
}

static void draw(float *pixels, int digit, kit_rng *rng) {
    const hand h = random_hand(rng);
    double canvas[SIDE * SIDE] = {0};
    for (size_t i = 0; i < sizeof strokes / sizeof *strokes; i++)
        if (strokes[i].digit == digit) draw_stroke(canvas, &strokes[i], &h);
    for (int p = 0; p < SIDE * SIDE; p++)
        pixels[p] = kit_pixel(h.ink * canvas[p] + h.noise * kit_rng_normal(rng));
}

koop_status kit_digits_draw(kit_images *images, size_t n, uint64_t seed) {
    koop_status status = kit_images_new(images, n, 1, SIDE, SIDE, KIT_DIGITS_CLASSES);
    if (status != KOOP_OK) return status;
    kit_rng rng = kit_rng_seed(seed);
    kit_balanced_labels(images, &rng);
    for (size_t i = 0; i < n; i++)
        draw(images->pixels + i * kit_images_values(images), images->labels[i], &rng);
    snprintf(images->source, sizeof images->source, "drawn digits, seed %llu",
             (unsigned long long)seed);
    return KOOP_OK;
}
