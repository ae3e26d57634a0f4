/* Any bytes as the state of a pipeline, without the checksum that guards them on disk: they load into
 * a pipeline that can be used, or not at all. The corpus holds what real pipelines of the made-up
 * training saved (tests/monitor/test_checkpoint_corpus.c); so far as a changed one still loads, it
 * gets the snapshots it awaits and some new ones. The first byte chooses the run's shape and the
 * options. */
#include "checkpoint_shapes.h"
#include "view_json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    if (!(condition)) __builtin_trap()

enum { MOST_REFILLED = 128, PUSHED = 9 };

/* What the pipeline awaits. Returns whether it then awaits no more. */
static bool refill(koop_pipeline *pipeline, const koop_wire_hello *hello) {
    trajectory_data data;
    for (int i = 0; i < MOST_REFILLED; i++) {
        const uint64_t awaited = koop_pipeline_awaits(pipeline);
        if (awaited == 0) return true;
        MUST(awaited <= koop_pipeline_last_seq(pipeline));
        const koop_wire_snapshot snapshot = trajectory_snapshot(hello, awaited, &data);
        if (koop_pipeline_refill(pipeline, &snapshot) != KOOP_OK) return false;
    }
    return false;
}

static void go_on(koop_pipeline *pipeline, const koop_wire_hello *hello) {
    trajectory_data data;
    const uint64_t last = koop_pipeline_last_seq(pipeline);
    for (uint64_t seq = last + 1; seq > last && seq <= last + PUSHED; seq++) {
        const koop_wire_snapshot snapshot = trajectory_snapshot(hello, seq, &data);
        MUST(koop_pipeline_push(pipeline, &snapshot) == KOOP_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static koop_wire_hello hello;
    koop_pipeline_options options;
    koop_pipeline *pipeline = NULL;
    if (size == 0) return 0;
    checkpoint_shape(data[0], &hello, &options);
    MUST(koop_pipeline_new(&pipeline, &options, &hello, NULL, NULL) == KOOP_OK);
    /* A copy of its own size, so that reading behind it is seen. */
    uint8_t *bytes = malloc(size);
    MUST(bytes);
    memcpy(bytes, data + 1, size - 1);
    if (koop_pipeline_load(pipeline, bytes, size - 1) == KOOP_OK) {
        if (refill(pipeline, &hello)) go_on(pipeline, &hello);
        json_decref(koop_view_to_json(koop_pipeline_view(pipeline)));
    }
    free(bytes);
    koop_pipeline_free(pipeline);
    return 0;
}
