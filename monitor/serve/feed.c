#include "feed.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct koop_feed {
    koop_queue *lines;
    int descriptor;
    _Atomic bool wanted;
    _Atomic uint64_t dropped;
};

static void release_line(koop_queue_node *node) {
    free(node);
}

koop_status koop_feed_new(koop_feed **out, size_t max_bytes) {
    koop_feed *feed = calloc(1, sizeof *feed);
    if (!feed) return KOOP_NO_MEMORY;
    feed->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    koop_status status =
        feed->descriptor < 0 ? KOOP_IO_FAILED : koop_queue_new(&feed->lines, max_bytes);
    if (status != KOOP_OK) {
        koop_feed_free(feed);
        return status;
    }
    *out = feed;
    return KOOP_OK;
}

void koop_feed_free(koop_feed *feed) {
    if (!feed) return;
    koop_queue_free(feed->lines, release_line);
    if (feed->descriptor >= 0) close(feed->descriptor);
    free(feed);
}

bool koop_feed_wanted(const koop_feed *feed) {
    return atomic_load(&feed->wanted);
}

void koop_feed_want(koop_feed *feed, bool wanted) {
    atomic_store(&feed->wanted, wanted);
}

void koop_feed_put(koop_feed *feed, const uint8_t run[KOOP_WIRE_UUID_BYTES], const char *text) {
    size_t size = strlen(text);
    koop_feed_line *line = malloc(sizeof *line + size + 1);
    if (line) {
        line->node.bytes = sizeof *line + size;
        memcpy(line->run, run, sizeof line->run);
        line->size = size;
        memcpy(line->text, text, size + 1);
    }
    if (!line || koop_queue_push(feed->lines, &line->node, 0) != KOOP_OK) {
        free(line);
        atomic_fetch_add(&feed->dropped, 1);
        return;
    }
    ssize_t written = write(feed->descriptor, &(uint64_t){1}, sizeof(uint64_t));
    (void)written; /* fails only when the counter is full, and then it is readable already */
}

koop_feed_line *koop_feed_take(koop_feed *feed) {
    koop_queue_node *node;
    if (koop_queue_pop(feed->lines, 0, &node) == KOOP_OK) return (koop_feed_line *)node;
    uint64_t count;
    ssize_t quieted = read(feed->descriptor, &count, sizeof count);
    (void)quieted;
    /* A line put between the failed pop and the read would otherwise wait for the next one. */
    if (koop_queue_pop(feed->lines, 0, &node) == KOOP_OK) return (koop_feed_line *)node;
    return NULL;
}

int koop_feed_descriptor(const koop_feed *feed) {
    return feed->descriptor;
}

uint64_t koop_feed_dropped(const koop_feed *feed) {
    return atomic_load(&feed->dropped);
}
