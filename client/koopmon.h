/* koopmon.h: what a trainer links to publish weight snapshots. The whole public API of libkoopmon.
 *
 *     #include <koopmon.h>      // cc trainer.c $(pkg-config --cflags --libs koopmon)
 *
 *     koop_client *k;
 *     koop_open(&k, NULL);      // never waits, never stops the run
 *     koop_declare(k, "fc1", KOOP_DTYPE_FLOAT32, 2, (size_t[]){784, 40});
 *     koop_declare(k, "fc2", KOOP_DTYPE_FLOAT32, 2, (size_t[]){40, 10});
 *     for (int64_t step = 0; step < steps; step++) {
 *         train(fc1, fc2, &loss);
 *         koop_publish(k, step, (const void *[]){fc1, fc2}, (koop_scalar[]){{"loss", loss}}, 1);
 *     }
 *     koop_close(&k, 1000);     // at most a second
 *
 * Promises. koop_publish copies (or sketches) into a fixed ring and returns: it never waits for the
 * network or the daemon. A full ring drops its oldest unsent snapshot and counts it. What the
 * daemon has acknowledged is in its journal. With no daemon, snapshots wait in the ring and are
 * sent when one appears. Where the client cannot work (no file descriptors, after fork, a bad
 * endpoint) it disables itself, says why once through `log`, and every call is a cheap no-op that
 * returns KOOP_DISABLED. It never prints, aborts or exits, and leaves signals, errno, locale and
 * umask as they are.
 *
 * Threads: one sender thread owns the socket. koop_publish, koop_flush and koop_get_counters may be
 * called from several threads; koop_declare and koop_close from one, and koop_declare only before
 * the first koop_publish.
 *
 * Environment (an option that is set wins): KOOPMON_ENDPOINT, KOOPMON_RUN (the run's name),
 * KOOPMON_MODE = auto | offline | disabled, KOOPMON_OFFLINE_DIR (where offline recordings go),
 * KOOPMON_SERVER_KEY and KOOPMON_KEY_FILE (the keys of a connection over tcp). */
#ifndef KOOPMON_H
#define KOOPMON_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct koop_client koop_client;

typedef enum koop_client_mode {
    KOOP_MODE_ENVIRONMENT = 0, /* KOOPMON_MODE, else auto */
    KOOP_MODE_AUTO,            /* publish to the daemon */
    KOOP_MODE_OFFLINE,         /* write a recording, RUN-UUID.koop, in KOOPMON_OFFLINE_DIR or "." */
    KOOP_MODE_DISABLED         /* do nothing */
} koop_client_mode;

typedef enum koop_dtype { KOOP_DTYPE_FLOAT32 = 4, KOOP_DTYPE_FLOAT64 = 8 } koop_dtype;

typedef struct koop_scalar {
    const char *name; /* "loss", "accuracy", "lr", …; at most 32 bytes */
    double value;     /* need not be finite */
} koop_scalar;

typedef struct koop_options {
    const char *endpoint; /* "ipc:///path" or "tcp://host:port"; NULL: environment or default */
    const char *run;      /* run's name; NULL: environment, else program name and pid */
    koop_client_mode mode;
    size_t sketch_above;         /* groups of more values are sketched, where that makes them
                                    smaller; 0: never. Default 4096 */
    size_t sketch_size;          /* k, a power of two 64..32768. Default 512 */
    size_t ring_slots;           /* most snapshots that the ring holds, at least 2. Default 1024 */
    size_t ring_bytes;           /* upper bound of their data in memory; where two snapshots do not
                                    fit the client disables itself. Default 64 MiB */
    const char *const *metadata; /* key, value, key, value, …, NULL; NULL: none */
    /* Called from any thread, one call at a time, rarely, and never after koop_close began to stop
     * the sender: koop_close waits for a call that is under way, beyond its deadline if need be.
     * Must not call koop_ functions. NULL: none. */
    void (*log)(void *context, const char *line);
    void *log_context;
    /* For a daemon on tcp that asks for keys, and for any that is not on this machine: */
    const char
        *server_key;      /* its public key or a file with it; NULL: KOOPMON_SERVER_KEY, or none */
    const char *key_file; /* this side's key pair; NULL: KOOPMON_KEY_FILE, else
                               client.key_secret where koopmon keygen --client puts it */
} koop_options;

koop_options koop_defaults(void);

/* published = acknowledged + dropped + rejected + what the ring still holds. */
typedef struct koop_client_counters {
    uint64_t published;    /* accepted by koop_publish */
    uint64_t sent;         /* handed to the transport at least once */
    uint64_t acknowledged; /* in the daemon's journal (offline: in the recording) */
    uint64_t dropped;      /* oldest unsent, thrown out of a full ring */
    uint64_t rejected;     /* refused by the daemon with an error */
    uint64_t reconnects;   /* WELCOMEs after the first */
} koop_client_counters;

/* Opens a client; `options` NULL means defaults. Always gives a usable *out except for
 * KOOP_NO_MEMORY and KOOP_BAD_ARGUMENT; a client that disabled itself is still valid. */
koop_status koop_open(koop_client **out, const koop_options *options);

/* Declares the next parameter group, in the order in which koop_publish gets their data. Shape: at
 * most 8 dimensions. At most 64 groups, all of one dtype, each with a name of its own of 1 to 64
 * bytes (KOOP_BAD_ARGUMENT). */
koop_status koop_declare(koop_client *client, const char *name, koop_dtype dtype, int dimensions,
                         const size_t *shape);

/* Publishes a snapshot at the trainer's `step`: groups[g] points to the data of group g,
 * contiguous; read before the call returns. At most 32 scalars (NULL, 0: none). KOOP_OK,
 * KOOP_DISABLED, KOOP_BAD_ARGUMENT. */
koop_status koop_publish(koop_client *client, int64_t step, const void *const *groups,
                         const koop_scalar *scalars, size_t n_scalars);

/* Waits until all that was published is acknowledged, at most deadline_ms. KOOP_TIMED_OUT. */
koop_status koop_flush(koop_client *client, int deadline_ms);

/* Flushes, says goodbye until the daemon answers, both within deadline_ms; then stops the sender
 * and frees. *client becomes NULL. */
void koop_close(koop_client **client, int deadline_ms);

koop_client_counters koop_get_counters(const koop_client *client);

/* Why the client is disabled, or NULL when it works. Borrowed; valid until koop_close. */
const char *koop_reason(const koop_client *client);

/* The run's uuid, 32 hexadecimal digits. Borrowed. */
const char *koop_run_uuid(const koop_client *client);

#ifdef __cplusplus
}
#endif
#endif
