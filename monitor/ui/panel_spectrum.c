/* The eigenvalues in the plane: now, and one window ago; or how far the window has filled.
 *
 * Shape carries the meaning, colour only helps: ● trusted, ○ residual too large to be trusted,
 * • one window ago; a digit is so many modes of now in one place. Modes outside the part shown are counted, and drawn in an inset of the disk. */
#include "panel.h"
#include "plot.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NOW_TRUSTED = 0x25CF, NOW_UNSURE = 0x25CB, BEFORE = 0x2022 };
enum { INSET_ROWS = 5, INSET_COLS = 10 };

typedef struct plot {
    koop_area area;
    koop_plane plane;
    int width, height; /* dots */
} plot;

/* The cell in which the plane shows a mode, or false. */
static bool cell_of(const plot *p, const koop_mode *mode, int *row, int *col) {
    int x, y;
    if (!koop_zoom_dot(&p->plane, mode, p->width, p->height, &x, &y)) return false;
    *row = y / koop_plot_dots_y(p->area.canvas->glyphs);
    *col = x / koop_plot_dots_x(p->area.canvas->glyphs);
    return true;
}

static bool is_trusted(const koop_mode *mode) {
    return mode->residual < KOOP_TRUSTED_RESIDUAL;
}

static void draw_before(const plot *p, const koop_spectrum *spectrum) {
    int row, col;
    for (int j = 0; j < spectrum->rank; j++)
        if (cell_of(p, &spectrum->modes[j], &row, &col))
            koop_area_put(p->area, row, col, BEFORE, KOOP_DIM);
}

static void draw_now(const plot *p, const koop_spectrum *spectrum) {
    for (int j = 0; j < spectrum->rank; j++) {
        int row, col, at_row, at_col, here = 0;
        bool sure = false;
        if (!cell_of(p, &spectrum->modes[j], &row, &col)) continue;
        for (int k = 0; k < spectrum->rank; k++) {
            if (!cell_of(p, &spectrum->modes[k], &at_row, &at_col)) continue;
            if (at_row != row || at_col != col) continue;
            here++;
            sure = sure || is_trusted(&spectrum->modes[k]);
        }
        uint32_t glyph = sure ? NOW_TRUSTED : NOW_UNSURE;
        if (here > 1) glyph = (uint32_t)('0' + (here < 9 ? here : 9));
        koop_area_put(p->area, row, col, glyph, sure ? KOOP_ROLE_MODE | KOOP_BOLD : KOOP_ROLE_MODE);
    }
}

/* Modes of the spectrum that the plane does not show; of a pair among rates the upper half counts.
 */
static int outside(const plot *p, const koop_spectrum *spectrum) {
    int n = 0, x, y;
    for (int j = 0; j < spectrum->rank; j++) {
        const koop_mode *mode = &spectrum->modes[j];
        if (p->plane.rates && mode->frequency < 0) continue;
        n += !koop_zoom_dot(&p->plane, mode, p->width, p->height, &x, &y);
    }
    return n;
}

/* Unit circle and real axis; or the line of zero growth and that of zero frequency. */
static void draw_axes(const plot *p) {
    const koop_plane *plane = &p->plane;
    int zero_x = (int)lround(-plane->x0 * plane->sx), zero_y = (int)lround(plane->y0 * plane->sy);
    if (plane->rates) {
        koop_plot_line(p->area, zero_x, 0, zero_x, p->height - 1, 1, KOOP_DIM);
        koop_plot_line(p->area, 0, zero_y, p->width - 1, zero_y, 4, KOOP_DIM);
        return;
    }
    koop_plot_circle(p->area, -plane->x0 * plane->sx, plane->y0 * plane->sy, plane->sx, KOOP_DIM);
    koop_plot_line(p->area, 0, zero_y, p->width - 1, zero_y, 4, KOOP_DIM);
}

static bool is_mode(const plot *p, const koop_cell *cell) {
    koop_glyphs glyphs = p->area.canvas->glyphs;
    return (cell->style & KOOP_ROLE_MASK) == KOOP_ROLE_MODE ||
           cell->glyph == koop_glyph_plain(BEFORE, glyphs);
}

/* A number at the edge, unless a mode is there: no reading is worth hiding one. */
static void draw_number(const plot *p, int row, int col, const char *text) {
    for (int i = 0; text[i] != '\0'; i++) {
        const koop_cell *cell = koop_area_cell(p->area, row, col + i);
        if (cell == NULL || is_mode(p, cell)) return;
    }
    koop_area_text(p->area, row, col, text, KOOP_DIM);
}

/* What the left and right ends and the top stand for. */
static void draw_scale(const plot *p) {
    const koop_plane *plane = &p->plane;
    char text[KOOP_TEXT_BYTES];
    int cols = p->area.rect.cols, rows = p->area.rect.rows;
    int row = (int)lround(plane->y0 * plane->sy) / koop_plot_dots_y(p->area.canvas->glyphs) + 1;
    if (cols < 24 || rows < 6) return;
    if (row > rows - 1) row = rows - 1;
    snprintf(text, sizeof text, "%.3g", plane->x0);
    draw_number(p, row, 0, text);
    snprintf(text, sizeof text, "%.3g", plane->x0 + (p->width - 1) / plane->sx);
    draw_number(p, row, cols - (int)strlen(text), text);
    snprintf(text, sizeof text, plane->rates ? "%.2g" : "%+.2gi", plane->y0);
    draw_number(p, 0, cols - (int)strlen(text), text);
}

