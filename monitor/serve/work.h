/* work: what ingest hands to compute through the queue. Each item owns all it points to; it is
 * made by one thread and freed by the other. */
#ifndef KOOP_WORK_H
#define KOOP_WORK_H

#include "queue.h"
#include "wire.h"

typedef enum koop_work_kind {
    KOOP_WORK_HELLO,    /* a trainer is there, or back */
    KOOP_WORK_SNAPSHOT, /* journaled */
    KOOP_WORK_BYE
} koop_work_kind;

typedef struct koop_work {
    koop_queue_node node;
    koop_work_kind kind;
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    koop_wire_hello *hello;      /* HELLO */
    koop_wire_bye bye;           /* BYE */
    koop_wire_snapshot snapshot; /* SNAPSHOT; its data is `data` */
    uint8_t *data;
} koop_work;

/* NULL when memory is out. */
koop_work *koop_work_hello(const koop_wire_hello *hello);
koop_work *koop_work_bye(const uint8_t run[KOOP_WIRE_UUID_BYTES], const koop_wire_bye *bye);

/* Of a whole snapshot. Takes over *data, which holds its bytes, and makes it NULL; when memory is
 * out *data stays the caller's. */
koop_work *koop_work_snapshot(const uint8_t run[KOOP_WIRE_UUID_BYTES],
                              const koop_wire_snapshot *snapshot, uint8_t **data);

void koop_work_free(koop_work *work);          /* NULL is allowed */
void koop_work_release(koop_queue_node *node); /* the same, as koop_queue_free wants it */

#endif
