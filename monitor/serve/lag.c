#include "lag.h"

enum { JUMP_MS = 1000 };

/* Of the snapshot, by clocks as they are taken to be; may be below 0. */
static int64_t since(const koop_lag *lag, int64_t published_ms, int64_t unix_ms) {
    return unix_ms + lag->skew_ms - published_ms;
}

static void follow_own_clock(koop_lag *lag, int64_t unix_ms, int64_t monotonic_ms) {
    const int64_t offset_ms = unix_ms - monotonic_ms, moved = offset_ms - lag->offset_ms;
    if (lag->begun && (moved >= JUMP_MS || moved <= -JUMP_MS)) lag->skew_ms -= moved;
    lag->offset_ms = offset_ms;
}

void koop_lag_note(koop_lag *lag, int64_t published_ms, int64_t unix_ms, int64_t monotonic_ms) {
    follow_own_clock(lag, unix_ms, monotonic_ms);
    if (lag->begun && lag->published_ms - published_ms >= JUMP_MS)
        lag->skew_ms -= lag->published_ms + (monotonic_ms - lag->noted_ms) - published_ms;
    const int64_t early = -since(lag, published_ms, unix_ms);
    if (early >= JUMP_MS) lag->skew_ms += early;
    lag->published_ms = published_ms;
    lag->noted_ms = monotonic_ms;
    lag->begun = true;
}

int64_t koop_lag_ms(koop_lag *lag, int64_t unix_ms, int64_t monotonic_ms) {
    if (!lag->begun) return 0;
    follow_own_clock(lag, unix_ms, monotonic_ms);
    const int64_t under_way = since(lag, lag->published_ms, unix_ms);
    return under_way > 0 ? under_way : 0;
}