/* The whole disk, small, in the corner that a zoom near 1 leaves empty. */
static void draw_inset(const plot *p, const koop_spectrum *spectrum) {
    koop_area area = koop_area_part(p->area, (koop_rect){0, 0, INSET_ROWS, INSET_COLS});
    koop_glyphs glyphs = area.canvas->glyphs;
    if (p->area.rect.rows < 3 * INSET_ROWS - 2 || p->area.rect.cols < 3 * INSET_COLS) return;
    if (glyphs != KOOP_GLYPHS_BRAILLE) return; /* ten columns hold no circle of half blocks */
    int width = INSET_COLS * 2, height = INSET_ROWS * 4;
    for (int r = 0; r < INSET_ROWS; r++) koop_area_fill(area, r, 0, INSET_COLS, ' ', 0);
    koop_plane plane = koop_zoom_plane(1, width, height);
    koop_plot_circle(area, -plane.x0 * plane.sx, plane.y0 * plane.sy, plane.sx, KOOP_DIM);
    for (int j = 0; j < spectrum->rank; j++) {
        int x, y;
        if (!koop_zoom_dot(&plane, &spectrum->modes[j], width, height, &x, &y)) continue;
        koop_plot_dot(area, x, y, KOOP_ROLE_MODE);
        koop_area_cell(area, y / 4, x / 2)->style = KOOP_ROLE_MODE | KOOP_BOLD;
    }
    koop_area_text(p->area, INSET_ROWS, 1, "all modes", KOOP_DIM);
}

static void draw_legend(const plot *p, const koop_view *view, koop_area area, int row) {
    static const char *const before[] = {"one window ago", "before"};
    int cols = area.rect.cols, hidden = outside(p, &view->spectrum);
    char text[32];
    snprintf(text, sizeof text, cols >= 37 ? "%d outside" : "%d out", hidden);
    if (hidden > 0) cols = koop_area_right(area, row, cols, text, KOOP_DIM) - 2;
    koop_area legend = koop_area_part(area, (koop_rect){row, 0, 1, cols});
    koop_area_put(legend, 0, 0, NOW_TRUSTED, KOOP_ROLE_MODE | KOOP_BOLD);
    int col = koop_area_text(legend, 0, 2, "now", KOOP_DIM) + 2;
    koop_area_put(legend, 0, col, NOW_UNSURE, KOOP_ROLE_MODE);
    col = koop_area_text(legend, 0, col + 2, "unsure", KOOP_DIM) + 2;
    for (int i = 0; i < 2 && view->has_previous; i++) {
        if (col + 2 + (int)strlen(before[i]) > cols) continue;
        koop_area_put(legend, 0, col, BEFORE, KOOP_DIM);
        koop_area_text(legend, 0, col + 2, before[i], KOOP_DIM);
        return;
    }
}

static void draw_filling(const koop_view *view, koop_area area) {
    char text[128], eta[KOOP_TEXT_BYTES];
    int row = area.rect.rows / 2 - 2, cols = area.rect.cols;
    int bar = cols < 32 ? cols : 32;
    row = row < 1 ? 1 : row;
    if (view->filled >= view->window) {
        row += koop_area_wrap(area, row, 0, 2, "window full, and no spectrum:", KOOP_BOLD);
        koop_area_wrap(area, row, 0, 3, "the weights do not move", KOOP_ROLE_TEXT);
        return;
    }
    snprintf(text, sizeof text, "%d of %d snapshots%s%s", view->filled, view->window,
             view->eta_s > 0 ? "; first spectrum in about " : "",
             view->eta_s > 0 ? koop_text_duration(eta, view->eta_s) : "");
    row += koop_area_wrap(area, row, 0, 3, text, KOOP_BOLD);
    koop_area_fill(area, row, 0, bar, 0x2591, KOOP_DIM);
    koop_plot_share(area, row, 0, bar, (double)view->filled / view->window, KOOP_ROLE_DATA);
}

static koop_plane choose_plane(const koop_scene *scene, int width, int height, char *note,
                               size_t size) {
    const koop_control *control = scene->control;
    bool near = control->zoom_mode == KOOP_ZOOM_NEAR_ONE && control->zoom > 1;
    if (control->zoom_mode == KOOP_ZOOM_RATES) {
        snprintf(note, size, "growth across, cycles up");
        return koop_zoom_rates(&scene->view->spectrum, width, height);
    }
    if (near)
        snprintf(note, size, "zoom %g× near 1", control->zoom);
    else
        snprintf(note, size, "full disk");
    return koop_zoom_plane(near ? control->zoom : 1, width, height);
}

static void draw(const koop_scene *scene, koop_area area) {
    const koop_view *view = scene->view;
    koop_glyphs glyphs = area.canvas->glyphs;
    char note[48];
    if (!view->has_spectrum) {
        koop_panel_heading(area, "spectrum", NULL);
        draw_filling(view, area);
        return;
    }
    plot p = {.area = koop_area_part(area, (koop_rect){1, 0, area.rect.rows - 2, area.rect.cols})};
    p.width = p.area.rect.cols * koop_plot_dots_x(glyphs);
    p.height = p.area.rect.rows * koop_plot_dots_y(glyphs);
    if (p.width < 2 || p.height < 2) return;
    p.plane = choose_plane(scene, p.width, p.height, note, sizeof note);
    koop_panel_heading(area, "spectrum", note);
    draw_axes(&p);
    if (outside(&p, &view->spectrum) > 0 && !p.plane.rates) draw_inset(&p, &view->spectrum);
    if (view->has_previous) draw_before(&p, &view->previous);
    draw_now(&p, &view->spectrum);
    draw_scale(&p);
    draw_legend(&p, view, area, area.rect.rows - 1);
}

const koop_panel koop_panel_spectrum = {"spectrum", draw};
