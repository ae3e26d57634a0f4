#include "compute.h"

#include "journal.h"
#include "serve_kit.h"
#include "view_json.h"
#include "work.h"

#include <math.h>
#include <pthread.h>

enum { VALUES = 8 };

static char root[64];
static koop_runs *runs;
static koop_queue *queue;
static koop_feed *feed;
static koop_compute *compute;
static pthread_t thread;
static bool running;
static koop_view view;

static int set_up(void **state) {
    (void)state;
    kit_make_directory(root);
    memset(&view, 0, sizeof view);
    assert_int_equal(koop_runs_new(&runs, &view), KOOP_OK);
    assert_int_equal(koop_queue_new(&queue, 64 << 20), KOOP_OK);
    assert_int_equal(koop_feed_new(&feed, 1 << 20), KOOP_OK);
    const koop_compute_options options = {.pipeline = koop_pipeline_defaults(),
                                          .data_dir = root,
                                          .queue = queue,
                                          .runs = runs,
                                          .feed = feed};
    assert_int_equal(koop_compute_new(&compute, &options), KOOP_OK);
    running = false;
    return 0;
}

static void *run_compute(void *context) {
    koop_compute_run(context);
    return NULL;
}

static void start(void) {
    assert_int_equal(pthread_create(&thread, NULL, run_compute, compute), 0);
    running = true;
}

static int tear_down(void **state) {
    (void)state;
    koop_queue_close(queue);
    koop_compute_stop(compute, 0);
    if (running) pthread_join(thread, NULL);
    koop_compute_free(compute);
    koop_feed_free(feed);
    koop_queue_free(queue, koop_work_release);
    koop_runs_free(runs);
    kit_remove_tree(root);
    return 0;
}

static koop_wire_hello *new_hello(uint8_t run, const char *name) {
    koop_wire_hello *hello = malloc(sizeof *hello);
    assert_non_null(hello);
    kit_hello(hello, run, name, VALUES);
    return hello;
}

/* Snapshot `seq`: damped rotations, and every 500th not finite. Its data is `values`. */
static koop_wire_snapshot snapshot_of(uint64_t seq, float values[VALUES]) {
    for (int i = 0; i < VALUES; i++)
        values[i] = (float)(exp(-1e-3 * (double)seq) * cos(0.1 * (i + 1) * (double)seq));
    if (seq % 500 == 0) values[0] = NAN;
    return (koop_wire_snapshot){.seq = seq,
                                .step = (int64_t)seq * 10,
                                .time_ms = 1,
                                .total = VALUES * sizeof(float),
                                .data = (const uint8_t *)values,
                                .bytes = VALUES * sizeof(float)};
}

static void append(koop_journal *journal, uint64_t first, uint64_t last) {
    koop_wire_message *message = calloc(1, sizeof *message);
    assert_non_null(message);
    for (uint64_t seq = first; seq <= last; seq++) {
        float values[VALUES];
        message->type = KOOP_WIRE_SNAPSHOT;
        message->as.snapshot = snapshot_of(seq, values);
        assert_int_equal(koop_journal_append(journal, message), KOOP_OK);
    }
    free(message);
}

static const koop_journal_options small = {.segment_bytes = 4096};

static koop_journal *open_journal(const koop_wire_hello *hello, uint64_t *last_seq) {
    koop_journal *journal = NULL;
    assert_int_equal(koop_journal_open(&journal, root, hello, NULL, last_seq), KOOP_OK);
    return journal;
}

static void push_snapshot(const koop_wire_hello *hello, uint64_t seq) {
    float values[VALUES];
    koop_wire_snapshot snapshot = snapshot_of(seq, values);
    uint8_t *data = malloc(sizeof values);
    assert_non_null(data);
    memcpy(data, values, sizeof values);
    koop_work *work = koop_work_snapshot(hello->run, &snapshot, &data);
    assert_non_null(work);
    assert_null(data);
    koop_runs_journaled(runs, hello->run, sizeof values, kit_now_ms());
    assert_int_equal(koop_queue_push(queue, &work->node, 0), KOOP_OK);
}

/* As ingest does it: journal first, then the queue. */
static void publish(koop_journal *journal, const koop_wire_hello *hello, uint64_t first,
                    uint64_t last) {
    for (uint64_t seq = first; seq <= last; seq++) {
        append(journal, seq, seq);
        push_snapshot(hello, seq);
    }
}

