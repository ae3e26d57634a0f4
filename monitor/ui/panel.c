#include "panel.h"

#include <stdarg.h>
#include <stdio.h>

void koop_panel_heading(koop_area area, const char *title, const char *note) {
    int cols = area.rect.cols;
    int col = koop_area_fit(area, 0, 0, cols, title, KOOP_BOLD);
    int end = cols;
    if (note != NULL) {
        int wide = koop_glyph_columns(note, area.canvas->glyphs);
        if (wide + 2 <= cols - col) end = koop_area_right(area, 0, cols, note, KOOP_DIM) - 1;
    }
    koop_area_fill(area, 0, col + 1, end - col - 1, 0x2500, KOOP_DIM);
}

koop_style koop_panel_phase_style(koop_phase phase) {
    switch (phase) {
    case KOOP_PHASE_WARMING_UP:
        return KOOP_ROLE_DATA;
    case KOOP_PHASE_STEADY:
        return KOOP_ROLE_GOOD;
    case KOOP_PHASE_DRIFTING:
        return KOOP_ROLE_WATCH;
    case KOOP_PHASE_TRANSITION:
    case KOOP_PHASE_DIVERGING:
    case KOOP_PHASE_NOT_FINITE:
        return KOOP_ROLE_ALARM;
    case KOOP_PHASE_SETTLED:
        return KOOP_ROLE_DATA;
    }
    return KOOP_ROLE_TEXT;
}

char koop_panel_phase_letter(koop_phase phase) {
    switch (phase) {
    case KOOP_PHASE_WARMING_UP:
        return 'w';
    case KOOP_PHASE_STEADY:
        return 's';
    case KOOP_PHASE_DRIFTING:
        return 'd';
    case KOOP_PHASE_TRANSITION:
        return 'T';
    case KOOP_PHASE_DIVERGING:
        return 'D';
    case KOOP_PHASE_SETTLED:
        return '=';
    case KOOP_PHASE_NOT_FINITE:
        return 'N';
    }
    return '?';
}

int koop_panel_print(koop_area area, int row, int col, koop_style style, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return koop_area_fit(area, row, col, area.rect.cols - col, text, style);
}

static void draw_slot(const koop_scene *scene, koop_canvas *canvas, koop_slot slot,
                      const koop_panel *panel) {
    koop_area area = koop_area_part(koop_canvas_area(canvas), scene->layout.at[slot]);
    if (area.rect.rows > 0 && area.rect.cols > 0) panel->draw(scene, area);
}

void koop_scene_draw(koop_scene *scene, koop_canvas *canvas) {
    static const koop_panel *const overview[KOOP_SLOT_PAGE] = {
        [KOOP_SLOT_HEADER] = &koop_panel_header,     [KOOP_SLOT_SPECTRUM] = &koop_panel_spectrum,
        [KOOP_SLOT_NOW] = &koop_panel_now,           [KOOP_SLOT_RUNS] = &koop_panel_runs,
        [KOOP_SLOT_GROUPS] = &koop_panel_groups,     [KOOP_SLOT_EVENTS] = &koop_panel_events,
        [KOOP_SLOT_TIMELINE] = &koop_panel_timeline, [KOOP_SLOT_KEYS] = &koop_panel_keys};
    koop_page page = scene->control->page;
    const koop_panel *whole = page == KOOP_PAGE_HELP     ? &koop_panel_help
                              : scene->view == NULL      ? &koop_panel_wait
                              : page == KOOP_PAGE_EVENTS ? &koop_panel_events
                                                         : NULL;
    koop_canvas_clear(canvas);
    scene->layout = whole != NULL ? koop_layout_page(canvas->rows, canvas->cols)
                                  : koop_layout_overview(canvas->rows, canvas->cols, scene->n_runs);
    for (int slot = 0; slot < KOOP_SLOT_PAGE; slot++)
        draw_slot(scene, canvas, (koop_slot)slot, overview[slot]);
    if (whole != NULL) draw_slot(scene, canvas, KOOP_SLOT_PAGE, whole);
}
