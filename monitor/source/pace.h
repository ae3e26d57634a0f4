/* pace: when a recorded snapshot is due on the clock of the one who watches.
 *
 * Notation.  t  Unix time of a snapshot, ms, as recorded     now  a monotonic clock, ms
 *            s  speed: recorded time over watched time; infinity: no waiting
 *
 * Time runs from the snapshot taken last, so a pause, another speed or a slow computation shift what
 * follows and never make it hurry. Recorded times that go backwards count as the same time. A gap
 * that would take longer than KOOP_PACE_GAP_MS to watch is cut to that.
 *
 * Pure; no clock of its own. */
#ifndef KOOP_PACE_H
#define KOOP_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { KOOP_PACE_GAP_MS = 2000, KOOP_PACE_BUCKETS = 64 };

typedef struct koop_pace {
    double speed;
    bool paused;
    bool begun;       /* a snapshot was taken */
    int64_t taken_ms; /* t of the one taken last (the latest so far), */
    double left_ms;   /* watched time that its gap has still to run when `since_ms` was, */
    int64_t next_ms;  /* and t of the snapshot it runs to */
    bool waiting;     /* left_ms is of use */
    int64_t since_ms;
} koop_pace;

/* How long until the snapshot of time t is due, in ms: 0 now, -1 never while paused. The first is
 * due at once. Called again and again for the same snapshot until it is. */
int64_t koop_pace_wait(koop_pace *pace, int64_t t_ms, int64_t now_ms);

/* The snapshot of time t was taken. */
void koop_pace_take(koop_pace *pace, int64_t t_ms, int64_t now_ms);

void koop_pace_set_speed(koop_pace *pace, double speed, int64_t now_ms);
void koop_pace_set_paused(koop_pace *pace, bool paused, int64_t now_ms);

/* The times of a recording, for the choice of a speed: gaps by their logarithm. */
typedef struct koop_pace_span {
    uint64_t snapshots;
    int64_t first_ms, last_ms;
    uint64_t gaps[KOOP_PACE_BUCKETS];
    double sums_ms[KOOP_PACE_BUCKETS];
} koop_pace_span;

void koop_pace_add(koop_pace_span *span, int64_t t_ms);

/* The recording's length without its pauses: gaps above 32 times the median of those that
 * are any count as so long. */
double koop_pace_active_ms(const koop_pace_span *span);

/* The speed of 1, 2, 5, 10, 20, … at which so many ms pass in `within_ms` at most; ≥ 1. */
double koop_pace_speed_for(double active_ms, double within_ms);

/* The next speed of … 0.5, 1, 2, 5, … above or below; above `top`: infinity, below infinity: `top`,
 * and 0.1 is the least. */
double koop_pace_faster(double speed, double top);
double koop_pace_slower(double speed, double top);

#endif
