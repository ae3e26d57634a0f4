#include "compute.h"

#include "alerts.h"
#include "aside.h"
#include "journal.h"
#include "segment.h"
#include "serve_kit.h"
#include "view_json.h"
#include "work.h"

#include <math.h>
#include <pthread.h>
#include <sys/stat.h>

enum { VALUES = 8 };

static char root[64];
static koop_runs *runs;
static koop_queue *queue;
static koop_feed *feed;
static koop_compute *compute;
static pthread_t thread;
static bool running;
static koop_view view;

static uint64_t memory_bytes;
static int stride;
static koop_alerts *alerts;

static void begin(void) {
    memset(&view, 0, sizeof view);
    assert_int_equal(koop_runs_new(&runs, &view), KOOP_OK);
    assert_int_equal(koop_queue_new(&queue, 64 << 20), KOOP_OK);
    assert_int_equal(koop_feed_new(&feed, 1 << 20), KOOP_OK);
    koop_pipeline_options pipeline = koop_pipeline_defaults();
    pipeline.stride = stride;
    const koop_compute_options options = {.pipeline = pipeline,
                                          .memory_bytes = memory_bytes,
                                          .data_dir = root,
                                          .queue = queue,
                                          .runs = runs,
                                          .feed = feed,
                                          .alerts = alerts};
    assert_int_equal(koop_compute_new(&compute, &options), KOOP_OK);
    running = false;
}

