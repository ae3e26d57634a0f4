/* A pipeline that is saved, loaded and given its window's snapshots back goes on as if nothing had
 * been, wherever it is stopped; and no bytes load into one that misbehaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "pipeline.h"
#include "trajectory_kit.h"
#include "view_json.h"

#include <stdlib.h>
#include <string.h>

enum { LAST = 900, ROOM = 1 << 20 };

static koop_wire_hello hello;
static koop_pipeline_options options;
static trajectory_data data;
static uint8_t *saved[LAST + 1]; /* after snapshot t; of the undisturbed pipeline */
static size_t saved_bytes[LAST + 1];
static uint8_t *room;

static koop_pipeline *new_pipeline(void) {
    koop_pipeline *pipeline = NULL;
    assert_int_equal(koop_pipeline_new(&pipeline, &options, &hello, NULL, NULL), KOOP_OK);
    return pipeline;
}

static void push(koop_pipeline *pipeline, uint64_t t) {
    const koop_wire_snapshot snapshot = trajectory_snapshot(&hello, t, &data);
    assert_int_equal(koop_pipeline_push(pipeline, &snapshot), KOOP_OK);
}

static size_t save(koop_pipeline *pipeline) {
    size_t used = 0;
    assert_int_equal(koop_pipeline_save(pipeline, room, ROOM, &used), KOOP_OK);
    return used;
}

static char *dump(const koop_pipeline *pipeline) {
    json_t *json = koop_view_to_json(koop_pipeline_view(pipeline));
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(json);
    assert_non_null(text);
    return text;
}

/* Gives back what a pipeline awaits, as its journal would: from there on, up to snapshot t. */
static koop_status refill(koop_pipeline *pipeline, uint64_t t) {
    koop_status status = KOOP_OK;
    const uint64_t from = koop_pipeline_awaits(pipeline);
    assert_true(t == 0 ? from == 0 : from > 0);
    /* from a little before, as segments begin where they do */
    for (uint64_t s = from > 3 ? from - 3 : 1; s <= t && status == KOOP_OK; s++) {
        const koop_wire_snapshot snapshot = trajectory_snapshot(&hello, s, &data);
        status = koop_pipeline_refill(pipeline, &snapshot);
    }
    return status;
}

static koop_pipeline *load(uint64_t t) {
    koop_pipeline *pipeline = new_pipeline();
    assert_int_equal(koop_pipeline_load(pipeline, saved[t], saved_bytes[t]), KOOP_OK);
    assert_int_equal(koop_pipeline_last_seq(pipeline), t);
    assert_int_equal(refill(pipeline, t), KOOP_OK);
    assert_int_equal(koop_pipeline_awaits(pipeline), 0);
    return pipeline;
}

static void expect_saved(koop_pipeline *pipeline, uint64_t t) {
    assert_int_equal(save(pipeline), saved_bytes[t]);
    assert_memory_equal(room, saved[t], saved_bytes[t]);
}

static void forget(void) {
    for (int t = 0; t <= LAST; t++) {
        free(saved[t]);
        saved[t] = NULL;
    }
}

/* Whether the run is stopped after snapshot t: each of the first few, and of those around the filling
 * of the window and the events; else now and then. */
static bool is_stop(uint64_t t, uint64_t every) {
    return t < 3 || (t >= 63 && t <= 66) || (t >= 299 && t <= 303) || t % every == 0;
}

static unsigned phases; /* met at stops, of all tests */

/* Stops everywhere, and in the first few updates of a drift. */
static void stop_everywhere(uint64_t every) {
    static bool stop[LAST + 1];
    int drifting = 0;
    koop_pipeline *whole = new_pipeline();
    for (uint64_t t = 0; t <= LAST; t++) {
        if (t > 0) push(whole, t);
        saved_bytes[t] = save(whole);
        saved[t] = malloc(saved_bytes[t]);
        assert_non_null(saved[t]);
        memcpy(saved[t], room, saved_bytes[t]);
        const koop_phase phase = koop_pipeline_view(whole)->run.phase;
        stop[t] = is_stop(t, every) || (phase == KOOP_PHASE_DRIFTING && drifting++ < 3);
        if (stop[t]) phases |= 1u << phase;
    }
    assert_true(koop_pipeline_view(whole)->run.n_events >= 3); /* of NaN at least */
    char *end = dump(whole);
    for (uint64_t t = 0; t <= LAST; t++) {
        if (!stop[t]) continue;
        koop_pipeline *again = load(t);
        expect_saved(again, t);
        const uint64_t to = t % (4 * every) == 0 || t + 90 > LAST ? LAST : t + 90;
        for (uint64_t s = t + 1; s <= to; s++) {
            push(again, s);
            expect_saved(again, s);
        }
        if (to == LAST) {
            char *text = dump(again);
            assert_string_equal(text, end);
            free(text);
        }
        koop_pipeline_free(again);
    }
    free(end);
    koop_pipeline_free(whole);
    forget();
}

