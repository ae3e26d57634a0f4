/* The list of runs, the selected one marked and kept in sight. */
#include "panel.h"
#include "text.h"

#include <stdio.h>

static koop_style state_style(koop_run_state state) {
    switch (state) {
    case KOOP_RUN_LIVE:
        return KOOP_ROLE_GOOD;
    case KOOP_RUN_STALLED:
        return KOOP_ROLE_WATCH;
    case KOOP_RUN_FINISHED:
        return KOOP_DIM;
    }
    return KOOP_ROLE_TEXT;
}

static void draw_run(const koop_run_summary *run, bool selected, koop_area area, int row) {
    char step[KOOP_TEXT_BYTES];
    int cols = area.rect.cols, name = cols >= 44 ? cols - 34 : cols >= 26 ? cols - 22 : cols - 2;
    if (selected) koop_area_put(area, row, 0, 0x25B8, KOOP_BOLD);
    koop_area_fit(area, row, 2, name, run->name, selected ? KOOP_BOLD : KOOP_ROLE_TEXT);
    int col = 2 + name + 1;
    koop_area_fit(area, row, col, 8, koop_run_state_name(run->state), state_style(run->state));
    bool known = run->state != KOOP_RUN_STALLED; /* else it was so once */
    koop_area_fit(area, row, col + 9, cols - col - 9, koop_phase_name(run->phase),
                  known ? koop_panel_phase_style(run->phase) : KOOP_DIM);
    if (cols < 44) return;
    koop_area_right(area, row, cols, koop_text_count(step, run->step), KOOP_DIM);
}

static void draw(const koop_scene *scene, koop_area area) {
    char note[KOOP_TEXT_BYTES];
    int rows = area.rect.rows - 1;
    int selected = koop_control_selected(scene->control, scene->runs, scene->n_runs);
    snprintf(note, sizeof note, "%d of %d", selected + 1, scene->n_runs);
    koop_panel_heading(area, "runs", selected >= 0 ? note : NULL);
    int first = selected >= rows ? selected - rows + 1 : 0;
    for (int i = 0; i < rows && first + i < scene->n_runs; i++)
        draw_run(&scene->runs[first + i], first + i == selected, area, 1 + i);
}

const koop_panel koop_panel_runs = {"runs", draw};
