#include "pace.h"

#include <math.h>

/* Lets the running gap run until now. */
static void run_to(koop_pace *pace, int64_t now_ms) {
    if (pace->waiting && !pace->paused) pace->left_ms -= (double)(now_ms - pace->since_ms);
    pace->since_ms = now_ms;
}

int64_t koop_pace_wait(koop_pace *pace, int64_t t_ms, int64_t now_ms) {
    if (!pace->begun) return 0;
    if (!pace->waiting || pace->next_ms != t_ms) {
        const double gap_ms = t_ms > pace->taken_ms ? (double)t_ms - (double)pace->taken_ms : 0;
        const double watched_ms = gap_ms / pace->speed;
        /* From when the last one was taken: what was computed meanwhile is time that has passed. */
        pace->left_ms = watched_ms < KOOP_PACE_GAP_MS ? watched_ms : KOOP_PACE_GAP_MS;
        pace->next_ms = t_ms;
        pace->waiting = true;
    }
    run_to(pace, now_ms);
    if (pace->paused) return -1;
    return pace->left_ms > 0 ? (int64_t)ceil(pace->left_ms) : 0;
}

void koop_pace_take(koop_pace *pace, int64_t t_ms, int64_t now_ms) {
    if (!pace->begun || t_ms > pace->taken_ms) pace->taken_ms = t_ms;
    pace->begun = true;
    pace->waiting = false;
    pace->since_ms = now_ms;
}

void koop_pace_set_speed(koop_pace *pace, double speed, int64_t now_ms) {
    run_to(pace, now_ms);
    if (pace->waiting) {
        const double ratio = isinf(speed) ? 0 : isinf(pace->speed) ? 1 : pace->speed / speed;
        pace->left_ms *= ratio;
        if (pace->left_ms > KOOP_PACE_GAP_MS) pace->left_ms = KOOP_PACE_GAP_MS;
    }
    pace->speed = speed;
}

void koop_pace_set_paused(koop_pace *pace, bool paused, int64_t now_ms) {
    run_to(pace, now_ms);
    pace->paused = paused;
}

void koop_pace_add(koop_pace_span *span, int64_t t_ms) {
    if (span->snapshots++ == 0) {
        span->first_ms = span->last_ms = t_ms;
        return;
    }
    if (t_ms < span->last_ms) t_ms = span->last_ms;
    const double gap_ms = (double)t_ms - (double)span->last_ms;
    int bucket = gap_ms < 1 ? 0 : 1 + ilogb(gap_ms);
    if (bucket >= KOOP_PACE_BUCKETS) bucket = KOOP_PACE_BUCKETS - 1;
    span->gaps[bucket]++;
    span->sums_ms[bucket] += gap_ms;
    span->last_ms = t_ms;
}

double koop_pace_active_ms(const koop_pace_span *span) {
    const uint64_t all = span->snapshots > 0 ? span->snapshots - 1 - span->gaps[0] : 0;
    uint64_t below = 0;
    int median = 1; /* of the gaps that are not nothing */
    while (median < KOOP_PACE_BUCKETS - 1 && 2 * (below + span->gaps[median]) < all)
        below += span->gaps[median++];
    double active_ms = 0;
    for (int i = 0; i < KOOP_PACE_BUCKETS; i++) {
        const double longest_ms = ldexp(1, median + 5) * (double)span->gaps[i];
        active_ms += span->sums_ms[i] < longest_ms ? span->sums_ms[i] : longest_ms;
    }
    return active_ms;
}

/* 1, 2, 5 times a power of ten: the speed number k, … -3 for 0.1, 0 for 1, 1 for 2, 2 for 5, … */
static double nice(int k) {
    static const double digits[] = {1, 2, 5};
    const int decade = k >= 0 ? k / 3 : -((2 - k) / 3), digit = k - 3 * decade;
    return decade >= 0 ? digits[digit] * pow(10, decade) : digits[digit] / pow(10, -decade);
}

enum { LEAST = -3, MOST = 60 };

double koop_pace_speed_for(double active_ms, double within_ms) {
    int k = 0;
    while (k < MOST && active_ms / nice(k) > within_ms) k++;
    return nice(k);
}

double koop_pace_faster(double speed, double top) {
    if (speed >= top) return INFINITY;
    int k = LEAST;
    while (k < MOST && nice(k) <= speed * (1 + 1e-9)) k++;
    return nice(k) < top ? nice(k) : top;
}

double koop_pace_slower(double speed, double top) {
    if (speed > top) return top;
    int k = MOST;
    while (k > LEAST && nice(k) >= speed * (1 - 1e-9)) k--;
    return nice(k);
}
