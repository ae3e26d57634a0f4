#include "layout.h"

enum { GUTTER = 2, TWO_COLUMNS = 66, THREE_COLUMNS = 140 };

static int at_least(int a, int b) {
    return a > b ? a : b;
}
static int at_most(int a, int b) {
    return a < b ? a : b;
}

/* Header and keys, and from a width that affords it one blank column on either side of the rest. */
static koop_rect frame(koop_layout *layout, int rows, int cols) {
    int header = rows > 0, keys = rows >= 6;
    int margin = cols >= 40;
    layout->at[KOOP_SLOT_HEADER] = (koop_rect){0, 0, header, cols};
    layout->at[KOOP_SLOT_KEYS] = (koop_rect){rows - keys, 0, keys, cols};
    return (koop_rect){header, margin, rows - header - keys, cols - 2 * margin};
}

static koop_rect take_top(koop_rect *rest, int rows) {
    koop_rect top = {rest->row, rest->col, rows, rest->cols};
    rest->row += rows;
    rest->rows -= rows;
    return top;
}

static koop_rect take_bottom(koop_rect *rest, int rows) {
    rest->rows -= rows;
    return (koop_rect){rest->row + rest->rows, rest->col, rows, rest->cols};
}

static koop_rect take_left(koop_rect *rest, int cols) {
    koop_rect left = {rest->row, rest->col, rest->rows, cols};
    rest->col += cols + GUTTER;
    rest->cols -= cols + GUTTER;
    return left;
}

static int timeline_rows(int rows) {
    if (rows >= 24) return at_most(6 + (rows - 24) / 6, 12);
    return rows >= 18 ? 6 : rows >= 14 ? 5 : rows >= 8 ? 3 : 0;
}

/* Now above, and below it what the height affords: the runs where there are several, the layers. */
static void stack(koop_layout *layout, koop_rect rest, int n_runs, int groups) {
    int spare = rest.rows - 12;
    if (n_runs >= 2 && spare >= 3) {
        int runs = at_most(1 + n_runs, at_least(4, spare / 2));
        layout->at[KOOP_SLOT_RUNS] = take_bottom(&rest, at_most(runs, spare));
        spare = rest.rows - 12;
    }
    if (groups && spare >= 3) layout->at[KOOP_SLOT_GROUPS] = take_bottom(&rest, at_most(spare, 8));
    layout->at[KOOP_SLOT_NOW] = rest;
}

static void one_column(koop_layout *layout, koop_rect rest, int n_runs) {
    if (rest.rows >= 12 && n_runs >= 2)
        layout->at[KOOP_SLOT_RUNS] = take_bottom(&rest, at_most(1 + n_runs, rest.rows / 5));
    if (rest.rows >= 19 && rest.cols >= 16)
        layout->at[KOOP_SLOT_SPECTRUM] = take_bottom(&rest, rest.rows - 11);
    layout->at[KOOP_SLOT_NOW] = rest;
}

/* A cell is twice as high as wide: 2×rows columns make the plane square. */
static void columns(koop_layout *layout, koop_rect rest, int n_runs) {
    int wide = rest.cols >= THREE_COLUMNS && rest.rows >= 14;
    int share = wide ? rest.cols * 2 / 5 : rest.cols * 46 / 100;
    int spectrum = at_most(at_least(2 * rest.rows + 4, 28), share);
    layout->at[KOOP_SLOT_SPECTRUM] = take_left(&rest, spectrum);
    if (wide) {
        koop_rect middle = take_left(&rest, (rest.cols - GUTTER) / 2);
        stack(layout, middle, n_runs, 0);
        layout->at[KOOP_SLOT_GROUPS] = take_top(&rest, at_most(10, rest.rows / 3));
        layout->at[KOOP_SLOT_EVENTS] = rest;
    } else {
        stack(layout, rest, n_runs, 1);
    }
}

koop_layout koop_layout_overview(int rows, int cols, int n_runs) {
    koop_layout layout = {0};
    if (rows < 1 || cols < 1) return layout;
    koop_rect rest = frame(&layout, rows, cols);
    layout.at[KOOP_SLOT_TIMELINE] = take_bottom(&rest, timeline_rows(rows));
    if (rest.cols >= TWO_COLUMNS && rest.rows >= 8)
        columns(&layout, rest, n_runs);
    else
        one_column(&layout, rest, n_runs);
    return layout;
}

koop_layout koop_layout_page(int rows, int cols) {
    koop_layout layout = {0};
    if (rows < 1 || cols < 1) return layout;
    layout.at[KOOP_SLOT_PAGE] = frame(&layout, rows, cols);
    return layout;
}