static int set_up(void **state) {
    (void)state;
    room = malloc(ROOM);
    assert_non_null(room);
    trajectory_hello(&hello, 4, 3, 40);
    options = koop_pipeline_defaults();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    forget();
    free(room);
    return 0;
}

static void by_default(void **state) {
    (void)state;
    stop_everywhere(29);
}

static void in_double_precision_of_one_group(void **state) {
    (void)state;
    trajectory_hello(&hello, 8, 1, 9);
    stop_everywhere(111);
}

static void of_increments(void **state) {
    (void)state;
    options.dmd.difference = true;
    stop_everywhere(113);
}

static void centred_on_the_first(void **state) {
    (void)state;
    options.dmd.center = KOOP_CENTER_FIRST;
    stop_everywhere(113);
}

static void not_centred_and_without_coordinates(void **state) {
    (void)state;
    options.dmd.center = KOOP_CENTER_NONE;
    options.dmd.pca = options.dmd.delays = 0;
    options.dmd.rank = 5;
    stop_everywhere(113);
}

static void of_an_odd_window_and_stride(void **state) {
    (void)state;
    options.dmd.span = 31;
    options.stride = 3;
    options.dmd.energy = 0.99;
    options.dmd.rank = 0;
    stop_everywhere(117);
}

static void updated_with_every_snapshot(void **state) {
    (void)state;
    options.dmd.span = 16;
    options.stride = 1;
    stop_everywhere(117);
}

static void in_every_phase_that_the_run_goes_through(void **state) {
    (void)state;
    assert_true(phases & 1u << KOOP_PHASE_WARMING_UP);
    assert_true(phases & 1u << KOOP_PHASE_TRANSITION); /* also while all is learned anew */
    assert_true(phases & 1u << KOOP_PHASE_STEADY);
    assert_true(phases & 1u << KOOP_PHASE_DRIFTING);
}

/* ---- refusals ------------------------------------------------------------------------------ */

static void take(uint64_t t) {
    koop_pipeline *whole = new_pipeline();
    for (uint64_t s = 1; s <= t; s++) push(whole, s);
    saved_bytes[t] = save(whole);
    saved[t] = malloc(saved_bytes[t]);
    assert_non_null(saved[t]);
    memcpy(saved[t], room, saved_bytes[t]);
    koop_pipeline_free(whole);
}

static koop_status try_load(uint64_t t) {
    koop_pipeline *pipeline = new_pipeline();
    const koop_status status = koop_pipeline_load(pipeline, saved[t], saved_bytes[t]);
    koop_pipeline_free(pipeline);
    return status;
}

static void other_options_or_another_run_are_refused(void **state) {
    (void)state;
    const koop_wire_hello mine = hello;
    const koop_pipeline_options defaults = options;
    take(200);
    assert_int_equal(try_load(200), KOOP_OK);
#define WITH(change)                                                                               \
    do {                                                                                           \
        change;                                                                                    \
        assert_int_equal(try_load(200), KOOP_BAD_SHAPE);                                           \
        hello = mine;                                                                              \
        options = defaults;                                                                        \
    } while (0)
    WITH(options.dmd.span = 60);
    WITH(options.dmd.delays = 3);
    WITH(options.dmd.rank = 7);
    WITH(options.dmd.energy = 0.5);
    WITH(options.dmd.pca = 7);
    WITH(options.dmd.center = KOOP_CENTER_FIRST);
    WITH(options.dmd.difference = true);
    WITH(options.dmd.floor = 1e-5);
    WITH(options.dmd.dt = 2);
    WITH(options.stride = 8);
    WITH(hello.run[3] ^= 1);
    WITH(hello.dtype = 8);
    WITH(hello.groups[1].name[0] = 'm');
    WITH(hello.groups[1].shape[0]++);
    WITH((hello.groups[0].length++, hello.groups[1].length--));
    WITH(hello.n_groups = 2);
#undef WITH
}

