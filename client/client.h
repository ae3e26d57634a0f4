/* client: the inside of a koop_client, shared by koopmon.c (what trainers call), start.c (what runs
 * behind it) and fork.c (what happens to it in a child process). Private to the library. */
#ifndef KOOP_CLIENT_H
#define KOOP_CLIENT_H

#include "endpoint.h"
#include "identity.h"
#include "worker.h"

typedef enum koop_client_state {
    KOOP_CLIENT_WORKING,
    KOOP_CLIENT_DISABLED, /* `reason` says why */
    KOOP_CLIENT_FORKED    /* a copy in a child: its thread does not exist, its locks may be held */
} koop_client_state;

struct koop_client {
    _Atomic koop_client_state state;
    atomic_flag disabling; /* who sets it writes `reason` */
    char reason[256];
    koop_options options;    /* pointers in it are good during koop_open only, but for log's */
    pthread_mutex_t logging; /* guards options.log, and is held while it is called */
    koop_wire_message hello;
    char uuid[KOOP_UUID_TEXT_BYTES];
    pthread_mutex_t publishing; /* one publisher at a time; guards the next four */
    bool started;               /* the first publication fixed the groups */
    uint64_t values;            /* parameters declared so far */
    size_t bytes;               /* of a snapshot's data */
    double *sketch;             /* options.sketch_size, where a group is sketched */
    bool has_thread;            /* and so a ring, a wake_fd and a place in fork.c's list */
    koop_worker worker;
    koop_client *next; /* in fork.c's list */
};

/* koopmon.c: switches the client off for good, says why once, and wakes who waits. The first reason
 * stays. `owner` is the client. */
void koop_client_disable(void *owner, const char *reason);

/* start.c: gives the client its ring and thread. Whatever does not work disables it, no more. */
void koop_client_start(koop_client *client);

/* fork.c: clients whose copies are to be disabled in child processes. */
void koop_fork_watch(koop_client *client);
void koop_fork_forget(koop_client *client);

#endif
