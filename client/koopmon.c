#include "koopmon.h"

#include "client.h"
#include "preflight.h"
#include "printable.h"
#include "record.h"
#include "sketch.h"
#include "wire_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values travel as they lie in memory");

enum { CLOSE_SLACK_MS = 40, MESSAGE_OVERHEAD = 1 << 16 };

koop_options koop_defaults(void) {
    return (koop_options){.sketch_above = 4096,
                          .sketch_size = 512,
                          .ring_slots = 1024,
                          .ring_bytes = (size_t)64 << 20};
}

static bool is_working(const koop_client *client) {
    return client && atomic_load(&client->state) == KOOP_CLIENT_WORKING;
}

static void log_line(void *owner, const char *line) {
    koop_client *client = owner;
    pthread_mutex_lock(&client->logging);
    if (client->options.log) client->options.log(client->options.log_context, line);
    pthread_mutex_unlock(&client->logging);
}

/* An abandoned thread outlives the caller's context, and may be about to log. */
static void stop_logging(koop_client *client) {
    pthread_mutex_lock(&client->logging);
    client->options.log = NULL;
    pthread_mutex_unlock(&client->logging);
}

void koop_client_disable(void *owner, const char *reason) {
    koop_client *client = owner;
    koop_client_state working = KOOP_CLIENT_WORKING;
    if (atomic_flag_test_and_set(&client->disabling)) return;
    koop_printable(reason, client->reason, sizeof client->reason); /* it may name a file */
    /* Before anybody can see it: who then closes at once would silence the line. */
    char line[sizeof client->reason + 32];
    snprintf(line, sizeof line, "monitoring is off: %s", client->reason);
    log_line(client, line);
    atomic_compare_exchange_strong(&client->state, &working, KOOP_CLIENT_DISABLED);
    if (client->worker.ring) koop_ring_shut(client->worker.ring);
}

static void free_client(void *owner) {
    koop_client *client = owner;
    koop_ring_free(client->worker.ring);
    if (client->worker.wake_fd >= 0) close(client->worker.wake_fd);
    pthread_mutex_destroy(&client->publishing);
    pthread_mutex_destroy(&client->logging);
    free(client->sketch);
    free(client);
}

static bool are_sane(const koop_options *options) {
    size_t k = options->sketch_size;
    bool sketches = options->sketch_above > 0;
    return options->mode >= KOOP_MODE_ENVIRONMENT && options->mode <= KOOP_MODE_DISABLED &&
           (!sketches || (k >= 64 && k <= 32768 && (k & (k - 1)) == 0));
}

koop_status koop_open(koop_client **out, const koop_options *options) {
    if (!out) return KOOP_BAD_ARGUMENT;
    koop_options wanted = options ? *options : koop_defaults();
    if (!are_sane(&wanted)) return KOOP_BAD_ARGUMENT;
    int kept = errno; /* the caller may be about to look at it */
    koop_client *client = calloc(1, sizeof *client);
    if (!client) return KOOP_NO_MEMORY;
    if (pthread_mutex_init(&client->publishing, NULL) != 0) goto fail;
    if (pthread_mutex_init(&client->logging, NULL) != 0) {
        pthread_mutex_destroy(&client->publishing);
        goto fail;
    }
    atomic_flag_clear(&client->disabling);
    client->options = wanted;
    client->hello.type = KOOP_WIRE_HELLO;
    koop_identity_fill(&client->hello.as.hello, wanted.run);
    koop_identity_uuid(client->hello.as.hello.run, client->uuid);
    client->worker.wake_fd = -1;
    client->worker.hello = &client->hello;
    client->worker.owner = client;
    client->worker.disable = koop_client_disable;
    client->worker.log = log_line;
    client->worker.release = free_client;
    if (koop_identity_metadata(&client->hello.as.hello, wanted.metadata) != KOOP_OK) {
        free_client(client);
        return KOOP_BAD_ARGUMENT;
    }
    koop_client_start(client);
    errno = kept;
    *out = client;
    return KOOP_OK;
fail:
    free(client);
    return KOOP_NO_MEMORY;
}