static void a_window_that_the_journal_does_not_hold_is_refused(void **state) {
    (void)state;
    take(200);
    koop_wire_snapshot snapshot;
    koop_pipeline *pipeline = new_pipeline();
    assert_int_equal(koop_pipeline_load(pipeline, saved[200], saved_bytes[200]), KOOP_OK);
    const uint64_t from = koop_pipeline_awaits(pipeline);
    assert_true(from > 100 && from < 200);
    /* it takes no new one before, and tells nothing away */
    size_t used;
    snapshot = trajectory_snapshot(&hello, 201, &data);
    assert_int_equal(koop_pipeline_push(pipeline, &snapshot), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_pipeline_save(pipeline, room, ROOM, &used), KOOP_BAD_ARGUMENT);
    snapshot = trajectory_snapshot(&hello, from, &data);
    assert_int_equal(koop_pipeline_refill(pipeline, &snapshot), KOOP_OK);
    snapshot = trajectory_snapshot(&hello, from + 2, &data); /* one is missing */
    assert_int_equal(koop_pipeline_refill(pipeline, &snapshot), KOOP_BAD_MESSAGE);
    snapshot = trajectory_snapshot(&hello, from + 1, &data); /* one is another */
    data.f32[7] += 1e-3f;
    assert_int_equal(koop_pipeline_refill(pipeline, &snapshot), KOOP_BAD_MESSAGE);
    snapshot = trajectory_snapshot(&hello, from + 1, &data);
    snapshot.total = snapshot.bytes = 4;
    assert_int_equal(koop_pipeline_refill(pipeline, &snapshot), KOOP_BAD_MESSAGE);
    koop_pipeline_free(pipeline);
}

static void a_last_snapshot_that_was_not_finite_must_be_there_too(void **state) {
    (void)state;
    take(305);
    koop_pipeline *pipeline = new_pipeline();
    assert_int_equal(koop_pipeline_load(pipeline, saved[305], saved_bytes[305]), KOOP_OK);
    assert_int_equal(refill(pipeline, 304), KOOP_OK);
    assert_int_equal(koop_pipeline_awaits(pipeline), 305);
    assert_int_equal(refill(pipeline, 305), KOOP_OK);
    assert_int_equal(koop_pipeline_awaits(pipeline), 0);
    koop_pipeline_free(pipeline);
}

/* Loads the bytes; if they are taken, the pipeline must be as good as any. */
static bool survives(const uint8_t *bytes, size_t size, uint64_t t) {
    koop_pipeline *pipeline = new_pipeline();
    const bool loaded = koop_pipeline_load(pipeline, bytes, size) == KOOP_OK;
    if (loaded && koop_pipeline_last_seq(pipeline) == t && refill(pipeline, t) == KOOP_OK &&
        koop_pipeline_awaits(pipeline) == 0)
        for (uint64_t s = t + 1; s <= t + 8; s++) push(pipeline, s);
    free(dump(pipeline));
    koop_pipeline_free(pipeline);
    return loaded;
}

static void no_bytes_do_harm(void **state) {
    (void)state;
    take(490);
    const size_t size = saved_bytes[490];
    int loaded = 0, refused = 0;
    for (size_t at = 0; at < size; at += at < 1000 ? 3 : 89) {
        memcpy(room, saved[490], size);
        room[at] ^= (uint8_t)(1u << at % 8);
        if (survives(room, size, 490))
            loaded++;
        else
            refused++;
    }
    assert_true(loaded > 0 && refused > 0);
    for (size_t less = 0; less < size; less += 397) assert_false(survives(saved[490], less, 490));
    memcpy(room, saved[490], size);
    room[size] = 0;
    assert_false(survives(room, size + 1, 490));
}

static void too_little_room_is_told(void **state) {
    (void)state;
    size_t used = 0;
    koop_pipeline *pipeline = new_pipeline();
    for (uint64_t s = 1; s <= 100; s++) push(pipeline, s);
    assert_int_equal(koop_pipeline_save(pipeline, NULL, 0, &used), KOOP_TOO_LARGE);
    assert_int_equal(used, save(pipeline));
    assert_int_equal(koop_pipeline_save(pipeline, room, used - 1, &used), KOOP_TOO_LARGE);
    koop_pipeline_free(pipeline);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(by_default),
        TEST(in_double_precision_of_one_group),
        TEST(of_increments),
        TEST(centred_on_the_first),
        TEST(not_centred_and_without_coordinates),
        TEST(of_an_odd_window_and_stride),
        TEST(updated_with_every_snapshot),
        TEST(in_every_phase_that_the_run_goes_through),
        TEST(other_options_or_another_run_are_refused),
        TEST(a_window_that_the_journal_does_not_hold_is_refused),
        TEST(a_last_snapshot_that_was_not_finite_must_be_there_too),
        TEST(no_bytes_do_harm),
        TEST(too_little_room_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
