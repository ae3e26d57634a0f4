/* A child process has no sender thread, and a socket it must not touch (libzmq would loop on EINTR
 * for ever). So every client of the parent is marked FORKED in the child, before fork returns
 * there. The list and all rings are locked across the fork, so that the copies are consistent. */
#include "client.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static koop_client *first;

static void before_fork(void) {
    pthread_mutex_lock(&mutex);
    for (koop_client *c = first; c; c = c->next) koop_ring_lock(c->worker.ring);
}

static void after_fork(void) {
    for (koop_client *c = first; c; c = c->next) koop_ring_unlock(c->worker.ring);
    pthread_mutex_unlock(&mutex);
}

static void in_child(void) {
    for (koop_client *c = first; c; c = c->next) atomic_store(&c->state, KOOP_CLIENT_FORKED);
    after_fork();
}

static void install(void) {
    pthread_atfork(before_fork, after_fork, in_child);
}

void koop_fork_watch(koop_client *client) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    pthread_mutex_lock(&mutex);
    client->next = first;
    first = client;
    pthread_mutex_unlock(&mutex);
}

void koop_fork_forget(koop_client *client) {
    pthread_mutex_lock(&mutex);
    for (koop_client **at = &first; *at; at = &(*at)->next)
        if (*at == client) {
            *at = client->next;
            break;
        }
    pthread_mutex_unlock(&mutex);
}
