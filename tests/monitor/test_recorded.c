#include "recorded.h"

#include "serve_kit.h"

#include <math.h>

enum { N = 6, SNAPSHOTS = 200 };

static char data_dir[64], path[128];
static koop_wire_hello hello;
static koop_wire_message message;
static koop_view view, wanted;
static koop_recorded_options options;
static koop_journal_options journal_options;
static koop_source *source;

/* Snapshot i of a decaying rotation with a change half-way, a second after the one before. */
static const koop_wire_snapshot *snapshot_at(int i) {
    static float values[N];
    const double x = i < SNAPSHOTS / 2 ? 0.02 * i : 0.3 * i;
    for (int k = 0; k < N; k++)
        values[k] =
            (float)(cos((k + 1) * x) * exp(-0.001 * (k + 1) * i) + 0.001 * sin(7.0 * k * i));
    message.type = KOOP_WIRE_SNAPSHOT;
    message.as.snapshot = (koop_wire_snapshot){.seq = (uint64_t)i + 1,
                                               .step = 10 * i,
                                               .time_ms = 1000000 + 1000 * (int64_t)i,
                                               .total = sizeof values,
                                               .data = (const uint8_t *)values,
                                               .bytes = sizeof values};
    return &message.as.snapshot;
}

/* Appends snapshots [from, to), and a goodbye. */
static void record(int from, int to, bool bye) {
    koop_journal *journal;
    uint64_t last;
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, &journal_options, &last),
                     KOOP_OK);
    for (int i = from; i < to; i++) {
        snapshot_at(i);
        assert_int_equal(koop_journal_append(journal, &message), KOOP_OK);
    }
    message.type = KOOP_WIRE_BYE;
    message.as.bye = (koop_wire_bye){.last_seq = (uint64_t)to + 5, .dropped = 3};
    if (bye) assert_int_equal(koop_journal_append(journal, &message), KOOP_OK);
    koop_journal_close(journal);
}

static int set_up(void **state) {
    (void)state;
    kit_make_directory(data_dir);
    kit_hello(&hello, 7, "trained", N);
    snprintf(path, sizeof path, "%s/runs/07070707070707070707070707070707", data_dir);
    options = (koop_recorded_options){.pipeline = koop_pipeline_defaults(), .speed = 0.001};
    options.pipeline.dmd.span = 32;
    options.pipeline.dmd.pca = 4;
    options.pipeline.dmd.rank = 4;
    journal_options = koop_journal_defaults();
    source = NULL;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    koop_source_free(source);
    kit_remove_tree(data_dir);
    return 0;
}

static void open_recorded(void) {
    assert_int_equal(koop_source_recorded(&source, path, &options), KOOP_OK);
}

/* The view of a pipeline that was fed the first n snapshots. */
static void compute(int n) {
    koop_pipeline *pipeline;
    assert_int_equal(koop_pipeline_new(&pipeline, &options.pipeline, &hello, NULL, NULL), KOOP_OK);
    for (int i = 0; i < n; i++)
        assert_int_equal(koop_pipeline_push(pipeline, snapshot_at(i)), KOOP_OK);
    wanted = *koop_pipeline_view(pipeline);
    koop_pipeline_free(pipeline);
}

static bool shows(uint64_t snapshots) {
    return koop_source_view(source, NULL, 0, &view) == KOOP_OK && view.run.snapshots == snapshots;
}

static koop_playback playback(void) {
    koop_playback now;
    assert_int_equal(koop_source_playback(source, &now), KOOP_OK);
    return now;
}

static void play(koop_play command) {
    assert_int_equal(koop_source_play(source, command), KOOP_OK);
}

static void assert_same_results(void) {
    assert_int_equal(view.run.step, wanted.run.step);
    assert_int_equal(view.has_spectrum, wanted.has_spectrum);
    assert_int_equal(view.spectrum.rank, wanted.spectrum.rank);
    assert_memory_equal(view.spectrum.modes, wanted.spectrum.modes,
                        (size_t)wanted.spectrum.rank * sizeof *wanted.spectrum.modes);
    assert_int_equal(view.n_events, wanted.n_events);
    for (int i = 0; i < wanted.n_events; i++) {
        assert_int_equal(view.events[i].step, wanted.events[i].step);
        assert_string_equal(view.events[i].sentence, wanted.events[i].sentence);
    }
    assert_int_equal(view.n_history, wanted.n_history);
}

