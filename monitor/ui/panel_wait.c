/* Nothing to show yet: what is missing, and the lines that bring it. */
#include "panel.h"
#include "text.h"

static int draw_attach(const koop_scene *scene, koop_area area, int row) {
    static const char *const code[] = {
        "koop_client *k; koop_open(&k, NULL);",
        "koop_declare(k, \"w\", KOOP_DTYPE_FLOAT32, 1, (size_t[]){n});",
        "koop_publish(k, step, (const void *[]){w}, NULL, 0); // every step"};
    row += koop_area_wrap(area, row, 0, 2,
                          "Attach one in C: koopmon.h, -lkoopmon, three lines:", KOOP_ROLE_TEXT);
    row += area.rect.rows >= 12;
    for (int i = 0; i < 3; i++) koop_panel_print(area, row++, 2, KOOP_BOLD, "%s", code[i]);
    row += area.rect.rows >= 12;
    row +=
        koop_area_wrap(area, row, 0, 2, "and tell it where this daemon listens:", KOOP_ROLE_TEXT);
    row += area.rect.rows >= 12;
    koop_panel_print(area, row++, 2, KOOP_BOLD, "export KOOPMON_ENDPOINT=%s", scene->endpoint);
    return row;
}

static void draw(const koop_scene *scene, koop_area area) {
    int gap = area.rect.rows >= 12, row = gap;
    if (scene->playback != NULL) {
        char share[KOOP_TEXT_BYTES];
        koop_area_wrap(area, row, 0, 2, "Computing up to where the replay begins.", KOOP_BOLD);
        koop_panel_print(area, row + 1 + gap, 0, KOOP_ROLE_TEXT, "%s of the recording",
                         koop_text_percent(share, scene->playback->share));
        return;
    }
    if (scene->silent_s > 0) {
        koop_area_wrap(area, row, 0, 2, "Waiting for a daemon at", KOOP_BOLD);
        koop_panel_print(area, row + 1, 2, KOOP_ROLE_TEXT, "%s", scene->endpoint);
        row += 2 + gap;
        row += koop_area_wrap(area, row, 0, 2, "Start one in another terminal:", KOOP_ROLE_TEXT);
        koop_panel_print(area, row + gap, 2, KOOP_BOLD, "koopmon serve");
        return;
    }
    if (scene->n_runs > 0) {
        koop_area_wrap(area, row, 0, 2, "Waiting for the daemon's view of a run.", KOOP_BOLD);
        return;
    }
    row +=
        koop_area_wrap(area, row, 0, 2, "No runs yet: the daemon waits for a trainer.", KOOP_BOLD);
    draw_attach(scene, area, row + gap);
}

const koop_panel koop_panel_wait = {"wait", draw};
