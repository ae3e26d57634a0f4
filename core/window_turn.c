#include "window_internal.h"

#include "linalg.h"

#include <math.h>
#include <string.h>

/* Adds a row of increments, values [at, at+size), to `sum`. */
static void add_increment(const koop_window *w, int slot, size_t at, size_t size, double *sum) {
    const void *row = increment(w, slot);
    if (w->precision == KOOP_FLOAT32)
        for (size_t i = 0; i < size; i++) sum[i] += (double)((const float *)row)[at + i];
    else
        for (size_t i = 0; i < size; i++) sum[i] += ((const double *)row)[at + i];
}

static void copy_last(const koop_window *w, size_t at, size_t size, double *x) {
    const void *last = w->last;
    if (w->precision == KOOP_FLOAT32)
        for (size_t i = 0; i < size; i++) x[i] = (double)((const float *)last)[at + i];
    else
        memcpy(x, (const double *)last + at, size * sizeof *x);
}

/* With Δ = x_t − x_{t−span}: the parts of x_{t−span} along and across x_t, both times ‖x_t‖, are
 * ‖x_t‖² − ⟨x_t, Δ⟩ and √(‖x_t‖²‖Δ‖² − ⟨x_t, Δ⟩²). */
koop_status koop_window_group_turn(const koop_window *w, int group, int span, double *angle) {
    if (span < 1 || group < 0 || group >= w->n_groups) return KOOP_BAD_ARGUMENT;
    if (span >= w->count || w->wanting > 0) return KOOP_NOT_ENOUGH_DATA;
    double x[BLOCK], moved[BLOCK], norm2 = 0, along = 0, moved2 = 0;
    const size_t end = w->group_end[group];
    for (size_t at = group > 0 ? w->group_end[group - 1] : 0; at < end; at += BLOCK) {
        size_t size = end - at < BLOCK ? end - at : BLOCK;
        memset(moved, 0, size * sizeof *moved);
        for (int back = 0; back < span; back++) add_increment(w, slot_of(w, back), at, size, moved);
        copy_last(w, at, size, x);
        norm2 += koop_linalg_norm2(x, size);
        moved2 += koop_linalg_norm2(moved, size);
        for (size_t i = 0; i < size; i++) along += x[i] * moved[i];
    }
    double across2 = norm2 * moved2 - along * along, ahead = norm2 - along;
    /* Also where they overflow. */
    if (!(norm2 > 0) || !(norm2 + moved2 > 2 * along)) return KOOP_RANK_ZERO;
    *angle = atan2(sqrt(across2 > 0 ? across2 : 0), ahead);
    return KOOP_OK;
}
