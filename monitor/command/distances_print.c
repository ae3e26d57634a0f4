#include "distances_print.h"
#include "complain.h"
#include "npy_output.h"
#include "print.h"
#include "text.h"
#include "view_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_BYTES = 32 };

static const koop_side_item *item_of(const koop_distances *d, int row) {
    return &d->side->items[d->order[row]];
}

static double at(const koop_distances *d, int row, int column) {
    return d->matrix[(size_t)row * (size_t)d->n + (size_t)column];
}

/* The operand; with a number where it holds several spectra. */
static void name_of(const koop_distances *d, int row, char out[KOOP_PRINT_PATH_BYTES]) {
    const koop_side *side = d->side;
    const int item = d->order[row], operand = side->items[item].operand;
    int first = item;
    while (first > 0 && side->items[first - 1].operand == operand) first--;
    const bool alone =
        first == item && (item + 1 == side->n || side->items[item + 1].operand != operand);
    if (alone)
        snprintf(out, KOOP_PRINT_PATH_BYTES, "%s", side->operands[operand]);
    else
        snprintf(out, KOOP_PRINT_PATH_BYTES, "%s#%d", side->operands[operand], item - first);
}

static void safe_name_of(const koop_distances *d, int row, char out[KOOP_PRINT_PATH_BYTES]) {
    char name[KOOP_PRINT_PATH_BYTES];
    name_of(d, row, name);
    koop_print_path(name, out);
}