koop_status koop_declare(koop_client *client, const char *name, koop_dtype dtype, int dimensions,
                         const size_t *shape) {
    if (!is_working(client)) return KOOP_DISABLED;
    koop_wire_hello *hello = &client->hello.as.hello;
    if (client->started || hello->n_groups == KOOP_WIRE_MAX_GROUPS) return KOOP_BAD_ARGUMENT;
    if (!name || !name[0] || strlen(name) >= KOOP_WIRE_NAME_BYTES) return KOOP_BAD_ARGUMENT;
    if (dtype != KOOP_DTYPE_FLOAT32 && dtype != KOOP_DTYPE_FLOAT64) return KOOP_BAD_ARGUMENT;
    if (hello->n_groups > 0 && hello->dtype != (uint32_t)dtype) return KOOP_BAD_ARGUMENT;
    for (uint32_t g = 0; g < hello->n_groups; g++)
        if (strcmp(hello->groups[g].name, name) == 0) return KOOP_BAD_ARGUMENT;
    if (dimensions < 0 || dimensions > KOOP_WIRE_MAX_DIMS || (dimensions > 0 && !shape))
        return KOOP_BAD_ARGUMENT;
    koop_wire_group group = {.dimensions = (uint32_t)dimensions, .offset = client->values};
    for (int i = 0; i < dimensions; i++) group.shape[i] = shape[i];
    uint64_t values = koop_wire_group_values(&group);
    if (values == 0 || client->values + values > KOOP_WIRE_MAX_VALUES) return KOOP_BAD_ARGUMENT;
    memcpy(group.name, name, strlen(name) + 1);
    const koop_options *options = &client->options;
    bool sketched = options->sketch_above > 0 && values > options->sketch_above &&
                    values > options->sketch_size;
    group.sketch = sketched ? options->sketch_size : 0;
    group.length = sketched ? group.sketch : values;
    hello->dtype = (uint32_t)dtype;
    hello->groups[hello->n_groups++] = group;
    client->values += values;
    return KOOP_OK;
}

/* One slot is sent while the next snapshot is written: a ring of one would have to wait. */
static void disable_for_size(koop_client *client) {
    char reason[sizeof client->reason];
    snprintf(reason, sizeof reason,
             "two snapshots of %zu bytes do not fit into ring_bytes = %zu: raise ring_bytes, or "
             "leave sketching on (sketch_above)",
             client->bytes, client->options.ring_bytes);
    koop_client_disable(client, reason);
}

/* At the first publication: the groups are complete, so the ring's memory can be had. */
static koop_status begin(koop_client *client) {
    const koop_wire_hello *hello = &client->hello.as.hello;
    const koop_options *options = &client->options;
    uint64_t bytes = 0;
    bool sketches = false;
    if (hello->n_groups == 0) return KOOP_BAD_ARGUMENT;
    for (uint32_t g = 0; g < hello->n_groups; g++) {
        bytes += hello->groups[g].length * hello->dtype;
        sketches = sketches || hello->groups[g].sketch > 0;
    }
    client->started = true;
    if (bytes > KOOP_RECORD_MAX_PAYLOAD - MESSAGE_OVERHEAD) {
        koop_client_disable(client,
                            "a snapshot is larger than 1 GiB: let large groups be sketched");
        return KOOP_DISABLED;
    }
    client->bytes = client->worker.bytes = (size_t)bytes;
    size_t slots = options->ring_bytes / client->bytes;
    if (slots < 2) {
        disable_for_size(client);
        return KOOP_DISABLED;
    }
    if (slots > options->ring_slots) slots = options->ring_slots < 2 ? 2 : options->ring_slots;
    if (sketches) client->sketch = malloc(options->sketch_size * sizeof(double));
    if ((sketches && !client->sketch) ||
        koop_preflight_memory(slots * (client->bytes + sizeof(koop_slot))) != KOOP_OK ||
        koop_ring_allocate(client->worker.ring, slots, client->bytes) != KOOP_OK) {
        koop_client_disable(client, "no memory for the ring");
        return KOOP_DISABLED;
    }
    return KOOP_OK;
}

static bool are_good(const koop_client *client, const void *const *groups,
                     const koop_scalar *scalars, size_t n_scalars) {
    if (!groups || n_scalars > KOOP_WIRE_MAX_SCALARS || (n_scalars > 0 && !scalars)) return false;
    for (uint32_t g = 0; g < client->hello.as.hello.n_groups; g++)
        if (!groups[g]) return false;
    for (size_t i = 0; i < n_scalars; i++)
        if (!scalars[i].name || !scalars[i].name[0] ||
            strlen(scalars[i].name) >= KOOP_WIRE_SCALAR_BYTES)
            return false;
    return true;
}