static void its_end_is_what_the_pipeline_gives(void **state) {
    (void)state;
    record(0, SNAPSHOTS, true);
    compute(SNAPSHOTS);
    assert_true(wanted.has_spectrum);
    open_recorded();
    assert_int_equal(koop_recorded_finish(source), KOOP_OK);
    assert_true(shows(SNAPSHOTS));
    assert_same_results();
    assert_string_equal(view.run.name, "trained");
    assert_int_equal(view.run.state, KOOP_RUN_FINISHED);
    assert_int_equal(view.run.dropped, 3);
    assert_int_equal(view.run.lost, 2);
    assert_true(playback().finished && playback().share == 1 && !playback().seeking);
    koop_run_summary run;
    int n;
    assert_int_equal(koop_source_runs(source, 0, &run, 1, &n), KOOP_OK);
    assert_int_equal(n, 1);
    assert_string_equal(run.uuid, view.run.uuid);
}

static void what_retention_deleted_is_not_lost(void **state) {
    (void)state;
    journal_options.segment_bytes = 4096;
    record(0, SNAPSHOTS, true);
    const koop_journal_options little = {.keep_bytes = 1};
    assert_int_equal(koop_journal_prune(data_dir, &little, 0), KOOP_OK);
    open_recorded();
    assert_int_equal(koop_recorded_finish(source), KOOP_OK);
    assert_int_equal(koop_source_view(source, NULL, 0, &view), KOOP_OK);
    assert_true(view.run.snapshots > 0 && view.run.snapshots < SNAPSHOTS);
    assert_int_equal(view.run.lost, 2);
}

/* As repair leaves it where nothing in it was intact. */
static void what_went_otherwise_is_lost(void **state) {
    (void)state;
    journal_options.segment_bytes = 4096;
    record(0, SNAPSHOTS, true);
    char segment[160];
    snprintf(segment, sizeof segment, "%s/000001.koop", path);
    assert_int_equal(unlink(segment), 0);
    open_recorded();
    assert_int_equal(koop_recorded_finish(source), KOOP_OK);
    assert_int_equal(koop_source_view(source, NULL, 0, &view), KOOP_OK);
    assert_int_equal(view.run.lost, 2 + SNAPSHOTS - view.run.snapshots);
}

static void without_a_goodbye_the_run_did_not_finish(void **state) {
    (void)state;
    record(0, 50, false);
    open_recorded();
    assert_int_equal(koop_recorded_finish(source), KOOP_OK);
    assert_true(shows(50));
    assert_int_equal(view.run.state, KOOP_RUN_STALLED);
    assert_int_equal(view.run.lost, 0);
}

static void it_starts_over_and_ends_the_same(void **state) {
    (void)state;
    record(0, SNAPSHOTS, true);
    compute(SNAPSHOTS);
    open_recorded();
    for (int round = 0; round < 3; round++) {
        assert_int_equal(koop_recorded_finish(source), KOOP_OK);
        assert_true(shows(SNAPSHOTS));
        assert_same_results();
        play(KOOP_PLAY_START);
        KIT_AWAIT(!playback().finished);
    }
}

/* Paused at its first snapshot. */
static void rewind_paused(void) {
    play(KOOP_PLAY_PAUSE);
    assert_true(playback().paused);
    play(KOOP_PLAY_END);
    KIT_AWAIT(playback().finished);
    play(KOOP_PLAY_START);
    KIT_AWAIT(shows(1));
}

static void paused_it_goes_on_by_updates_only(void **state) {
    (void)state;
    record(0, SNAPSHOTS, true);
    open_recorded();
    rewind_paused();
    /* While the window fills, a stride; then from spectrum to spectrum. */
    for (uint64_t at = 1; at < 60;) {
        play(KOOP_PLAY_STEP);
        KIT_AWAIT(!shows(at));
        const uint64_t before = at;
        KIT_AWAIT((at = view.run.snapshots, koop_source_view(source, NULL, 0, &view) == KOOP_OK &&
                                                view.run.snapshots == at && at > before));
        if (at > before + 4) fail_msg("from %d to %d", (int)before, (int)at);
        if (view.has_spectrum && view.filled == view.window)
            assert_int_equal(view.spectrum_step, view.run.step);
    }
    assert_true(playback().paused && !playback().finished);
    compute((int)view.run.snapshots);
    assert_same_results();
}

static void it_begins_where_it_is_told(void **state) {
    (void)state;
    record(0, SNAPSHOTS, true);
    options.place = (koop_place){KOOP_PLACE_STEP, 1495};
    open_recorded();
    KIT_AWAIT(koop_source_view(source, NULL, 0, &view) == KOOP_OK);
    assert_true(view.run.snapshots >= 151); /* more when two seconds passed meanwhile */
    compute((int)view.run.snapshots);
    assert_same_results();
}