static int set_up(void **state) {
    (void)state;
    kit_make_directory(root);
    alerts = NULL;
    memory_bytes = 0;
    stride = koop_pipeline_defaults().stride;
    begin();
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

static void end(void) {
    koop_queue_close(queue);
    koop_compute_stop(compute, 0);
    if (running) pthread_join(thread, NULL);
    koop_compute_free(compute);
    koop_feed_free(feed);
    koop_queue_free(queue, koop_work_release);
    koop_runs_free(runs);
}

static int tear_down(void **state) {
    (void)state;
    end();
    koop_alerts_free(alerts);
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

static void a_run_whose_hello_and_goodbye_found_no_room_is_found_in_its_journal(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_wire_message *bye = calloc(1, sizeof *bye);
    assert_non_null(bye);
    uint64_t last = 0;
    koop_journal *journal = open_journal(hello, &last);
    start();
    assert_int_equal(koop_runs_admit(runs, hello, 0, kit_now_ms()), KOOP_OK);
    assert_false(koop_runs_queue(runs, hello->run, 0, 4, 1000, false));
    for (uint64_t seq = 1; seq <= 150; seq++) skip_queue(journal, hello, seq);
    KIT_AWAIT(seen(hello) == 150 && view.run.pending == 0);
    bye->type = KOOP_WIRE_BYE;
    bye->as.bye.last_seq = 150;
    assert_int_equal(koop_journal_append(journal, bye), KOOP_OK);
    koop_runs_leaving(runs, hello->run);
    koop_runs_queue(runs, hello->run, 150, 4, 1000, false);
    KIT_AWAIT((seen(hello), view.run.state == KOOP_RUN_FINISHED));
    expect_undisturbed(hello, 150);
    koop_journal_close(journal);
    free(bye);
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

/* ---- checkpoints --------------------------------------------------------------------------- */

static const char *path_of(const koop_wire_hello *hello, const char *name) {
    static char path[160];
    char uuid[KOOP_VIEW_UUID_BYTES];
    koop_uuid_text(hello->run, uuid);
    snprintf(path, sizeof path, "%s/runs/%s/%s", root, uuid, name);
    return path;
}

/* A live run that has brought `last` snapshots in segments of a few dozen. */
static koop_journal *live_run(const koop_wire_hello *hello, uint64_t last) {
    koop_journal *journal = NULL;
    uint64_t before = 0;
    assert_int_equal(koop_journal_open(&journal, root, hello, &small, &before), KOOP_OK);
    start();
    greet(hello, 0);
    publish(journal, hello, 1, last);
    KIT_AWAIT(seen(hello) == last);
    return journal;
}

/* The daemon ends and another begins; `between` happens while there is none. */
static void restart(const koop_wire_hello *hello, void (*between)(const koop_wire_hello *hello)) {
    end();
    if (between) between(hello);
    begin();
    assert_int_equal(koop_runs_recover(runs, hello), KOOP_OK);
    assert_int_equal(koop_compute_recover(compute, hello), KOOP_OK);
    start();
}

/* All segments but the newest twelve, which hold the window and more. */
static void delete_older_segments(const koop_wire_hello *hello) {
    char name[16];
    int n = 0;
    do snprintf(name, sizeof name, "%06d.koop", ++n);
    while (access(path_of(hello, name), F_OK) == 0);
    assert_true(n > 16);
    koop_segment_reader reader;
    uint64_t first;
    int directory = open(path_of(hello, "."), O_RDONLY | O_DIRECTORY);
    assert_int_equal(koop_segment_reader_init(&reader), KOOP_OK);
    assert_int_equal(koop_segment_first_seq(&reader, directory, (uint32_t)n - 12, &first), KOOP_OK);
    koop_segment_reader_clear(&reader);
    koop_aside_write_pruned(directory, first - 1); /* as retention does */
    close(directory);
    for (int i = 1; i < n - 12; i++) {
        snprintf(name, sizeof name, "%06d.koop", i);
        assert_int_equal(unlink(path_of(hello, name)), 0);
    }
}

static void delete_newest_segment(const koop_wire_hello *hello) {
    char name[16];
    int n = 0;
    do snprintf(name, sizeof name, "%06d.koop", ++n);
    while (access(path_of(hello, name), F_OK) == 0);
    snprintf(name, sizeof name, "%06d.koop", n - 1);
    assert_int_equal(unlink(path_of(hello, name)), 0);
}

static void damage_checkpoint(const koop_wire_hello *hello) {
    int fd = open(path_of(hello, "checkpoint"), O_WRONLY);
    assert_int_equal(pwrite(fd, "?", 1, 1000), 1);
    close(fd);
}

static void a_restart_goes_on_from_the_checkpoint(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_journal *journal = live_run(hello, 1502);
    restart(hello, delete_older_segments); /* which are not read: they are not there */
    expect_undisturbed(hello, 1502);
    greet(hello, 1502);
    publish(journal, hello, 1503, 1700);
    expect_undisturbed(hello, 1700);
    restart(hello, NULL);
    expect_undisturbed(hello, 1700);
    koop_journal_close(journal);
    free(hello);
}

static char aside[256 << 10];
static ssize_t aside_size;

static void read_aside(const koop_wire_hello *hello) {
    int fd = open(path_of(hello, "checkpoint"), O_RDONLY);
    assert_true(fd >= 0);
    aside_size = read(fd, aside, sizeof aside);
    assert_true(aside_size > 0 && (size_t)aside_size < sizeof aside);
    close(fd);
}

static void put_back(const koop_wire_hello *hello) {
    int fd = open(path_of(hello, "checkpoint"), O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, aside, (size_t)aside_size), aside_size);
    close(fd);
}

static void what_a_killed_daemon_left_is_gone_on_from(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_journal *journal = live_run(hello, 1100);
    read_aside(hello); /* written on the way */
    publish(journal, hello, 1101, 1523);
    KIT_AWAIT(seen(hello) == 1523);
    restart(hello, put_back);
    expect_undisturbed(hello, 1523);
    koop_journal_close(journal);
    free(hello);
}

static void a_finished_run_keeps_its_checkpoint(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_wire_bye bye = {.last_seq = 700};
    koop_journal *journal = live_run(hello, 700);
    koop_runs_leaving(runs, hello->run);
    koop_work *work = koop_work_bye(hello->run, &bye);
    assert_non_null(work);
    assert_int_equal(koop_queue_push(queue, &work->node, 0), KOOP_OK);
    KIT_AWAIT((seen(hello), view.run.state == KOOP_RUN_FINISHED));
    assert_int_equal(access(path_of(hello, "checkpoint"), F_OK), 0);
    assert_int_equal(koop_runs_get_totals(runs).pipeline_bytes, 0);
    restart(hello, delete_older_segments);
    expect_undisturbed(hello, 700);
    koop_journal_close(journal);
    free(hello);
}

static void a_checkpoint_beyond_the_journal_is_not_believed(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_journal *journal = live_run(hello, 800);
    koop_journal_close(journal);
    restart(hello, delete_newest_segment); /* acknowledged, and gone with the power */
    uint64_t last = 0;
    KIT_AWAIT((seen(hello), view.run.snapshots > 0));
    koop_journal *again = open_journal(hello, &last);
    assert_true(last > 400 && last < 800);
    expect_undisturbed(hello, last);
    greet(hello, last);
    publish(again, hello, last + 1, 900); /* from then on as if it had never been */
    expect_undisturbed(hello, 900);
    koop_journal_close(again);
    free(hello);
}

static void a_damaged_checkpoint_is_none(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_journal *journal = live_run(hello, 600);
    restart(hello, damage_checkpoint);
    expect_undisturbed(hello, 600);
    koop_journal_close(journal);
    free(hello);
}

static void a_checkpoint_that_cannot_be_written_harms_nobody(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_journal *journal = live_run(hello, 10);
    assert_int_equal(mkdir(path_of(hello, "checkpoint.new"), 0700), 0); /* in the way */
    publish(journal, hello, 11, 2100);
    expect_undisturbed(hello, 2100);
    restart(hello, NULL);
    expect_undisturbed(hello, 2100);
    assert_int_not_equal(access(path_of(hello, "checkpoint"), F_OK), 0);
    koop_journal_close(journal);
    free(hello);
}

/* The newest segment cannot be opened for the moment. */
static void take_newest_away(const koop_wire_hello *hello) {
    char name[16], from[160];
    int n = 0;
    delete_older_segments(hello);
    for (n = 999; n > 0; n--) {
        snprintf(name, sizeof name, "%06d.koop", n);
        if (access(path_of(hello, name), F_OK) == 0) break;
    }
    snprintf(from, sizeof from, "%s", path_of(hello, name));
    assert_int_equal(rename(from, path_of(hello, "aside")), 0);
    assert_int_equal(symlink("/nowhere", from), 0);
}

static void bring_newest_back(const koop_wire_hello *hello) {
    char name[16], to[160];
    struct stat about;
    for (int n = 999; n > 0; n--) {
        snprintf(name, sizeof name, "%06d.koop", n);
        if (lstat(path_of(hello, name), &about) == 0) break;
    }
    snprintf(to, sizeof to, "%s", path_of(hello, name));
    assert_int_equal(rename(path_of(hello, "aside"), to), 0);
}

static void a_journal_that_cannot_be_read_now_leaves_the_checkpoint(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_journal *journal = live_run(hello, 1502);
    koop_journal_close(journal);
    restart(hello, take_newest_away);
    KIT_AWAIT((seen(hello), strcmp(view.reason, koop_strstatus(KOOP_IO_FAILED)) == 0));
    assert_int_equal(access(path_of(hello, "checkpoint"), F_OK), 0);
    restart(hello, bring_newest_back);
    expect_undisturbed(hello, 1502);
    free(hello);
}

/* Of a finished run whose older segments are gone: what they held is not lost, and the state of the
 * first options, which only the checkpoint has, comes back with them. */
static void other_options_for_a_while_destroy_nothing(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    koop_wire_message *bye = calloc(1, sizeof *bye);
    assert_non_null(bye);
    koop_journal *journal = live_run(hello, 1000);
    bye->type = KOOP_WIRE_BYE;
    bye->as.bye.last_seq = 1003; /* three never came */
    assert_int_equal(koop_journal_append(journal, bye), KOOP_OK);
    koop_journal_close(journal);
    stride++;
    restart(hello, delete_older_segments);
    KIT_AWAIT((seen(hello), view.run.state == KOOP_RUN_FINISHED));
    assert_true(seen(hello) < 1000);
    assert_int_equal(view.run.lost, 3);
    restart(hello, NULL); /* from a checkpoint of its own */
    KIT_AWAIT((seen(hello), view.run.state == KOOP_RUN_FINISHED));
    assert_int_equal(view.run.lost, 3);
    stride--;
    restart(hello, NULL);
    KIT_AWAIT((seen(hello), view.run.state == KOOP_RUN_FINISHED));
    assert_int_equal(seen(hello), 1000);
    assert_int_equal(view.run.lost, 3);
    free(bye);
    free(hello);
}

static void a_run_for_whose_window_there_is_no_memory_waits_for_it(void **state) {
    (void)state;
    koop_wire_hello *first = new_hello(1, "first"), *second = new_hello(2, "second");
    const koop_pipeline_options options = koop_pipeline_defaults();
    end();
    memory_bytes = 3 * koop_pipeline_bytes(&options, first); /* half of it: one and a half */
    begin();
    koop_journal *one = live_run(first, 100), *two = open_journal(second, &(uint64_t){0});
    assert_int_equal(koop_runs_get_totals(runs).pipeline_bytes,
                     koop_pipeline_bytes(&options, first));
    greet(second, 0);
    publish(two, second, 1, 100);
    KIT_AWAIT((seen(second), strstr(view.reason, "no memory for its window") != NULL));
    assert_non_null(strstr(view.reason, "raise --memory"));
    assert_true(koop_runs_is_unwatched(runs, second->run));
    assert_false(koop_runs_is_unwatched(runs, first->run));
    assert_int_equal(view.run.snapshots, 0);
    publish(one, first, 101, 200); /* the one that has its pipeline is not disturbed */
    expect_undisturbed(first, 200);
    koop_runs_leaving(runs, first->run);
    koop_work *work = koop_work_bye(first->run, &(koop_wire_bye){.last_seq = 200});
    assert_non_null(work);
    assert_int_equal(koop_queue_push(queue, &work->node, 0), KOOP_OK);
    uint64_t last = 100;
    KIT_AWAIT((last++, publish(two, second, last, last), kit_sleep_ms(100), seen(second) > 100));
    expect_undisturbed(second, last);
    assert_false(koop_runs_is_unwatched(runs, second->run));
    koop_journal_close(one);
    koop_journal_close(two);
    free(first);
    free(second);
}

static pthread_mutex_t told_mutex = PTHREAD_MUTEX_INITIALIZER;
static int n_told;
static int64_t told[64]; /* steps */

static void deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                    koop_outcome *outcome) {
    (void)rule;
    (void)stop;
    pthread_mutex_lock(&told_mutex);
    if (!alert->resolved) told[n_told++ % 64] = alert->step;
    pthread_mutex_unlock(&told_mutex);
    memset(outcome, 0, sizeof *outcome);
}

static int count_told(void) {
    pthread_mutex_lock(&told_mutex);
    const int n = n_told;
    pthread_mutex_unlock(&told_mutex);
    return n;
}

/* Of all that is not finite, by an outbox that was begun at `began_ms`. */
static void open_alerts(int64_t began_ms) {
    char why[KOOP_OUTBOX_WHY_BYTES];
    const koop_alerts_options options = {.data_dir = root, .deliver = deliver};
    static const koop_rules rules = {
        .n = 1, .rule = {{.name = "a", .on = 1u << KOOP_ALERT_NOT_FINITE, .run = "*"}}};
    n_told = 0;
    assert_int_equal(koop_alerts_new(&alerts, &options, began_ms, why), KOOP_OK);
    assert_int_equal(koop_alerts_set_rules(alerts, &rules), KOOP_OK);
}

/* Alerts end and begin with the daemon; of its compute nothing was handed over since. */
static void reopen_alerts(const koop_wire_hello *hello) {
    (void)hello;
    koop_alerts_free(alerts);
    const int before = n_told;
    open_alerts(0);
    n_told = before;
}

static void lose_checkpoint(const koop_wire_hello *hello) {
    unlink(path_of(hello, "checkpoint"));
    reopen_alerts(hello);
}

static void events_are_alerted_of_once_though_they_are_computed_again(void **state) {
    koop_wire_hello *hello = new_hello(1, "a");
    end();
    open_alerts(hello->start_ms);
    begin();
    koop_journal *journal = live_run(hello, 600);
    KIT_AWAIT(count_told() == 1);
    assert_int_equal(told[0], 5000);
    restart(hello, reopen_alerts); /* from the checkpoint */
    greet(hello, 600);
    publish(journal, hello, 601, 1100);
    KIT_AWAIT(count_told() == 2);
    assert_int_equal(told[1], 10000);
    restart(hello, lose_checkpoint); /* from the journal's start */
    greet(hello, 1100);
    publish(journal, hello, 1101, 1600);
    KIT_AWAIT(count_told() == 3);
    assert_int_equal(told[2], 15000);
    (void)state;
    koop_journal_close(journal);
    free(hello);
}

static void what_was_before_the_outbox_is_not_alerted_of(void **state) {
    (void)state;
    koop_wire_hello *hello = new_hello(1, "a");
    uint64_t last_seq = 0;
    end();
    open_alerts(hello->start_ms + 1);
    begin();
    koop_journal *journal = open_journal(hello, &last_seq);
    append(journal, 1, 1100);
    restart(hello, NULL);
    greet(hello, 1100);
    publish(journal, hello, 1101, 1600);
    KIT_AWAIT(count_told() == 1);
    assert_int_equal(told[0], 15000);
    koop_journal_close(journal);
    free(hello);
}

static void no_checkpoint_leaves_behind_what_the_outbox_could_not_keep(void **state) {
    (void)state;
    char path[128];
    koop_wire_hello *hello = new_hello(1, "a");
    end();
    snprintf(path, sizeof path, "%s/alerts", root);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/alerts/outbox.new", root);
    assert_int_equal(mkdir(path, 0700), 0); /* in the way */
    open_alerts(hello->start_ms);
    begin();
    koop_journal *journal = live_run(hello, 2100);
    KIT_AWAIT(count_told() == 4);
    restart(hello, reopen_alerts);
    expect_undisturbed(hello, 2100);
    assert_int_not_equal(access(path_of(hello, "checkpoint"), F_OK), 0);
    assert_int_equal(rmdir(path), 0);
    KIT_AWAIT(count_told() == 8); /* they were not kept: at least once */
    koop_alerts_tick(alerts, 0);
    assert_true(koop_alerts_keep(alerts, true));
    restart(hello, reopen_alerts);
    expect_undisturbed(hello, 2100);
    restart(hello, reopen_alerts);
    expect_undisturbed(hello, 2100);
    assert_int_equal(access(path_of(hello, "checkpoint"), F_OK), 0);
    assert_int_equal(count_told(), 8);
    koop_journal_close(journal);
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
        WITH(a_run_whose_hello_and_goodbye_found_no_room_is_found_in_its_journal),
        WITH(a_journal_that_cannot_be_read_to_its_end_gives_no_pipeline),
        WITH(followers_get_no_lines_of_the_past),
        WITH(a_restart_goes_on_from_the_checkpoint),
        WITH(what_a_killed_daemon_left_is_gone_on_from),
        WITH(a_finished_run_keeps_its_checkpoint),
        WITH(a_checkpoint_beyond_the_journal_is_not_believed),
        WITH(a_damaged_checkpoint_is_none),
        WITH(a_checkpoint_that_cannot_be_written_harms_nobody),
        WITH(a_journal_that_cannot_be_read_now_leaves_the_checkpoint),
        WITH(other_options_for_a_while_destroy_nothing),
        WITH(a_run_for_whose_window_there_is_no_memory_waits_for_it),
        WITH(events_are_alerted_of_once_though_they_are_computed_again),
        WITH(what_was_before_the_outbox_is_not_alerted_of),
        WITH(no_checkpoint_leaves_behind_what_the_outbox_could_not_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
