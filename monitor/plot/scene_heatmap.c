#include "scene.h"

#include "chart.h"
#include "palette.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Notation.  rows × columns  of the matrix;  down × across  of what is drawn: blocks of them, each
 *            shown as its largest value;  a block without a value to show is NaN */
enum { SIDE = 480, MOST_CELLS = 200, LEAST_SIDE = 80, BAR = 16, BAR_GAP = 18 };
enum { BAR_LABELS = 84, SPAN = 64, SMALL = 11, MARGIN = 16 };

#define NO_VALUE "#d9d9d9"

typedef struct scene {
    const koop_scene_matrix *matrix;
    size_t across, down, wide, high;         /* blocks of wide × high */
    double *cells;                           /* down × across */
    bool gaps, zeros, negatives, not_finite; /* cells without a value to show, and why */
    koop_axis scale;
    double x, y, width, height, left, below; /* of the cells, and the room for labels */
} scene;

static bool shows(const scene *s, double value) {
    return fabs(value) <= KOOP_AXIS_LARGEST && (!s->matrix->log || value >= 1 / KOOP_AXIS_LARGEST);
}

/* The largest value of a block. */
static double largest(const scene *s, size_t row, size_t column) {
    const koop_scene_matrix *m = s->matrix;
    double most = NAN;
    for (size_t i = row * s->high; i < m->rows && i < (row + 1) * s->high; i++)
        for (size_t j = column * s->wide; j < m->columns && j < (column + 1) * s->wide; j++) {
            const double value = m->values[i * m->columns + j];
            if (shows(s, value) && !(most >= value)) most = value;
        }
    return most;
}

/* Why a block has no value. */
static void note_gap(scene *s, size_t row, size_t column) {
    const koop_scene_matrix *m = s->matrix;
    s->gaps = true;
    for (size_t i = row * s->high; i < m->rows && i < (row + 1) * s->high; i++)
        for (size_t j = column * s->wide; j < m->columns && j < (column + 1) * s->wide; j++) {
            const double value = m->values[i * m->columns + j];
            s->zeros |= fabs(value) < 1 / KOOP_AXIS_LARGEST;
            s->negatives |= value <= -1 / KOOP_AXIS_LARGEST && value >= -KOOP_AXIS_LARGEST;
            s->not_finite |= !(fabs(value) <= KOOP_AXIS_LARGEST);
        }
}

static koop_status gather(scene *s) {
    const koop_scene_matrix *m = s->matrix;
    double low = INFINITY, high = -INFINITY;
    if (m->rows == 0 || m->columns == 0) return KOOP_NOT_ENOUGH_DATA;
    s->wide = (m->columns + MOST_CELLS - 1) / MOST_CELLS;
    s->high = (m->rows + MOST_CELLS - 1) / MOST_CELLS;
    s->across = (m->columns + s->wide - 1) / s->wide;
    s->down = (m->rows + s->high - 1) / s->high;
    s->cells = malloc(s->across * s->down * sizeof *s->cells);
    if (!s->cells) return KOOP_NO_MEMORY;
    for (size_t i = 0; i < s->down; i++)
        for (size_t j = 0; j < s->across; j++) {
            const double value = largest(s, i, j);
            s->cells[i * s->across + j] = value;
            if (isnan(value)) {
                note_gap(s, i, j);
                continue;
            }
            low = fmin(low, value);
            high = fmax(high, value);
        }
    if (low > high) return KOOP_NOT_ENOUGH_DATA;
    s->scale = koop_axis_over(low, high, m->log, 0);
    return KOOP_OK;
}

/* The label of row or column `i`, an index of the matrix. */
static const char *label(const scene *s, size_t i, char out[KOOP_AXIS_LABEL_BYTES]) {
    if (s->matrix->labels) return s->matrix->labels[i];
    return koop_axis_number((double)i, 9, out);
}

static double widest_label(const scene *s, size_t n) {
    char text[KOOP_AXIS_LABEL_BYTES];
    double widest = 0;
    for (size_t i = 0; i < n; i++) {
        const double width = koop_svg_text_width(label(s, i, text), SMALL);
        if (width > widest) widest = width;
    }
    return fmin(widest, 160);
}

/* A length in which n cells of some pixels each are all of one size. */
static double whole_cells(double length, size_t n) {
    const double cell = floor(length / (double)n);
    return cell >= 4 ? cell * (double)n : floor(length);
}