static void greet(const koop_wire_hello *hello, uint64_t last_seq) {
    koop_work *work = koop_work_hello(hello);
    assert_non_null(work);
    assert_int_equal(koop_runs_admit(runs, hello, last_seq, kit_now_ms()), KOOP_OK);
    assert_int_equal(koop_queue_push(queue, &work->node, 0), KOOP_OK);
}

/* Snapshots that the run's view has seen, finite or not. */
static uint64_t seen(const koop_wire_hello *hello) {
    assert_int_equal(koop_runs_view(runs, hello->run, kit_now_ms(), &view), KOOP_OK);
    return view.run.snapshots + view.run.not_finite;
}

static char *lasting(koop_view *of) {
    of->run.state = KOOP_RUN_LIVE;
    of->run.rate = of->run.lag_s = of->eta_s = 0;
    of->run.pending = 0;
    json_t *json = koop_view_to_json(of);
    char *text = json_dumps(json, JSON_SORT_KEYS);
    json_decref(json);
    assert_non_null(text);
    return text;
}

/* The view of an undisturbed pipeline after snapshots 1..last. */
static char *undisturbed(const koop_wire_hello *hello, uint64_t last) {
    koop_pipeline *pipeline = NULL;
    koop_pipeline_options options = koop_pipeline_defaults();
    assert_int_equal(koop_pipeline_new(&pipeline, &options, hello, NULL, NULL), KOOP_OK);
    for (uint64_t seq = 1; seq <= last; seq++) {
        float values[VALUES];
        koop_wire_snapshot snapshot = snapshot_of(seq, values);
        assert_int_equal(koop_pipeline_push(pipeline, &snapshot), KOOP_OK);
    }
    koop_view *end = malloc(sizeof *end);
    assert_non_null(end);
    *end = *koop_pipeline_view(pipeline);
    char *text = lasting(end);
    free(end);
    koop_pipeline_free(pipeline);
    return text;
}

static void expect_undisturbed(const koop_wire_hello *hello, uint64_t last) {
    KIT_AWAIT(seen(hello) == last && view.run.pending == 0);
    char *expected = undisturbed(hello, last), *got = lasting(&view);
    assert_string_equal(got, expected);
    free(expected);
    free(got);
}

static void what_comes_during_a_replay_is_taken_after_it(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    uint64_t last = 0;
    koop_journal *journal = open_journal(hello, &last);
    append(journal, 1, 3000);
    koop_journal_close(journal);
    assert_int_equal(koop_runs_recover(runs, hello), KOOP_OK);
    assert_int_equal(koop_compute_recover(compute, hello), KOOP_OK);
    start();
    KIT_AWAIT(seen(hello) > 0 || view.window > 0); /* it has begun */
    journal = open_journal(hello, &last);
    assert_int_equal(last, 3000);
    greet(hello, last);
    publish(journal, hello, 3001, 3100);
    greet(hello, 3100); /* the connection broke and came back */
    publish(journal, hello, 3101, 3120);
    expect_undisturbed(hello, 3120);
    koop_journal_close(journal);
    free(hello);
}

static void a_replay_does_not_hold_up_live_runs(void **state) {
    (void)state;
    koop_wire_hello *old = new_hello(1, "old"), *live = new_hello(2, "live");
    uint64_t last = 0;
    koop_journal *journal = open_journal(old, &last);
    append(journal, 1, 40000);
    koop_journal_close(journal);
    assert_int_equal(koop_runs_recover(runs, old), KOOP_OK);
    assert_int_equal(koop_compute_recover(compute, old), KOOP_OK);
    start();
    KIT_AWAIT(seen(old) > 0 || view.window > 0);
    journal = open_journal(live, &last);
    greet(live, 0);
    publish(journal, live, 1, 20);
    KIT_AWAIT(seen(live) == 20);
    assert_true(seen(old) < 40000);
    koop_journal_close(journal);
    free(old);
    free(live);
}

static void a_goodbye_in_the_journal_finishes_the_run(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_wire_message *bye = calloc(1, sizeof *bye);
    assert_non_null(bye);
    uint64_t last = 0;
    koop_journal *journal = open_journal(hello, &last);
    append(journal, 1, 100);
    bye->type = KOOP_WIRE_BYE;
    bye->as.bye.last_seq = 110;
    bye->as.bye.dropped = 3;
    assert_int_equal(koop_journal_append(journal, bye), KOOP_OK);
    assert_int_equal(koop_runs_recover(runs, hello), KOOP_OK);
    assert_int_equal(koop_compute_recover(compute, hello), KOOP_OK);
    start();
    KIT_AWAIT(seen(hello) == 100 && view.run.state == KOOP_RUN_FINISHED);
    assert_int_equal(view.run.dropped, 3);
    assert_int_equal(view.run.lost, 7);
    /* It comes back: its pipeline is made again. */
    greet(hello, 100);
    publish(journal, hello, 101, 300);
    expect_undisturbed(hello, 300);
    koop_journal_close(journal);
    free(bye);
    free(hello);
}

