/* window_internal: what window.c and window_turn.c share: the window's state. */
#ifndef KOOP_WINDOW_INTERNAL_H
#define KOOP_WINDOW_INTERNAL_H

#include "window.h"

/* Ring of `capacity` slots. Slot i holds one snapshot's increment, its row of E, its squared norm
 * and its groups' squared steps. The newest snapshot is in slot `head`. A full window's next
 * increment goes into the oldest snapshot's slot, whose increment nobody needs: it leads from a
 * snapshot that is gone. So a rejected snapshot has damaged nothing. */

enum { BLOCK = 2048 }; /* values a block: its double copy and a few rows stay in the first caches */

struct koop_window {
    size_t n;
    int capacity, count, head, n_groups;
    int wanting; /* of the snapshots held, those whose increments are not there yet */
    koop_precision precision;
    size_t *group_end;  /* n_groups, exclusive */
    char *increments;   /* capacity × n values of `precision` */
    char *last;         /* newest snapshot, n values */
    double *gram;       /* capacity × capacity, E by slots */
    double *norm2;      /* capacity */
    double *group_step; /* capacity × n_groups */
    double *row;        /* capacity, scratch: the new row of E */
    double *step;       /* n_groups, scratch */
    const void **rows;  /* capacity, scratch: the increments that a new one is multiplied with */
    int *row_slots;
    double block[BLOCK];
    koop_window_counters counters;
};

/* Slot of the snapshot `back` old. */
static inline int slot_of(const koop_window *w, int back) {
    int slot = w->head - back;
    return slot < 0 ? slot + w->capacity : slot;
}

static inline char *increment(const koop_window *w, int slot) {
    return w->increments + (size_t)slot * w->n * (size_t)w->precision;
}

#endif
