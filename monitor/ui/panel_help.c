/* How to read the screen, and every key. */
#include "panel.h"

#include <stddef.h>

typedef enum when { ALWAYS, LIVE, REPLAY } when;

typedef struct line {
    const char *term; /* NULL: a title */
    const char *text;
    when when;
} line;

static const line lines[] = {
    {NULL, "keys", ALWAYS},
    {"q", "detach; the daemon and the training go on", LIVE},
    {"q", "leave", REPLAY},
    {"? F1", "this help; Esc goes back", ALWAYS},
    {"j k Up Down", "select a run, an event in their list, or scroll; Tab: next run", LIVE},
    {"j k Up Down", "select an event in their list, or scroll", REPLAY},
    {"Enter", "the list of events, with everything known about each", ALWAYS},
    {"n N", "next and previous event; its sentence stands below the timeline", ALWAYS},
    {"z", "zoom near 1, the full disk, growth and frequency", ALWAYS},
    {"Space", "hold the picture; the daemon goes on", LIVE},
    {"Space", "pause, or go on", REPLAY},
    {". Right", "one update on, and pause there", REPLAY},
    {"+ -", "faster, slower", REPLAY},
    {"g G", "to the start; to the end, without waiting", REPLAY},
    {"Ctrl-L", "draw the screen anew; Ctrl-Z suspends, fg returns", ALWAYS},
    {NULL, "spectrum", ALWAYS},
    {"",
     "The weights of the last window of steps, read as a dynamical system: every eigenvalue is "
     "one way in which they move. On the circle it lasts, inside it fades, outside it grows; "
     "off the axis it turns. All near 1 and still: settled.",
     ALWAYS},
    {"●", "a mode of now, trusted: its residual is below 0.1", ALWAYS},
    {"○", "a mode of now, unsure: noise may have made it", ALWAYS},
    {"2 … 9", "so many modes of now in one place (9: or more)", ALWAYS},
    {"•", "where the modes were one window ago", ALWAYS},
    {NULL, "now", ALWAYS},
    {"loss", "the trainer's own; the newest value, and the curve of the last while", ALWAYS},
    {"speed", "length of one update of the weights", ALWAYS},
    {"predict",
     "error of the model's one-step forecast over that of \"nothing moves\": below 1 it "
     "knows something, a jump says the dynamics changed",
     ALWAYS},
    {"distance", "between the spectra of now and one window ago", ALWAYS},
    {"max|λ|", "largest modulus: above 1 something grows", ALWAYS},
    {"", "Each curve is drawn from its smallest to its largest value.", ALWAYS},
    {NULL, "timeline", ALWAYS},
    {"phase",
     "w warming up, s steady, d drifting, T transition, D diverging, = settled, N not finite",
     ALWAYS},
    {"▲3", "the third event: Enter lists them with their sentences and how sure they are", ALWAYS},
    {"log", "a curve that spans more than a factor 30 shows its logarithm", ALWAYS},
};

enum { TERM_COLS = 13, N_LINES = sizeof lines / sizeof *lines };

/* Draws all from `row` on (negative: above the area) and returns the row after the last. */
static int draw_lines(koop_area area, int row, when now) {
    int indent = area.rect.cols >= 50 ? TERM_COLS : 0;
    for (int i = 0; i < N_LINES; i++) {
        if (lines[i].when != ALWAYS && lines[i].when != now) continue;
        if (lines[i].term == NULL) {
            if (i > 0) row++;
            if (row >= 0 && row < area.rect.rows)
                koop_panel_heading(koop_area_part(area, (koop_rect){row, 0, 1, area.rect.cols}),
                                   lines[i].text, NULL);
            row++;
            continue;
        }
        if (lines[i].term[0] != '\0') koop_area_text(area, row, 0, lines[i].term, KOOP_BOLD);
        if (indent == 0 && lines[i].term[0] != '\0') row++;
        int col = lines[i].term[0] == '\0' ? 0 : indent > 0 ? indent : 2;
        row += koop_area_wrap(area, row, col, 8, lines[i].text, KOOP_ROLE_TEXT);
    }
    return row;
}

/* Wrapping needs an area's width but not its rows: none are drawn on. */
static int all_rows(koop_area area, when now) {
    area.rect.rows = 0;
    return draw_lines(area, 0, now);
}

static when now_of(const koop_scene *scene) {
    return scene->playback != NULL ? REPLAY : LIVE;
}

int koop_panel_help_rows(const koop_scene *scene, int cols) {
    koop_canvas none = {.cols = cols};
    koop_rect at = koop_layout_page(24, cols).at[KOOP_SLOT_PAGE];
    return all_rows((koop_area){&none, at}, now_of(scene));
}

static void draw(const koop_scene *scene, koop_area area) {
    int most = all_rows(area, now_of(scene)) - area.rect.rows, first = scene->control->help_row;
    if (first > most) first = most;
    draw_lines(area, first > 0 ? -first : 0, now_of(scene));
}

const koop_panel koop_panel_help = {"help", draw};
