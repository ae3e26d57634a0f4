/* publisher: a trainer whose snapshots can be checked, and who writes down what it was promised.
 *
 *     publisher log=FILE [name=publisher] [count=0] [seconds=0] [rate=0] [floats=64] [slots=1024]
 *               [bytes=67108864] [flush=10000] [child=0] [sketch=0]
 *
 * Publishes until `count` snapshots are out, `seconds` are over or SIGTERM comes, `rate` a second
 * (0: as fast as it can), then waits `flush` ms for acknowledgements and closes. sketch=K: what is
 * sent are sketches of K values. child=S: once
 * something is acknowledged it forks a child that does nothing for S seconds and keeps what it
 * inherited. FILE is renewed every 50 ms and at the end, each time as a whole, so it is good
 * also after a kill: what it says was acknowledged is never too much. Its lines are read by check.c:
 *
 *     name NAME · uuid UUID · floats N · published N · acknowledged N · dropped N · rejected N
 *     held N       neither acknowledged nor dropped nor rejected
 *     reconnects N
 *     ended 0|1    1: it came to its own end
 *     slowest_us N the longest koop_publish
 *     silence_ms N the longest time between two acknowledgements, and since the last
 *     child N      process id of the idle child
 *     promised N   highest seq acknowledged
 *     kept A B     seqs A … B, not above `promised`, were never given to the transport
 *     refused N    seq that the daemon refused
 *
 * The ring's functions are wrapped by the linker (CMakeLists.txt), because the public counters say
 * how many snapshots were acknowledged, not which.
 * Exits with 0, 1 when the client disabled itself, 2 for bad usage. */
#include "content.h"
#include "koopmon.h"
#include "ring.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOG_EVERY_MS = 50, MAX_REFUSED = 4096, MAX_SEQ = 1 << 26 };

typedef struct settings {
    const char *name, *log;
    double count, seconds, rate, floats, slots, bytes, flush, child, sketch;
} settings;

/* What the wrapped functions saw; the sender's thread writes, the main thread reads. */
static struct {
    pthread_mutex_t mutex;
    uint64_t promised, n_refused, refused[MAX_REFUSED];
    uint8_t *sent; /* a bit for each seq */
    uint64_t capacity;
    double acknowledged_s, silence_s;
} seen = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static volatile sig_atomic_t told_to_end;
static pid_t child;

static void on_end(int number) {
    (void)number;
    told_to_end = 1;
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool is_sent(uint64_t seq) {
    return seq < seen.capacity && (seen.sent[seq / 8] >> (seq % 8) & 1);
}

static void note_sent(uint64_t seq) {
    if (seq < seen.capacity) seen.sent[seq / 8] |= (uint8_t)(1 << seq % 8);
}

/* The first acknowledgement ends no silence: the daemon may not have been there yet. */
static void note_silence(void) {
    double silence_s = seen.acknowledged_s > 0 ? now_s() - seen.acknowledged_s : 0;
    if (silence_s > seen.silence_s) seen.silence_s = silence_s;
}

koop_slot *__real_koop_ring_next(koop_ring *ring, size_t credit);
void __real_koop_ring_acknowledge(koop_ring *ring, uint64_t seq);
void __real_koop_ring_reject(koop_ring *ring, uint64_t seq);
koop_slot *__wrap_koop_ring_next(koop_ring *ring, size_t credit);
void __wrap_koop_ring_acknowledge(koop_ring *ring, uint64_t seq);
void __wrap_koop_ring_reject(koop_ring *ring, uint64_t seq);

koop_slot *__wrap_koop_ring_next(koop_ring *ring, size_t credit) {
    koop_slot *slot = __real_koop_ring_next(ring, credit);
    pthread_mutex_lock(&seen.mutex);
    if (slot) note_sent(slot->seq);
    pthread_mutex_unlock(&seen.mutex);
    return slot;
}

void __wrap_koop_ring_acknowledge(koop_ring *ring, uint64_t seq) {
    pthread_mutex_lock(&seen.mutex);
    if (seq > seen.promised) {
        note_silence();
        seen.acknowledged_s = now_s();
        seen.promised = seq;
    }
    pthread_mutex_unlock(&seen.mutex);
    __real_koop_ring_acknowledge(ring, seq);
}

void __wrap_koop_ring_reject(koop_ring *ring, uint64_t seq) {
    pthread_mutex_lock(&seen.mutex);
    if (seen.n_refused < MAX_REFUSED) seen.refused[seen.n_refused++] = seq;
    pthread_mutex_unlock(&seen.mutex);
    __real_koop_ring_reject(ring, seq);
}

static void write_kept(FILE *file) {
    for (uint64_t from = 1, to; from <= seen.promised; from = to + 1) {
        to = from;
        if (is_sent(from)) continue;
        while (to < seen.promised && !is_sent(to + 1)) to++;
        fprintf(file, "kept %" PRIu64 " %" PRIu64 "\n", from, to);
    }
}

static void write_log(const settings *s, const char *uuid, koop_client_counters counters,
                      double slowest_s, bool ended) {
    char path[4096];
    snprintf(path, sizeof path, "%s.new", s->log);
    FILE *file = fopen(path, "w");
    if (!file) return; /* the old one stays */
    uint64_t done = counters.acknowledged + counters.dropped + counters.rejected;
    pthread_mutex_lock(&seen.mutex);
    if (!ended) note_silence();
    if (child > 0) fprintf(file, "child %ld\n", (long)child);
    fprintf(file,
            "name %s\nuuid %s\nfloats %.0f\npublished %" PRIu64 "\nacknowledged %" PRIu64
            "\ndropped %" PRIu64 "\nrejected %" PRIu64 "\nheld %" PRIu64 "\nreconnects %" PRIu64
            "\nended %d\nsketch %.0f\nslowest_us %.0f\nsilence_ms %.0f\npromised %" PRIu64 "\n",
            s->name, uuid, s->floats, counters.published, counters.acknowledged, counters.dropped,
            counters.rejected, counters.published - done, counters.reconnects, ended, s->sketch,
            slowest_s * 1e6, seen.silence_s * 1e3, seen.promised);
    for (uint64_t i = 0; i < seen.n_refused; i++)
        fprintf(file, "refused %" PRIu64 "\n", seen.refused[i]);
    write_kept(file);
    pthread_mutex_unlock(&seen.mutex);
    bool whole = !ferror(file);
    if (fclose(file) == 0 && whole) rename(path, s->log);
}

static bool parse(settings *s, int argc, char **argv) {
    const struct {
        const char *name;
        double *value;
    } numbers[] = {{"count", &s->count},   {"seconds", &s->seconds}, {"rate", &s->rate},
                   {"floats", &s->floats}, {"slots", &s->slots},     {"bytes", &s->bytes},
                   {"flush", &s->flush},   {"child", &s->child},     {"sketch", &s->sketch}};
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '='), *end;
        if (!value) return false;
        *value++ = '\0';
        if (strcmp(argv[i], "name") == 0) s->name = value;
        if (strcmp(argv[i], "log") == 0) s->log = value;
        bool known = s->name == value || s->log == value;
        for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++) {
            if (strcmp(argv[i], numbers[j].name) != 0) continue;
            *numbers[j].value = strtod(value, &end);
            known = *value && !*end && *numbers[j].value >= 0;
        }
        if (!known) return false;
    }
    return s->log && s->floats >= 1 && (s->count > 0 || s->seconds > 0);
}

