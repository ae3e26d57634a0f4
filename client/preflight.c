#include "preflight.h"

#include "worker.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    FREE_FDS = 16,           /* libzmq takes 12 at most, a name server's answer a few more */
    FREE_THREADS = 3,        /* libzmq's two and the sender */
    FREE_BYTES = 4 << 20,    /* what libzmq's queues may grow by */
    THREAD_BYTES = 256 << 10 /* of a thread's own */
};

/* eventfds are what libzmq asks for; they need no path and count against every limit. */
static bool enough_fds(void) {
    int fds[FREE_FDS], n = 0;
    while (n < FREE_FDS && (fds[n] = eventfd(0, EFD_CLOEXEC)) >= 0) n++;
    for (int i = 0; i < n; i++) close(fds[i]);
    return n == FREE_FDS;
}

koop_status koop_preflight_memory(size_t beside) {
    /* volatile: the compiler may leave out a malloc whose memory nobody uses */
    void *volatile memory = beside < SIZE_MAX - FREE_BYTES ? malloc(FREE_BYTES + beside) : NULL;
    bool found = memory != NULL;
    free(memory);
    return found ? KOOP_OK : KOOP_NO_MEMORY;
}

/* Ends when `gate` opens; says whether it found memory of its own. */
static void *stand(void *gate) {
    void *volatile memory = malloc(THREAD_BYTES);
    bool found = memory != NULL;
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    free(memory);
    return found ? gate : NULL;
}

koop_status koop_preflight(const char **reason) {
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[FREE_THREADS];
    sigset_t before;
    if (!enough_fds()) {
        *reason = "fewer than 16 file descriptors are free";
        return KOOP_IO_FAILED;
    }
    int n = 0;
    pthread_mutex_lock(&gate);
    koop_worker_block_signals(&before);
    while (n < FREE_THREADS && pthread_create(&threads[n], NULL, stand, &gate) == 0) n++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    bool memory = koop_preflight_memory(0) == KOOP_OK;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < n; i++) {
        void *found = NULL;
        pthread_join(threads[i], &found);
        memory = memory && found;
    }
    pthread_mutex_destroy(&gate);
    if (n == FREE_THREADS && memory) return KOOP_OK;
    *reason = memory ? "no more threads can be started" : "no memory for the transport";
    return memory ? KOOP_IO_FAILED : KOOP_NO_MEMORY;
}