/* Where the cells lie; KOOP_TOO_LARGE when nothing is left for them. */
static koop_status lay_out(scene *s, koop_scene_frame *size) {
    const koop_scene_matrix *m = s->matrix;
    const bool notes = s->gaps || s->wide > 1 || s->high > 1;
    s->left = MARGIN + (m->down ? 20 : 0) + widest_label(s, m->rows) + 8;
    s->below = 22 + (m->across ? 20 : 0) + (notes ? KOOP_CHART_ROW + 2 : 0) + 8;
    const double right = BAR_GAP + BAR + BAR_LABELS;
    s->x = ceil(s->left);
    s->y = koop_chart_top(size->title) + 8;
    s->width = size->width ? size->width - s->x - right : SIDE;
    s->height = size->height ? size->height - s->y - s->below : SIDE;
    if (m->rows == m->columns) s->width = s->height = fmin(s->width, s->height);
    s->width = whole_cells(s->width, s->across);
    s->height = whole_cells(s->height, s->down);
    if (size->width == 0) size->width = (int)(s->x + s->width + right);
    if (size->height == 0) size->height = (int)(s->y + s->height + s->below);
    return s->width >= LEAST_SIDE && s->height >= LEAST_SIDE ? KOOP_OK : KOOP_TOO_LARGE;
}

static const char *color(const scene *s, double value, char out[KOOP_PALETTE_COLOR_BYTES]) {
    koop_axis scale = s->scale;
    scale.from = 0;
    scale.to = 1;
    return isnan(value) ? NO_VALUE : koop_palette_viridis(koop_axis_at(&scale, value), out);
}

/* Left or upper end of a cell, on whole pixels, so that neighbours share their edge exactly; the
 * matrix keeps its proportions, also where the last block has less in it. */
static double cell_x(const scene *s, size_t j) {
    const double at = (double)(j * s->wide) / (double)s->matrix->columns;
    return round(s->x + s->width * fmin(at, 1));
}

static double cell_y(const scene *s, size_t i) {
    const double at = (double)(i * s->high) / (double)s->matrix->rows;
    return round(s->y + s->height * fmin(at, 1));
}

static void draw_cells(koop_svg *svg, const scene *s) {
    koop_svg_crisp(svg);
    for (size_t i = 0; i < s->down; i++)
        for (size_t j = 0; j < s->across; j++) {
            char fill[KOOP_PALETTE_COLOR_BYTES];
            const double x = cell_x(s, j), y = cell_y(s, i);
            koop_svg_rect(svg, x, y, cell_x(s, j + 1) - x, cell_y(s, i + 1) - y,
                          &(koop_svg_paint){.fill = color(s, s->cells[i * s->across + j], fill)});
        }
    koop_svg_uncrisp(svg);
    koop_svg_rect(svg, s->x, s->y, s->width, s->height, &(koop_svg_paint){.stroke = "#444444"});
}

static void draw_bar(koop_svg *svg, const scene *s) {
    const double x = s->x + s->width + BAR_GAP, step = s->height / SPAN;
    koop_tick ticks[KOOP_AXIS_TICKS];
    koop_axis scale = s->scale;
    char text[KOOP_SVG_TEXT_BYTES];
    scale.from = s->y + s->height;
    scale.to = s->y;
    koop_svg_crisp(svg);
    for (int i = 0; i < SPAN; i++) {
        char fill[KOOP_PALETTE_COLOR_BYTES];
        koop_palette_viridis((i + 0.5) / SPAN, fill);
        koop_svg_rect(svg, x, scale.from - (i + 1) * step, BAR, step,
                      &(koop_svg_paint){.fill = fill});
    }
    koop_svg_uncrisp(svg);
    koop_svg_rect(svg, x, s->y, BAR, s->height, &(koop_svg_paint){.stroke = "#444444"});
    const int wanted = (int)fmax(2, fmin(10, s->height / 48));
    const int n = koop_axis_ticks(&scale, wanted, ticks);
    for (int i = 0; i < n; i++) {
        const double y = koop_axis_at(&scale, ticks[i].value);
        koop_svg_line(svg, x + BAR, y, x + BAR + (*ticks[i].label ? 5 : 3), y,
                      &(koop_svg_paint){.stroke = "#444444"});
        if (*ticks[i].label)
            koop_svg_text(svg, x + BAR + 8, y + 0.35 * SMALL, &(koop_svg_font){.size = SMALL},
                          ticks[i].label);
    }
    if (s->matrix->value)
        koop_svg_text(
            svg, x + BAR + BAR_LABELS - 10, s->y + s->height / 2,
            &(koop_svg_font){.size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_MIDDLE, .upward = true},
            koop_svg_fit(s->matrix->value, KOOP_CHART_LABEL, s->height, text));
}

