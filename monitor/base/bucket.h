/* bucket: how often something may happen: `burst` times at once, `per_s` a second in the long run. */
#ifndef KOOP_BUCKET_H
#define KOOP_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

typedef struct koop_bucket {
    bool started;
    double left; /* as of then_ms */
    int64_t then_ms;
} koop_bucket;

/* Whether it may happen now; if so it is counted. Zero-initialise; now_ms never falls. */
static inline bool koop_bucket_take(koop_bucket *bucket, int burst, int per_s, int64_t now_ms) {
    bucket->left += (double)(now_ms - bucket->then_ms) * per_s / 1000;
    if (!bucket->started || bucket->left > burst) bucket->left = burst;
    bucket->started = true;
    bucket->then_ms = now_ms;
    if (bucket->left < 1) return false;
    bucket->left--;
    return true;
}

/* Makes it rarer, as if it had happened `times` more; not for longer than a second. */
static inline void koop_bucket_charge(koop_bucket *bucket, int times, int per_s) {
    bucket->left -= times;
    if (bucket->left < -per_s) bucket->left = -per_s;
}

#endif
