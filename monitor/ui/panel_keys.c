/* The last row: the keys that do something now. */
#include "panel.h"

enum { GAP = 3 };

typedef struct hint {
    const char *key, *what;
    bool shown;
} hint;

static int columns_of(const hint *h, koop_glyphs glyphs) {
    return koop_glyph_columns(h->key, glyphs) + 1 + koop_glyph_columns(h->what, glyphs) + GAP;
}

/* Leaves out from the front what does not fit: the way out stands last. */
static void draw_hints(hint *hints, int n, koop_area area) {
    koop_glyphs glyphs = area.canvas->glyphs;
    int margin = area.rect.cols >= 40, col = margin, total = 2 * margin - GAP;
    for (int i = 0; i < n; i++)
        if (hints[i].shown) total += columns_of(&hints[i], glyphs);
    for (int i = 0; i < n; i++) {
        if (!hints[i].shown) continue;
        if (total > area.rect.cols && i < n - 1) {
            total -= columns_of(&hints[i], glyphs);
            continue;
        }
        col = koop_area_text(area, 0, col, hints[i].key, KOOP_BOLD);
        col = koop_area_text(area, 0, col + 1, hints[i].what, KOOP_DIM) + GAP;
    }
}

static void draw(const koop_scene *scene, koop_area area) {
    const koop_view *view = scene->view;
    bool help = scene->control->page == KOOP_PAGE_HELP;
    bool events = scene->control->page == KOOP_PAGE_EVENTS && view != NULL;
    bool overview = !help && !events && view != NULL;
    bool any = view != NULL && view->n_events > 0 && !help;
    const koop_playback *replay = scene->playback;
    bool playing = replay != NULL && !replay->finished && overview;
    bool paused = replay != NULL ? replay->paused : scene->control->paused;
    hint hints[] = {{"j/k", "scroll", help},
                    {"Space", paused ? "go on" : "pause", overview && replay == NULL},
                    {"j/k", "run", overview && scene->n_runs > 1},
                    {"n/N", "event", any},
                    {"z", "zoom", overview && view->has_spectrum},
                    {"Enter", "events", overview && any},
                    {"g", "start", overview && replay != NULL},
                    {"G", "end", playing},
                    {".", "step", playing},
                    {"+/-", "speed", playing},
                    {"Space", paused ? "go on" : "pause", playing},
                    {"Esc", "back", help || events},
                    {"?", "help", !help},
                    {"q", replay != NULL ? "leave" : "detach", true}};
    draw_hints(hints, (int)(sizeof hints / sizeof *hints), area);
}

const koop_panel koop_panel_keys = {"keys", draw};
