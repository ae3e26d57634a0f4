/* clock: the two times the monitor uses, in milliseconds. Any thread. */
#ifndef KOOP_CLOCK_H
#define KOOP_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t koop_clock_read_ms(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Monotonic: for intervals and deadlines. */
static inline int64_t koop_clock_ms(void) {
    return koop_clock_read_ms(CLOCK_MONOTONIC);
}

/* Unix time: for what is shown, and compared across processes. */
static inline int64_t koop_clock_unix_ms(void) {
    return koop_clock_read_ms(CLOCK_REALTIME);
}

#endif
