#include "patience.h"

koop_patience koop_patience_begin(int64_t now_ms) {
    return (koop_patience){.left = KOOP_PATIENCE_BURST, .at_ms = now_ms};
}

static int64_t left_at(const koop_patience *patience, int64_t now_ms) {
    int64_t passed = now_ms - patience->at_ms, most = KOOP_PATIENCE_BURST;
    if (passed > most) return most; /* asleep for long: and no overflow */
    int64_t left = patience->left + passed * KOOP_PATIENCE_PER_MS;
    return left < most ? left : most;
}

void koop_patience_sent(koop_patience *patience, uint64_t seq) {
    if (seq <= patience->last_seq) return; /* a replay: its answers were counted */
    patience->last_seq = seq;
    patience->left += KOOP_PATIENCE_PER_SNAPSHOT;
    if (patience->left > KOOP_PATIENCE_BURST) patience->left = KOOP_PATIENCE_BURST;
}

bool koop_patience_is_out(const koop_patience *patience, int64_t now_ms) {
    return left_at(patience, now_ms) <= 0;
}

bool koop_patience_take(koop_patience *patience, int64_t now_ms) {
    patience->left = left_at(patience, now_ms);
    patience->at_ms = now_ms;
    if (patience->left <= 0) return false;
    patience->left--;
    return true;
}

bool koop_patience_bear(koop_patience *patience, bool good) {
    patience->bad = good ? 0 : patience->bad + 1;
    return patience->bad < KOOP_PATIENCE_BAD;
}