static void a_place_behind_the_end_is_the_end(void **state) {
    (void)state;
    record(0, 50, true);
    options.place = (koop_place){KOOP_PLACE_STEP, 1e9};
    open_recorded();
    KIT_AWAIT(playback().finished);
    assert_true(shows(50));
}

static void what_is_added_later_is_not_played(void **state) {
    (void)state;
    record(0, 100, false);
    open_recorded();
    record(100, SNAPSHOTS, true);
    assert_int_equal(koop_recorded_finish(source), KOOP_OK);
    assert_true(shows(100));
    assert_int_equal(view.run.state, KOOP_RUN_STALLED);
}

static void damage_is_passed_over_and_counted(void **state) {
    (void)state;
    record(0, 100, true);
    char file[160];
    snprintf(file, sizeof file, "%s/000001.koop", path);
    FILE *segment = fopen(file, "r+b");
    assert_non_null(segment);
    fseek(segment, 0, SEEK_END);
    fseek(segment, ftell(segment) / 2, SEEK_SET);
    fputs("damaged", segment);
    fclose(segment);
    open_recorded();
    assert_int_equal(koop_recorded_finish(source), KOOP_OK);
    assert_true(koop_source_view(source, NULL, 0, &view) == KOOP_OK);
    assert_int_equal(view.run.damaged, 1);
    assert_true(view.run.snapshots >= 98 && view.run.snapshots < 100);
}

static void speeds_change_by_key_and_start_by_the_length(void **state) {
    (void)state;
    record(0, SNAPSHOTS, true);
    options.speed = 0;
    open_recorded(); /* 199 s in half a minute */
    assert_true(playback().speed == 10);
    play(KOOP_PLAY_FASTER);
    assert_true(playback().speed == 20);
    play(KOOP_PLAY_SLOWER);
    play(KOOP_PLAY_SLOWER);
    assert_true(playback().speed == 5);
    for (int i = 0; i < 8; i++) play(KOOP_PLAY_FASTER);
    assert_true(isinf(playback().speed));
    play(KOOP_PLAY_SLOWER);
    assert_true(playback().speed == 200); /* all in a second */
}

static void at_full_speed_it_plays_to_its_end(void **state) {
    (void)state;
    record(0, SNAPSHOTS, true);
    options.speed = INFINITY;
    open_recorded();
    KIT_AWAIT(playback().finished);
    assert_true(shows(SNAPSHOTS));
}

static void a_recorded_source_has_no_daemon_to_ask(void **state) {
    (void)state;
    json_t *json;
    record(0, 3, true);
    open_recorded();
    assert_int_equal(koop_source_status(source, 0, &json), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_source_follow(source, NULL, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_source_next(source, 0, &json), KOOP_BAD_ARGUMENT);
}

static void what_cannot_be_played_is_refused_at_once(void **state) {
    (void)state;
    assert_int_equal(koop_source_recorded(&source, path, &options), KOOP_NOT_FOUND);
    record(0, 0, false);
    assert_int_equal(koop_source_recorded(&source, path, &options), KOOP_NOT_ENOUGH_DATA);
    record(0, 3, false);
    options.pipeline.stride = 0;
    assert_int_equal(koop_source_recorded(&source, path, &options), KOOP_BAD_ARGUMENT);
    char text[96];
    snprintf(text, sizeof text, "%s/text", data_dir);
    FILE *file = fopen(text, "w");
    assert_non_null(file);
    fputs("step,loss\n", file);
    fclose(file);
    assert_int_equal(koop_source_recorded(&source, text, &options), KOOP_BAD_MESSAGE);
    assert_null(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(its_end_is_what_the_pipeline_gives),
        TEST(what_retention_deleted_is_not_lost),
        TEST(what_went_otherwise_is_lost),
        TEST(without_a_goodbye_the_run_did_not_finish),
        TEST(it_starts_over_and_ends_the_same),
        TEST(paused_it_goes_on_by_updates_only),
        TEST(it_begins_where_it_is_told),
        TEST(a_place_behind_the_end_is_the_end),
        TEST(what_is_added_later_is_not_played),
        TEST(damage_is_passed_over_and_counted),
        TEST(speeds_change_by_key_and_start_by_the_length),
        TEST(at_full_speed_it_plays_to_its_end),
        TEST(a_recorded_source_has_no_daemon_to_ask),
        TEST(what_cannot_be_played_is_refused_at_once),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
