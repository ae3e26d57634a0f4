/* What the fuzzer of checkpoints begins with are states of today's pipeline: of an older format it
 * would never get past the first number. KOOP_WRITE_GOLDEN=1 writes them anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "../fuzz/checkpoint_shapes.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 1 << 17 };

static const struct {
    const char *name;
    uint8_t shape;
    uint64_t snapshots;
} corpus[] = {{"empty", 0, 0},   {"filling", 0, 6}, {"young", 0, 39},
              {"event", 0, 500}, {"double", 1, 60}, {"increments", 2, 60}};

static koop_wire_hello hello;
static koop_pipeline_options options;

static koop_pipeline *new_pipeline(uint8_t shape) {
    koop_pipeline *pipeline = NULL;
    checkpoint_shape(shape, &hello, &options);
    assert_int_equal(koop_pipeline_new(&pipeline, &options, &hello, NULL, NULL), KOOP_OK);
    return pipeline;
}

static FILE *open_input(const char *name, const char *mode) {
    char path[512];
    snprintf(path, sizeof path, "%s/../fuzz/corpus/checkpoint/%s", KOOP_GOLDEN_DIR, name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

static void write_input(size_t i, uint8_t *bytes) {
    trajectory_data data;
    size_t used = 0;
    koop_pipeline *pipeline = new_pipeline(corpus[i].shape);
    for (uint64_t t = 1; t <= corpus[i].snapshots; t++) {
        const koop_wire_snapshot snapshot = trajectory_snapshot(&hello, t, &data);
        assert_int_equal(koop_pipeline_push(pipeline, &snapshot), KOOP_OK);
    }
    bytes[0] = corpus[i].shape;
    assert_int_equal(koop_pipeline_save(pipeline, bytes + 1, ROOM - 1, &used), KOOP_OK);
    FILE *file = open_input(corpus[i].name, "wb");
    assert_int_equal(fwrite(bytes, 1, used + 1, file), used + 1);
    fclose(file);
    koop_pipeline_free(pipeline);
}

static void every_input_is_a_state_that_loads(void **state) {
    (void)state;
    uint8_t *bytes = malloc(ROOM);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof corpus / sizeof *corpus; i++) {
        if (getenv("KOOP_WRITE_GOLDEN")) write_input(i, bytes);
        FILE *file = open_input(corpus[i].name, "rb");
        const size_t size = fread(bytes, 1, ROOM, file);
        fclose(file);
        assert_in_range(size, 2, ROOM - 1);
        assert_int_equal(bytes[0], corpus[i].shape);
        koop_pipeline *pipeline = new_pipeline(bytes[0]);
        if (koop_pipeline_load(pipeline, bytes + 1, size - 1) != KOOP_OK)
            fail_msg("%s does not load", corpus[i].name);
        assert_int_equal(koop_pipeline_last_seq(pipeline), corpus[i].snapshots);
        koop_pipeline_free(pipeline);
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_input_is_a_state_that_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