/* In characters, not bytes. */
static int width_of(const char *text) {
    int width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static int cell_width(const koop_distances *d) {
    int most = 1;
    for (int i = 0; i < d->n * d->n; i++) {
        char cell[CELL_BYTES];
        const int width = snprintf(cell, sizeof cell, "%.4g", d->matrix[i]);
        if (width > most) most = width;
    }
    return most;
}

static int name_width(const koop_distances *d) {
    char name[KOOP_PRINT_PATH_BYTES];
    int most = 0;
    for (int i = 0; i < d->n; i++) {
        safe_name_of(d, i, name);
        if (width_of(name) > most) most = width_of(name);
    }
    return most;
}

static void print_table(const koop_distances *d) {
    char name[KOOP_PRINT_PATH_BYTES];
    const int cell = cell_width(d), wide = name_width(d);
    printf("%s distances of %d spectra\n", koop_distance_name(d->distance), d->n);
    printf("%*s", wide + 6, "");
    for (int j = 0; j < d->n; j++) printf("  %*d", cell, j + 1);
    for (int i = 0; i < d->n; i++) {
        safe_name_of(d, i, name);
        printf("\n  %2d  %s%*s", i + 1, name, wide - width_of(name), "");
        for (int j = 0; j < d->n; j++) printf("  %*.4g", cell, at(d, i, j));
    }
    putchar('\n');
}

static int rising(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_pair(const koop_distances *d, const char *what, const int pair[2]) {
    char one[KOOP_PRINT_PATH_BYTES], other[KOOP_PRINT_PATH_BYTES];
    safe_name_of(d, pair[0], one);
    safe_name_of(d, pair[1], other);
    printf("  %-9s %s and %s: %.6g\n", what, one, other, at(d, pair[0], pair[1]));
}

static int print_summary(const koop_distances *d) {
    char n[KOOP_TEXT_BYTES], m[KOOP_TEXT_BYTES];
    const size_t pairs = (size_t)d->n * (size_t)(d->n - 1) / 2;
    int nearest[2] = {0, 1}, farthest[2] = {0, 1};
    size_t used = 0;
    double *sorted = malloc(pairs * sizeof *sorted);
    if (!sorted) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    for (int i = 0; i < d->n; i++)
        for (int j = i + 1; j < d->n; j++) {
            const double distance = sorted[used++] = at(d, i, j);
            if (distance < at(d, nearest[0], nearest[1]))
                memcpy(nearest, (int[2]){i, j}, sizeof nearest);
            if (distance > at(d, farthest[0], farthest[1]))
                memcpy(farthest, (int[2]){i, j}, sizeof farthest);
        }
    qsort(sorted, pairs, sizeof *sorted, rising);
    printf("%s distances of %s spectra, %s pairs\n", koop_distance_name(d->distance),
           koop_text_count(n, d->n), koop_text_count(m, (int64_t)pairs));
    printf("  least %.6g, median %.6g, largest %.6g\n", sorted[0],
           sorted[(pairs - 1) / 2] / 2 + sorted[pairs / 2] / 2, sorted[pairs - 1]);
    print_pair(d, "nearest", nearest);
    print_pair(d, "farthest", farthest);
    free(sorted);
    return KOOP_EXIT_OK;
}

static void print_sizes(const koop_distances *d) {
    int least = item_of(d, 0)->modes, most = least;
    for (int i = 1; i < d->n; i++) {
        const int modes = item_of(d, i)->modes;
        least = modes < least ? modes : least;
        most = modes > most ? modes : most;
    }
    if (least < most && d->distance == KOOP_DISTANCE_ASSIGNMENT)
        printf("  spectra of %d to %d modes: unequal ones are transported with equal weights\n",
               least, most);
}

int koop_distances_print_text(const koop_distances *d) {
    int code = KOOP_EXIT_OK;
    if (d->n <= KOOP_DISTANCES_TABLE)
        print_table(d);
    else
        code = print_summary(d);
    if (code == KOOP_EXIT_OK) print_sizes(d);
    return code;
}

static json_t *names_to_json(const koop_distances *d) {
    char name[KOOP_PRINT_PATH_BYTES];
    json_t *list = json_array();
    for (int i = 0; i < d->n; i++) {
        name_of(d, i, name);
        json_array_append_new(list, koop_print_string(name));
    }
    return list;
}

static json_t *modes_to_json(const koop_distances *d) {
    json_t *list = json_array();
    for (int i = 0; i < d->n; i++) json_array_append_new(list, json_integer(item_of(d, i)->modes));
    return list;
}

static json_t *order_to_json(const koop_distances *d) {
    json_t *list = json_array();
    for (int i = 0; i < d->n; i++) json_array_append_new(list, json_integer(d->order[i]));
    return list;
}

static json_t *ends_to_json(const koop_distances *d) {
    json_t *list = json_array();
    for (int i = 0; i < d->n; i++)
        json_array_append_new(list, json_integer((json_int_t)item_of(d, i)->end));
    return list;
}

static json_t *row_to_json(const koop_distances *d, int row) {
    json_t *list = json_array();
    for (int j = 0; j < d->n; j++) json_array_append_new(list, json_real(at(d, row, j)));
    return list;
}

/* Row by row: as one tree, sixteen million numbers would take a gigabyte. */
int koop_distances_print_json(const koop_distances *d) {
    printf("{\"schema\":%d,\"names\":", KOOP_JSON_SCHEMA);
    int code = koop_print_json_part(stdout, names_to_json(d));
    printf(",\"distance\":\"%s\",\"modes\":", koop_distance_name(d->distance));
    if (code == KOOP_EXIT_OK) code = koop_print_json_part(stdout, modes_to_json(d));
    fputs(",\"matrix\":[", stdout);
    for (int i = 0; i < d->n && code == KOOP_EXIT_OK; i++) {
        if (i > 0) putchar(',');
        code = koop_print_json_part(stdout, row_to_json(d, i));
    }
    fputs("],\"order\":", stdout);
    if (code == KOOP_EXIT_OK) code = koop_print_json_part(stdout, order_to_json(d));
    if (d->windows) fputs(",\"ends\":", stdout);
    if (d->windows && code == KOOP_EXIT_OK) code = koop_print_json_part(stdout, ends_to_json(d));
    puts("}");
    return code;
}

int koop_distances_write_npy(const koop_distances *d, const char *path, bool force) {
    return koop_npy_output("distances", path, force, d->n, d->n, false, d->matrix);
}
