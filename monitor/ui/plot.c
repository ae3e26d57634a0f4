#include "plot.h"

#include <math.h>
#include <stddef.h>

enum { BRAILLE = 0x2800, UPPER_HALF = 0x2580, LOWER_HALF = 0x2584, FULL = 0x2588 };

int koop_plot_dots_x(koop_glyphs glyphs) {
    return glyphs == KOOP_GLYPHS_BRAILLE ? 2 : 1;
}
int koop_plot_dots_y(koop_glyphs glyphs) {
    return glyphs == KOOP_GLYPHS_BRAILLE ? 4 : 2;
}

/* The character with dot (dx, dy) added to `glyph`, or `glyph` itself where it is other text. */
static uint32_t add_dot(koop_glyphs glyphs, uint32_t glyph, int dx, int dy) {
    static const uint32_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    static const uint32_t block[4] = {' ', UPPER_HALF, LOWER_HALF, FULL};
    static const uint32_t ascii[4] = {' ', '\'', '.', ':'};
    if (glyphs == KOOP_GLYPHS_BRAILLE) {
        if (glyph == ' ') glyph = BRAILLE;
        return (glyph & ~0xFFu) == BRAILLE ? glyph | bits[dy][dx] : glyph;
    }
    const uint32_t *halves = glyphs == KOOP_GLYPHS_BLOCK ? block : ascii;
    for (unsigned mask = 0; mask < 4; mask++)
        if (halves[mask] == glyph) return halves[mask | 1u << dy];
    return glyph;
}

void koop_plot_dot(koop_area area, int x, int y, koop_style style) {
    koop_glyphs glyphs = area.canvas->glyphs;
    int width = koop_plot_dots_x(glyphs), height = koop_plot_dots_y(glyphs);
    koop_cell *cell = x < 0 || y < 0 ? NULL : koop_area_cell(area, y / height, x / width);
    if (cell == NULL) return;
    uint32_t glyph = add_dot(glyphs, cell->glyph, x % width, y % height);
    if (glyph == cell->glyph) return;
    *cell = (koop_cell){glyph, style};
}

void koop_plot_line(koop_area area, int x0, int y0, int x1, int y1, int every, koop_style style) {
    int nx = x1 - x0, ny = y1 - y0;
    for (int i = 0; i <= nx; i += every) koop_plot_dot(area, x0 + i, y0, style);
    for (int i = 0; nx == 0 && i <= ny; i += every) koop_plot_dot(area, x0, y0 + i, style);
}

/* Two sweeps, over columns and over rows, so that steep and flat parts are both without gaps. */
void koop_plot_circle(koop_area area, double x, double y, double radius, koop_style style) {
    int width = area.rect.cols * koop_plot_dots_x(area.canvas->glyphs);
    int height = area.rect.rows * koop_plot_dots_y(area.canvas->glyphs);
    if (!(radius >= 0 && isfinite(radius) && isfinite(x) && isfinite(y))) return;
    for (int i = 0; i < width; i++) {
        double half = sqrt(radius * radius - (i - x) * (i - x));
        for (int sign = -1; sign <= 1; sign += 2) {
            double at = y + sign * half;
            if (at > -1 && at < height) koop_plot_dot(area, i, (int)lround(at), style);
        }
    }
    for (int j = 0; j < height; j++) {
        double half = sqrt(radius * radius - (j - y) * (j - y));
        for (int sign = -1; sign <= 1; sign += 2) {
            double at = x + sign * half;
            if (at > -1 && at < width) koop_plot_dot(area, (int)lround(at), j, style);
        }
    }
}

koop_plot_scale koop_plot_scale_of(const double *values, int n, bool may_log) {
    koop_plot_scale scale = {0, 0, false, false};
    for (int i = 0; i < n; i++) {
        if (!isfinite(values[i])) continue;
        if (!scale.any || values[i] < scale.low) scale.low = values[i];
        if (!scale.any || values[i] > scale.high) scale.high = values[i];
        scale.any = true;
    }
    scale.logarithmic = may_log && scale.any && scale.low > 0 && scale.high / scale.low > 30;
    double size = fmax(fabs(scale.low), fabs(scale.high));
    if (scale.high - scale.low <= 1e-6 * size) scale.high = scale.low;
    return scale;
}

int koop_plot_level(const koop_plot_scale *scale, double value, int levels) {
    double low = scale->low, high = scale->high;
    if (!isfinite(value)) return -1;
    if (!(high > low)) return (levels - 1) / 2;
    if (value <= low) return 0;
    if (value >= high) return levels - 1;
    double t = scale->logarithmic ? log(value / low) / log(high / low)
                                  : (value / 2 - low / 2) / (high / 2 - low / 2);
    return (int)lround(t * (levels - 1));
}

/* Levels that a row's worth of bar can show, and the character of each. */
static int levels_a_row(koop_glyphs glyphs) {
    return glyphs == KOOP_GLYPHS_BLOCK ? 3 : 8;
}

static uint32_t bar_glyph(koop_glyphs glyphs, int level) {
    if (glyphs == KOOP_GLYPHS_BRAILLE) return 0x2581u + (uint32_t)level;
    if (glyphs == KOOP_GLYPHS_BLOCK) return (const uint32_t[]){'_', LOWER_HALF, FULL}[level];
    return (uint32_t) "_.,:-=*#"[level];
}

void koop_plot_bars(koop_area area, koop_rect at, const double *values, int n,
                    const koop_plot_scale *scale, koop_style style) {
    int step = levels_a_row(area.canvas->glyphs);
    /* The topmost eighth stays free, so that bars in neighbouring rows do not run together. */
    int levels = at.rows * step - (step == 8);
    for (int i = 0; i < n && i < at.cols; i++) {
        int level = koop_plot_level(scale, values[i], levels);
        for (int r = at.rows - 1; r >= 0 && level >= 0; r--, level -= step) {
            int here = level < step ? level : step - 1;
            koop_area_put(area, at.row + r, at.col + i, bar_glyph(area.canvas->glyphs, here),
                          style);
        }
    }
}

void koop_plot_share(koop_area area, int row, int col, int cols, double share, koop_style style) {
    if (!(share > 0) || cols <= 0) return;
    bool fine = area.canvas->glyphs == KOOP_GLYPHS_BRAILLE;
    int eighths = (int)lround(fmin(share, 1) * cols * 8);
    if (!fine) eighths = (eighths + 4) / 8 * 8;
    koop_area_fill(area, row, col, eighths / 8, FULL, style);
    if (eighths % 8 > 0)
        koop_area_put(area, row, col + eighths / 8, 0x2590u - (uint32_t)(eighths % 8), style);
}