/* Every how many of n labels, of `room` pixels each, have place in `length`. */
static size_t every(size_t n, double room, double length) {
    static const size_t steps[] = {1, 2, 5};
    for (size_t power = 1;; power *= 10)
        for (int i = 0; i < 3; i++)
            if ((double)(steps[i] * power) * length >= room * (double)n) return steps[i] * power;
}

static void draw_labels(koop_svg *svg, const scene *s) {
    const koop_scene_matrix *m = s->matrix;
    char number[KOOP_AXIS_LABEL_BYTES], text[KOOP_SVG_TEXT_BYTES];
    const double bottom = s->y + s->height;
    size_t step = every(m->rows, SMALL + 4, s->height);
    for (size_t i = 0; i < m->rows; i += step)
        koop_svg_text(svg, s->x - 6, s->y + s->height * ((double)i + 0.5) / (double)m->rows + 4,
                      &(koop_svg_font){.size = SMALL, .anchor = KOOP_SVG_END},
                      koop_svg_fit(label(s, i, number), SMALL, 160, text));
    step = every(m->columns, widest_label(s, m->columns) + 8, s->width);
    for (size_t j = 0; j < m->columns; j += step)
        koop_svg_text(svg, s->x + s->width * ((double)j + 0.5) / (double)m->columns, bottom + 16,
                      &(koop_svg_font){.size = SMALL, .anchor = KOOP_SVG_MIDDLE},
                      koop_svg_fit(label(s, j, number), SMALL, 160, text));
    if (m->across)
        koop_svg_text(svg, s->x + s->width / 2, bottom + 36,
                      &(koop_svg_font){.size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_MIDDLE},
                      koop_svg_fit(m->across, KOOP_CHART_LABEL, s->width + 120, text));
    if (m->down)
        koop_svg_text(
            svg, MARGIN + 6, s->y + s->height / 2,
            &(koop_svg_font){.size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_MIDDLE, .upward = true},
            koop_svg_fit(m->down, KOOP_CHART_LABEL, s->height, text));
}

static void draw_notes(koop_svg *svg, const scene *s) {
    char text[160] = "";
    const double y = s->y + s->height + s->below - 12;
    double x = s->x;
    if (s->gaps) {
        koop_svg_rect(svg, x, y - 10, 12, 12,
                      &(koop_svg_paint){.fill = NO_VALUE, .stroke = "#888888"});
        snprintf(text, sizeof text, "%s%s%s%s%s", s->zeros ? "0" : "",
                 s->zeros && s->negatives ? ", " : "", s->negatives ? "negative" : "",
                 (s->zeros || s->negatives) && s->not_finite ? ", " : "",
                 s->not_finite ? "not finite" : "");
        koop_svg_text(svg, x + 18, y, &(koop_svg_font){.size = SMALL}, text);
        x += 18 + koop_svg_text_width(text, SMALL) + 20;
    }
    if (s->wide > 1 || s->high > 1) {
        snprintf(text, sizeof text, "each cell: the largest of %zu × %zu values", s->high, s->wide);
        koop_svg_text(svg, x, y, &(koop_svg_font){.size = SMALL}, text);
    }
}

koop_status koop_scene_heatmap(koop_svg *svg, const koop_scene_frame *frame,
                               const koop_scene_matrix *matrix) {
    scene s = {.matrix = matrix};
    koop_scene_frame size = *frame;
    koop_status status = gather(&s);
    if (status == KOOP_OK) status = lay_out(&s, &size);
    if (status == KOOP_OK) {
        koop_svg_begin(svg, size.width, size.height, frame->title);
        koop_chart_title(svg, size.width, frame->title);
        draw_cells(svg, &s);
        draw_bar(svg, &s);
        draw_labels(svg, &s);
        draw_notes(svg, &s);
        status = koop_svg_end(svg);
    }
    free(s.cells);
    return status;
}
