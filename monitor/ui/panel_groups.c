/* The parameter groups (layers) that move most, by their share of the recent update energy. */
#include "panel.h"
#include "plot.h"
#include "text.h"

#include <string.h>

/* Indices of the groups by falling share; equal ones in the order of the model. */
static int ordered(const koop_view *view, int order[KOOP_MAX_GROUPS]) {
    int n = view->n_groups < KOOP_MAX_GROUPS ? view->n_groups : KOOP_MAX_GROUPS;
    for (int i = 0; i < n; i++) {
        int j = i;
        for (; j > 0 && view->groups[order[j - 1]].share < view->groups[i].share; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
    return n;
}

static void draw_group(const koop_view_group *group, koop_area area, int row, int name) {
    char text[KOOP_TEXT_BYTES];
    int cols = area.rect.cols, bar = name + 1;
    koop_area_fit(area, row, 0, name, group->name, KOOP_ROLE_TEXT);
    if (cols >= 44) {
        koop_area_right(area, row, bar + 7, koop_text_size(text, group->parameters), KOOP_DIM);
        bar += 8;
    }
    koop_area_right(area, row, bar + 4, koop_text_percent(text, group->share), KOOP_ROLE_TEXT);
    koop_plot_share(area, row, bar + 5, cols - bar - 5, group->share, KOOP_ROLE_DATA);
}

static void draw(const koop_scene *scene, koop_area area) {
    int order[KOOP_MAX_GROUPS], name = 4;
    int n = ordered(scene->view, order), rows = area.rect.rows - 1;
    koop_panel_heading(area, "layers", "share of the recent update");
    for (int i = 0; i < n && i < rows; i++) {
        int wide = koop_glyph_columns(scene->view->groups[order[i]].name, area.canvas->glyphs);
        name = wide > name ? wide : name;
    }
    if (name > area.rect.cols / 3) name = area.rect.cols / 3;
    for (int i = 0; i < n && i < rows; i++)
        draw_group(&scene->view->groups[order[i]], area, 1 + i, name);
    if (n > rows && rows > 0) {
        koop_area_fill(area, rows, 0, area.rect.cols, ' ', 0);
        koop_panel_print(area, rows, 0, KOOP_DIM, "and %d more", n - rows + 1);
    }
    if (n == 0) koop_panel_print(area, 1, 0, KOOP_DIM, "not declared by the trainer");
}

const koop_panel koop_panel_groups = {"layers", draw};
