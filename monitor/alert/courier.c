#include "courier.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct koop_courier {
    koop_rule rule;
    koop_courier_desk desk;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t called;
    bool woken;       /* under the mutex */
    atomic_bool stop; /* set under it, too, so that no wait misses it */
};

static struct timespec deadline_after(int64_t wait_ms) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += wait_ms / 1000;
    t.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static void rest(koop_courier *courier, int64_t wait_ms) {
    const struct timespec deadline = deadline_after(wait_ms);
    int waited = 0;
    pthread_mutex_lock(&courier->mutex);
    while (!courier->woken && !atomic_load(&courier->stop) && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&courier->called, &courier->mutex, &deadline);
    courier->woken = false;
    pthread_mutex_unlock(&courier->mutex);
}

static void *run(void *context) {
    koop_courier *courier = context;
    const koop_courier_desk *desk = &courier->desk;
    koop_parcel parcel;
    koop_outcome outcome;
    while (!atomic_load(&courier->stop)) {
        int64_t wait_ms = 0;
        if (!desk->next(desk->context, &courier->rule, &parcel, &wait_ms)) {
            rest(courier, wait_ms);
            continue;
        }
        desk->deliver(&courier->rule, &parcel.alert, &courier->stop, &outcome);
        desk->report(desk->context, &courier->rule, &parcel, &outcome);
    }
    return NULL;
}

koop_status koop_courier_start(koop_courier **out, const koop_rule *rule,
                               const koop_courier_desk *desk) {
    koop_courier *courier = calloc(1, sizeof *courier);
    if (!courier) return KOOP_NO_MEMORY;
    courier->rule = *rule;
    courier->desk = *desk;
    pthread_mutex_init(&courier->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&courier->called, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&courier->thread, NULL, run, courier) == 0) {
        *out = courier;
        return KOOP_OK;
    }
    pthread_cond_destroy(&courier->called);
    pthread_mutex_destroy(&courier->mutex);
    free(courier);
    return KOOP_NO_MEMORY;
}

static void call(koop_courier *courier, bool stop) {
    pthread_mutex_lock(&courier->mutex);
    courier->woken = true;
    if (stop) atomic_store(&courier->stop, true);
    pthread_cond_signal(&courier->called);
    pthread_mutex_unlock(&courier->mutex);
}

void koop_courier_wake(koop_courier *courier) {
    call(courier, false);
}

void koop_courier_stop(koop_courier *courier) {
    call(courier, true);
}

void koop_courier_free(koop_courier *courier) {
    if (!courier) return;
    koop_courier_stop(courier);
    pthread_join(courier->thread, NULL);
    pthread_cond_destroy(&courier->called);
    pthread_mutex_destroy(&courier->mutex);
    free(courier);
}

const koop_rule *koop_courier_rule(const koop_courier *courier) {
    return &courier->rule;
}

int64_t koop_courier_delay_ms(uint64_t number, int tries, int retry_after_s) {
    int64_t delay_ms = 1000;
    for (int i = 1; i < tries && delay_ms < KOOP_COURIER_LONGEST_MS; i++) delay_ms *= 2;
    if (delay_ms > KOOP_COURIER_LONGEST_MS) delay_ms = KOOP_COURIER_LONGEST_MS;
    /* Fibonacci hashing: neighbours come out far apart. */
    const uint64_t spread = (number * 64 + (uint64_t)tries) * 0x9e3779b97f4a7c15 >> 54;
    delay_ms = delay_ms * 3 / 4 + delay_ms / 2 * (int64_t)spread / 1024;
    const int64_t asked_ms = (int64_t)retry_after_s * 1000;
    return delay_ms > asked_ms ? delay_ms : asked_ms;
}