static void write_sketch(koop_client *client, const koop_wire_group *group, const void *values,
                         uint8_t *out) {
    const koop_wire_hello *hello = &client->hello.as.hello;
    size_t k = (size_t)group->sketch, n = (size_t)koop_wire_group_values(group);
    double *sum = client->sketch;
    memset(sum, 0, k * sizeof *sum);
    if (hello->dtype == 8) {
        koop_sketch_add_f64(hello->seed, group->offset, values, n, sum, k);
        memcpy(out, sum, k * sizeof *sum);
        return;
    }
    koop_sketch_add_f32(hello->seed, group->offset, values, n, sum, k);
    for (size_t i = 0; i < k; i++) {
        float value = (float)sum[i];
        memcpy(out + i * sizeof value, &value, sizeof value);
    }
}

static void fill(koop_client *client, koop_slot *slot, int64_t step, const void *const *groups,
                 const koop_scalar *scalars, size_t n_scalars) {
    const koop_wire_hello *hello = &client->hello.as.hello;
    uint8_t *out = slot->data;
    slot->step = step;
    slot->time_ms = koop_identity_now_ms();
    slot->n_scalars = (uint32_t)n_scalars;
    for (size_t i = 0; i < n_scalars; i++) {
        memcpy(slot->scalars[i].name, scalars[i].name, strlen(scalars[i].name) + 1);
        slot->scalars[i].value = scalars[i].value;
    }
    for (uint32_t g = 0; g < hello->n_groups; g++) {
        const koop_wire_group *group = &hello->groups[g];
        size_t bytes = (size_t)(group->length * hello->dtype);
        if (group->sketch > 0)
            write_sketch(client, group, groups[g], out);
        else
            memcpy(out, groups[g], bytes);
        out += bytes;
    }
}

koop_status koop_publish(koop_client *client, int64_t step, const void *const *groups,
                         const koop_scalar *scalars, size_t n_scalars) {
    if (!is_working(client)) return KOOP_DISABLED;
    if (!are_good(client, groups, scalars, n_scalars)) return KOOP_BAD_ARGUMENT;
    int kept = errno;
    pthread_mutex_lock(&client->publishing);
    koop_status status = client->started ? KOOP_OK : begin(client);
    if (status == KOOP_OK && !is_working(client)) status = KOOP_DISABLED;
    if (status == KOOP_OK) {
        koop_slot *slot = koop_ring_acquire(client->worker.ring);
        fill(client, slot, step, groups, scalars, n_scalars);
        koop_ring_commit(client->worker.ring, slot);
    }
    pthread_mutex_unlock(&client->publishing);
    errno = kept;
    return status;
}

koop_status koop_flush(koop_client *client, int deadline_ms) {
    if (!is_working(client)) return KOOP_DISABLED;
    int kept = errno;
    koop_ring_wake(client->worker.ring); /* it may doze */
    koop_status status = koop_ring_drain(client->worker.ring, deadline_ms > 0 ? deadline_ms : 0);
    errno = kept;
    return status;
}

static void close_client(koop_client *closed, int deadline_ms) {
    int64_t deadline = koop_worker_now_ms() + (deadline_ms > 0 ? deadline_ms : 0);
    if (closed->has_thread) {
        koop_flush(closed, deadline_ms);
        koop_fork_forget(closed);
        stop_logging(closed);
        if (!koop_worker_stop(&closed->worker, deadline, deadline + CLOSE_SLACK_MS)) return;
    }
    free_client(closed);
}

void koop_close(koop_client **client, int deadline_ms) {
    koop_client *closed = client ? *client : NULL;
    if (!closed) return;
    *client = NULL;
    /* a copy in a child has locks that nobody will ever release: leave it as it is */
    if (atomic_load(&closed->state) == KOOP_CLIENT_FORKED) return;
    int kept = errno;
    close_client(closed, deadline_ms);
    errno = kept;
}

koop_client_counters koop_get_counters(const koop_client *client) {
    koop_client_counters counters = {0};
    if (!client || !client->worker.ring) return counters;
    counters = koop_ring_counters(client->worker.ring);
    counters.reconnects = atomic_load(&client->worker.reconnects);
    return counters;
}

const char *koop_reason(const koop_client *client) {
    if (!client) return "there is no client";
    switch (atomic_load(&client->state)) {
    case KOOP_CLIENT_WORKING:
        return NULL;
    case KOOP_CLIENT_DISABLED:
        return client->reason;
    case KOOP_CLIENT_FORKED:
        return "this process is a fork of the one that opened the client";
    }
    return NULL;
}

const char *koop_run_uuid(const koop_client *client) {
    return client ? client->uuid : "";
}
