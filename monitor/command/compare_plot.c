#include "compare_plot.h"
#include "complain.h"
#include "output_file.h"
#include "plot_command.h"
#include "plot_data.h"
#include "scene.h"
#include "transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 512 };

/* What one side's series borrows. */
typedef struct drawing {
    char name[NAME_BYTES];
    double *z;
    bool *hollow;
    int *partner;
} drawing;

static void clear(drawing *d) {
    free(d->z);
    free(d->hollow);
    free(d->partner);
}

int koop_compare_plot_settle(const koop_compare_picture *picture) {
    if (!picture->path) return KOOP_PROCEED;
    if (strcmp(picture->path, "-") == 0)
        return koop_complain(KOOP_EXIT_USAGE, "compare: --plot wants a file: the verdict goes to "
                                              "standard output");
    return koop_output_check("compare", picture->path, picture->force);
}

static bool all_have_residuals(const koop_side *side) {
    for (int i = 0; i < side->n; i++)
        if (!side->items[i].residuals) return false;
    return true;
}

/* All eigenvalues of a side as one series. */
static koop_status collect(const koop_side *side, const char *name, drawing *d,
                           koop_scene_spectrum_series *series) {
    size_t points = 0, used = 0;
    for (int i = 0; i < side->n; i++) points += (size_t)side->items[i].modes;
    if (points > KOOP_PLOT_MOST_EIGENVALUES) return KOOP_TOO_LARGE;
    const bool known = all_have_residuals(side);
    d->z = malloc(2 * points * sizeof *d->z);
    if (known) d->hollow = malloc(points * sizeof *d->hollow);
    if (!d->z || (known && !d->hollow)) return KOOP_NO_MEMORY;
    for (int i = 0; i < side->n; i++) {
        const koop_side_item *item = &side->items[i];
        memcpy(d->z + 2 * used, item->points, 2 * (size_t)item->modes * sizeof *d->z);
        for (int j = 0; known && j < item->modes; j++)
            d->hollow[used + (size_t)j] = item->residuals[j] >= KOOP_TRUSTED_RESIDUAL;
        used += (size_t)item->modes;
    }
    if (side->n_operands > 1)
        snprintf(d->name, sizeof d->name, "%.400s and %d more", name, side->n_operands - 1);
    else
        snprintf(d->name, sizeof d->name, "%.400s", name);
    *series = (koop_scene_spectrum_series){
        .name = d->name, .n = (int)points, .z = d->z, .hollow = d->hollow};
    return KOOP_OK;
}

static koop_status match(drawing *d, koop_scene_spectrum_series series[2]) {
    koop_transport *transport = NULL;
    double distance;
    d->partner = malloc((size_t)series[0].n * sizeof *d->partner);
    if (!d->partner) return KOOP_NO_MEMORY;
    koop_status status = koop_transport_new(&transport, series[0].n);
    if (status == KOOP_OK)
        status = koop_transport_assign(transport, series[0].z, series[1].z, series[0].n, d->partner,
                                       &distance);
    koop_transport_free(transport);
    if (status == KOOP_OK) series[0].partner = d->partner;
    return status;
}

/* The verdict; untested it is longer than a picture is wide, and the distance is what it says. */
static const char *title_of(const koop_judgement *judgement, char out[KOOP_VERDICT_BYTES]) {
    const koop_finding *first = &judgement->findings[0];
    if (judgement->tested) return judgement->verdict;
    snprintf(out, KOOP_VERDICT_BYTES, "%s distance %.6g", koop_distance_name(first->distance),
             first->apart);
    return out;
}

static int refuse(koop_status status) {
    if (status == KOOP_TOO_LARGE)
        return koop_complain(KOOP_EXIT_USAGE,
                             "compare: --plot draws at most %d eigenvalues of each side",
                             KOOP_PLOT_MOST_EIGENVALUES);
    if (status == KOOP_NOT_FINITE)
        return koop_complain(KOOP_EXIT_USAGE, "compare: --plot: eigenvalues beyond 1e300");
    return koop_complain(KOOP_EXIT_USAGE, "compare: --plot: %s", koop_strstatus(status));
}

int koop_compare_plot(const koop_side *a, const koop_side *b, const koop_judgement *judgement,
                      const koop_compare_picture *picture) {
    drawing drawings[2] = {{.z = NULL}};
    koop_scene_spectrum_series series[2];
    koop_svg svg = {.text = NULL};
    const char *names[2];
    char title[KOOP_VERDICT_BYTES];
    char *const paths[2] = {a->operands[0], b->operands[0]};
    koop_plot_names(paths, 2, names);
    koop_status status = collect(a, names[0], &drawings[0], &series[0]);
    if (status == KOOP_OK) status = collect(b, names[1], &drawings[1], &series[1]);
    if (status == KOOP_OK && a->n == 1 && b->n == 1 && series[0].n == series[1].n)
        status = match(&drawings[0], series);
    if (status == KOOP_OK)
        status = koop_scene_spectrum(&svg, &(koop_scene_frame){.title = title_of(judgement, title)},
                                     series, 2);
    int code = status == KOOP_OK ? koop_output_write("compare", picture->path, picture->force,
                                                     &(koop_output_part){svg.text, svg.used}, 1)
                                 : refuse(status);
    koop_svg_free(&svg);
    clear(&drawings[0]);
    clear(&drawings[1]);
    return code;
}