static void a_run_without_a_journal_says_why_it_has_no_view(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    start();
    greet(hello, 0);
    KIT_AWAIT((seen(hello), strcmp(view.reason, koop_strstatus(KOOP_NOT_FOUND)) == 0));
    free(hello);
}

static void followers_get_no_lines_of_the_past(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    uint64_t last = 0;
    koop_journal *journal = open_journal(hello, &last);
    append(journal, 1, 200);
    assert_int_equal(koop_runs_recover(runs, hello), KOOP_OK);
    assert_int_equal(koop_compute_recover(compute, hello), KOOP_OK);
    koop_feed_want(feed, true);
    start();
    KIT_AWAIT(seen(hello) == 200);
    greet(hello, 200);
    publish(journal, hello, 201, 210);
    KIT_AWAIT(seen(hello) == 210);
    int lines = 0;
    for (koop_feed_line *line; (line = koop_feed_take(feed)); free(line)) {
        json_t *json = json_loads(line->text, 0, NULL);
        assert_true(json_integer_value(json_object_get(json, "step")) > 2000);
        json_decref(json);
        lines++;
    }
    assert_in_range(lines, 2, 6); /* one update in four snapshots, and events if any */
    koop_journal_close(journal);
    free(hello);
}

/* As ingest does it when the run's share of the queue is used up. */
static void skip_queue(koop_journal *journal, const koop_wire_hello *hello, uint64_t seq) {
    append(journal, seq, seq);
    koop_runs_journaled(runs, hello->run, 4, kit_now_ms());
    assert_false(koop_runs_queue(runs, hello->run, seq, 4, 1000, false));
}

static void a_run_that_is_behind_catches_up_from_its_journal(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    uint64_t last = 0, seq = 0;
    koop_journal *journal = NULL;
    assert_int_equal(koop_journal_open(&journal, root, hello, &small, &last), KOOP_OK);
    koop_feed_want(feed, true);
    start();
    greet(hello, 0);
    publish(journal, hello, 1, 100);
    for (seq = 101; seq <= 400; seq++) skip_queue(journal, hello, seq);
    KIT_AWAIT(seen(hello) == 400 && view.run.pending == 0);
    publish(journal, hello, 401, 410);
    for (seq = 411; seq <= 500; seq++) skip_queue(journal, hello, seq);
    expect_undisturbed(hello, 500);
    int updates = 0;
    for (koop_feed_line *line; (line = koop_feed_take(feed)); free(line)) updates++;
    assert_true(updates > 90); /* followers miss nothing of it */
    koop_journal_close(journal);
    free(hello);
}

static void a_journal_that_cannot_be_read_to_its_end_gives_no_pipeline(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    uint64_t last = 0;
    koop_journal *journal = NULL;
    char segment[160], uuid[KOOP_VIEW_UUID_BYTES];
    assert_int_equal(koop_journal_open(&journal, root, hello, &small, &last), KOOP_OK);
    append(journal, 1, 200);
    koop_journal_close(journal);
    koop_uuid_text(hello->run, uuid);
    snprintf(segment, sizeof segment, "%s/runs/%s/000002.koop", root, uuid);
    assert_int_equal(unlink(segment), 0);
    assert_int_equal(symlink("/nowhere", segment), 0);
    assert_int_equal(koop_runs_recover(runs, hello), KOOP_OK);
    assert_int_equal(koop_compute_recover(compute, hello), KOOP_OK);
    start();
    KIT_AWAIT((seen(hello), strcmp(view.reason, koop_strstatus(KOOP_IO_FAILED)) == 0));
    assert_true(seen(hello) < 200);
    free(hello);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(what_comes_during_a_replay_is_taken_after_it),
        WITH(a_replay_does_not_hold_up_live_runs),
        WITH(a_goodbye_in_the_journal_finishes_the_run),
        WITH(a_run_without_a_journal_says_why_it_has_no_view),
        WITH(a_run_that_is_behind_catches_up_from_its_journal),
        WITH(a_journal_that_cannot_be_read_to_its_end_gives_no_pipeline),
        WITH(followers_get_no_lines_of_the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
