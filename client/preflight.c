#include "preflight.h"

#include "worker.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    FREE_FDS = 16,        /* libzmq and arrivals.h take 13, a name server a few more */
    FREE_THREADS = 3,     /* libzmq's two and the sender */
    FREE_BYTES = 16 << 20 /* what libzmq may take, with its messages waiting */
};

/* eventfds are what libzmq asks for; they need no path and count against every limit. */
static bool enough_fds(void) {
    int fds[FREE_FDS], n = 0;
    while (n < FREE_FDS && (fds[n] = eventfd(0, EFD_CLOEXEC)) >= 0) n++;
    for (int i = 0; i < n; i++) close(fds[i]);
    return n == FREE_FDS;
}

/* By mmap: a malloc of this size, freed, would change how the trainer's malloc works from then on. */
static bool has_room(size_t bytes) {
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return false;
    munmap(room, bytes);
    return true;
}

koop_status koop_preflight_memory(size_t beside) {
    return beside < SIZE_MAX - FREE_BYTES && has_room(FREE_BYTES + beside) ? KOOP_OK
                                                                           : KOOP_NO_MEMORY;
}

/* Ends when `gate` opens. */
static void *stand(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

koop_status koop_preflight(const char **reason) {
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[FREE_THREADS];
    koop_worker_self before;
    if (!enough_fds()) {
        *reason = "fewer than 16 file descriptors are free";
        return KOOP_IO_FAILED;
    }
    int n = 0;
    pthread_mutex_lock(&gate);
    koop_worker_be_guest(&before);
    while (n < FREE_THREADS && pthread_create(&threads[n], NULL, stand, &gate) == 0) n++;
    koop_worker_be_self(&before);
    bool memory = koop_preflight_memory(0) == KOOP_OK;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&gate);
    if (n == FREE_THREADS && memory) return KOOP_OK;
    *reason = memory ? "no more threads can be started" : "no memory for the transport";
    return memory ? KOOP_IO_FAILED : KOOP_NO_MEMORY;
}