static void pause_s(double seconds) {
    if (seconds <= 0) return;
    struct timespec wait = {.tv_sec = (time_t)seconds};
    wait.tv_nsec = (long)((seconds - (double)wait.tv_sec) * 1e9);
    nanosleep(&wait, NULL); /* a signal ends it early: then there is something to do */
}

/* Its copy of the client is switched off by the library; it keeps the descriptors open. */
static void fork_idle_child(double seconds) {
    child = fork();
    if (child != 0) return;
    pause_s(seconds);
    _exit(0);
}

/* Publishes; returns the longest call's seconds. */
static double publish(const settings *s, koop_client *client, float *values) {
    const char *uuid = koop_run_uuid(client);
    double begun = now_s(), slowest = 0, logged = 0;
    bool has_child = s->child <= 0;
    uint64_t seq = 0;
    while (!told_to_end) {
        double now = now_s();
        if (s->count > 0 && (double)seq >= s->count) break;
        if (s->seconds > 0 && now - begun >= s->seconds) break;
        content_fill(uuid, ++seq, values, (size_t)s->floats);
        const koop_scalar scalar = {CONTENT_SCALAR, content_scalar(uuid, seq)};
        double before = now_s();
        koop_status status =
            koop_publish(client, (int64_t)seq, (const void *[]){values}, &scalar, 1);
        double after = now_s();
        if (status != KOOP_OK) break;
        if (after - before > slowest) slowest = after - before;
        if (!has_child && koop_get_counters(client).acknowledged > 0) {
            has_child = true;
            fork_idle_child(s->child);
        }
        if (after - logged >= LOG_EVERY_MS / 1000.0) {
            logged = after;
            write_log(s, uuid, koop_get_counters(client), slowest, false);
        }
        if (s->rate > 0) pause_s(begun + (double)seq / s->rate - now_s());
    }
    return slowest;
}

static void complain(void *context, const char *line) {
    fprintf(stderr, "%s: %s\n", (const char *)context, line);
}

int main(int argc, char **argv) {
    settings s = {.name = "publisher", .floats = 64, .slots = 1024, .bytes = 67108864};
    s.flush = 10000;
    if (!parse(&s, argc, argv)) {
        fprintf(stderr, "usage: publisher log=FILE count=N|seconds=S [name=…] [rate=…] …\n");
        return 2;
    }
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_end}, NULL);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    koop_options options = koop_defaults();
    options.run = s.name;
    options.sketch_above = s.sketch > 0 ? 1 : 0;
    if (s.sketch > 0) options.sketch_size = (size_t)s.sketch;
    options.ring_slots = (size_t)s.slots;
    options.ring_bytes = (size_t)s.bytes;
    options.log = complain;
    options.log_context = (void *)(uintptr_t)s.name;
    koop_client *client = NULL;
    float *values = malloc((size_t)s.floats * sizeof *values);
    seen.sent = calloc(MAX_SEQ / 8, 1); /* real only where it is used */
    seen.capacity = seen.sent ? MAX_SEQ : 0;
    if (!values || !seen.sent || koop_open(&client, &options) != KOOP_OK) return 1;
    char uuid[64];
    snprintf(uuid, sizeof uuid, "%s", koop_run_uuid(client));
    koop_declare(client, CONTENT_GROUP, KOOP_DTYPE_FLOAT32, 1, (size_t[]){(size_t)s.floats});
    double slowest = publish(&s, client, values);
    koop_status flushed = koop_flush(client, (int)s.flush);
    koop_client_counters counters = koop_get_counters(client);
    bool works = koop_reason(client) == NULL;
    koop_close(&client, flushed == KOOP_OK ? 10000 : 0);
    write_log(&s, uuid, counters, slowest, true);
    free(values);
    free(seen.sent);
    return works ? 0 : 1;
}
