#include "work.h"

#include <stdlib.h>
#include <string.h>

static koop_work *new_work(koop_work_kind kind, const uint8_t run[KOOP_WIRE_UUID_BYTES]) {
    koop_work *work = calloc(1, sizeof *work);
    if (!work) return NULL;
    work->node.bytes = sizeof *work;
    work->kind = kind;
    memcpy(work->run, run, sizeof work->run);
    return work;
}

koop_work *koop_work_hello(const koop_wire_hello *hello) {
    koop_work *work = new_work(KOOP_WORK_HELLO, hello->run);
    if (!work) return NULL;
    work->hello = malloc(sizeof *work->hello);
    if (!work->hello) {
        koop_work_free(work);
        return NULL;
    }
    *work->hello = *hello;
    work->node.bytes += sizeof *hello;
    return work;
}

koop_work *koop_work_bye(const uint8_t run[KOOP_WIRE_UUID_BYTES], const koop_wire_bye *bye) {
    koop_work *work = new_work(KOOP_WORK_BYE, run);
    if (work) work->bye = *bye;
    return work;
}

koop_work *koop_work_snapshot(const uint8_t run[KOOP_WIRE_UUID_BYTES],
                              const koop_wire_snapshot *snapshot, uint8_t **data) {
    koop_work *work = new_work(KOOP_WORK_SNAPSHOT, run);
    if (!work) return NULL;
    work->snapshot = *snapshot;
    work->data = *data;
    *data = NULL;
    work->snapshot.data = work->data;
    work->snapshot.at = 0;
    work->snapshot.bytes = (size_t)snapshot->total;
    work->node.bytes += (size_t)snapshot->total;
    return work;
}

void koop_work_free(koop_work *work) {
    if (!work) return;
    free(work->hello);
    free(work->data);
    free(work);
}

void koop_work_release(koop_queue_node *node) {
    koop_work_free((koop_work *)node);
}
