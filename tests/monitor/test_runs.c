#include "runs.h"

#include "serve_kit.h"

static koop_view blank;

static koop_runs *new_runs(void) {
    koop_runs *runs = NULL;
    memset(&blank, 0, sizeof blank);
    blank.window = 64;
    blank.rank = 8;
    snprintf(blank.reason, sizeof blank.reason, "nothing yet");
    assert_int_equal(koop_runs_new(&runs, &blank), KOOP_OK);
    return runs;
}

static const uint8_t *uuid(uint8_t run) {
    static uint8_t bytes[4][KOOP_WIRE_UUID_BYTES];
    static int next;
    uint8_t *made = bytes[next++ % 4];
    memset(made, run, KOOP_WIRE_UUID_BYTES);
    return made;
}

static void admit(koop_runs *runs, uint8_t run, const char *name, int64_t now_ms) {
    koop_wire_hello *hello = malloc(sizeof *hello);
    assert_non_null(hello);
    kit_hello(hello, run, name, 3);
    assert_int_equal(koop_runs_admit(runs, hello, 0, now_ms), KOOP_OK);
    free(hello);
}

static koop_view *view_of(koop_runs *runs, uint8_t run, int64_t now_ms) {
    static koop_view view;
    assert_int_equal(koop_runs_view(runs, uuid(run), now_ms, &view), KOOP_OK);
    return &view;
}

static void a_new_run_shows_its_name_and_what_it_waits_for(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    admit(runs, 0xab, "evil\x1b[2J", 1000);
    const koop_view *view = view_of(runs, 0xab, 1000);
    assert_string_equal(view->run.name, "evil%1B%5B2J");
    assert_string_equal(view->run.uuid, "abababababababababababababababab");
    assert_int_equal(view->run.pid, 42);
    assert_int_equal(view->run.state, KOOP_RUN_LIVE);
    assert_int_equal(view->window, 64);
    assert_string_equal(view->reason, "nothing yet");
    koop_runs_free(runs);
}

static void damage_is_shown_at_its_worst_and_deleted_runs_are_forgotten(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    admit(runs, 0xab, "cnn", 1000);
    koop_runs_damaged(runs, uuid(0xab), 3, 0);
    koop_runs_damaged(runs, uuid(0xab), 1, 2);
    koop_runs_damaged(runs, uuid(0xcd), 9, 9); /* nobody's */
    assert_int_equal(view_of(runs, 0xab, 1000)->run.damaged, 3);
    assert_int_equal(view_of(runs, 0xab, 1000)->run.quarantined, 2);
    koop_runs_forget(runs, "abababababababababababababababab");
    assert_true(koop_runs_has(runs, uuid(0xab))); /* it lives */
    koop_runs_stall(runs, 10000, 3000);
    koop_runs_forget(runs, "abababababababababababababababac");
    assert_true(koop_runs_has(runs, uuid(0xab)));
    koop_runs_forget(runs, "abababababababababababababababab");
    assert_false(koop_runs_has(runs, uuid(0xab)));
    koop_runs_free(runs);
}

static void runs_are_found_by_name_uuid_and_unambiguous_prefix(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    uint8_t found[KOOP_WIRE_UUID_BYTES];
    admit(runs, 0xab, "cnn", 0);
    admit(runs, 0xac, "cnn", 0); /* began later: kit_hello */
    admit(runs, 0x11, "mlp", 0);
    assert_int_equal(koop_runs_find(runs, "cnn", found), KOOP_OK);
    assert_memory_equal(found, uuid(0xac), sizeof found);
    assert_int_equal(koop_runs_find(runs, "abababababababababababababababab", found), KOOP_OK);
    assert_memory_equal(found, uuid(0xab), sizeof found);
    assert_int_equal(koop_runs_find(runs, "1111", found), KOOP_OK);
    assert_memory_equal(found, uuid(0x11), sizeof found);
    assert_int_equal(koop_runs_find(runs, "111", found), KOOP_NOT_FOUND);
    assert_int_equal(koop_runs_find(runs, "", found), KOOP_NOT_FOUND);
    assert_int_equal(koop_runs_find(runs, "nobody", found), KOOP_NOT_FOUND);
    koop_runs_free(runs);
}

static void a_prefix_of_two_runs_is_no_answer(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    koop_wire_hello *hello = malloc(sizeof *hello);
    assert_non_null(hello);
    uint8_t found[KOOP_WIRE_UUID_BYTES];
    kit_hello(hello, 0x22, "a", 3);
    assert_int_equal(koop_runs_admit(runs, hello, 0, 0), KOOP_OK);
    hello->run[15] = 0x23;
    assert_int_equal(koop_runs_admit(runs, hello, 0, 0), KOOP_OK);
    assert_int_equal(koop_runs_find(runs, "22222222", found), KOOP_NOT_FOUND);
    assert_int_equal(koop_runs_find(runs, "22222222222222222222222222222223", found), KOOP_OK);
    assert_int_equal(found[15], 0x23);
    free(hello);
    koop_runs_free(runs);
}

static void a_silent_run_stalls_and_lives_again_when_heard(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    admit(runs, 1, "a", 1000);
    koop_runs_stall(runs, 1000 + 3000, 3000);
    assert_int_equal(view_of(runs, 1, 4000)->run.state, KOOP_RUN_LIVE);
    koop_runs_stall(runs, 1000 + 3001, 3000);
    assert_int_equal(view_of(runs, 1, 4001)->run.state, KOOP_RUN_STALLED);
    assert_int_equal(koop_runs_idle_ms(runs, uuid(1), 5000), 4000);
    koop_runs_heard(runs, uuid(1), 6000);
    assert_int_equal(view_of(runs, 1, 6000)->run.state, KOOP_RUN_LIVE);
    assert_int_equal(koop_runs_idle_ms(runs, uuid(1), 7000), 0);
    assert_int_equal(koop_runs_idle_ms(runs, uuid(2), 7000), -1);
    char text[KOOP_VIEW_UUID_BYTES];
    bool heard = false;
    koop_uuid_text(uuid(1), text);
    assert_int_equal(koop_runs_silent_ms(runs, text, 7500, &heard), 1500);
    assert_true(heard);
    assert_int_equal(koop_runs_silent_ms(runs, text, 5000, &heard), 0);
    assert_int_equal(koop_runs_silent_ms(runs, "none", 7500, &heard), -1);
    assert_false(heard);
    koop_runs_free(runs);
}

static void a_goodbye_finishes_when_compute_reached_it(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    admit(runs, 1, "a", 1000);
    koop_runs_finish(runs, uuid(1), &(koop_wire_bye){0}, 0);
    assert_int_equal(view_of(runs, 1, 1000)->run.state, KOOP_RUN_LIVE);
    koop_runs_leaving(runs, uuid(1));
    koop_runs_stall(runs, 100000, 3000);
    assert_int_equal(view_of(runs, 1, 1000)->run.state, KOOP_RUN_LIVE);
    koop_runs_finish(runs, uuid(1), &(koop_wire_bye){0}, 0);
    assert_int_equal(view_of(runs, 1, 1000)->run.state, KOOP_RUN_FINISHED);
    koop_runs_heard(runs, uuid(1), 200000);
    assert_int_equal(view_of(runs, 1, 1000)->run.state, KOOP_RUN_FINISHED);
    admit(runs, 1, "a", 200000);
    assert_int_equal(view_of(runs, 1, 1000)->run.state, KOOP_RUN_LIVE);
    koop_runs_free(runs);
}

static void a_recovered_run_is_stalled_until_finished_or_heard(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    koop_wire_hello *hello = malloc(sizeof *hello);
    assert_non_null(hello);
    kit_hello(hello, 1, "a", 3);
    assert_int_equal(koop_runs_recover(runs, hello), KOOP_OK);
    assert_int_equal(view_of(runs, 1, 0)->run.state, KOOP_RUN_STALLED);
    char text[KOOP_VIEW_UUID_BYTES];
    bool heard = true;
    koop_uuid_text(uuid(1), text);
    assert_true(koop_runs_silent_ms(runs, text, INT64_MAX, &heard) > 0);
    assert_false(heard);
    assert_true(koop_runs_replay_limit(runs, uuid(1)) == UINT64_MAX);
    koop_runs_finish(runs, uuid(1), &(koop_wire_bye){0}, 0);
    assert_int_equal(view_of(runs, 1, 0)->run.state, KOOP_RUN_FINISHED);
    assert_int_equal(koop_runs_admit(runs, hello, 17, 0), KOOP_OK);
    assert_int_equal(koop_runs_admit(runs, hello, 23, 0), KOOP_OK);
    assert_int_equal(koop_runs_replay_limit(runs, uuid(1)), 17); /* 18 to 23 were queued */
    koop_runs_finish(runs, uuid(1), &(koop_wire_bye){0},
                     0); /* its old goodbye, reached after the trainer came back */
    assert_int_equal(view_of(runs, 1, 0)->run.state, KOOP_RUN_LIVE);
    free(hello);
    koop_runs_free(runs);
}

static void pending_is_journaled_but_not_computed(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    admit(runs, 1, "a", 0);
    for (int i = 0; i < 5; i++) koop_runs_journaled(runs, uuid(1), 100, 0);
    koop_view put = blank;
    put.filled = 3;
    snprintf(put.run.uuid, sizeof put.run.uuid, "x");
    koop_runs_put(runs, uuid(1), &put, 3, 0.25);
    const koop_view *view = view_of(runs, 1, 0);
    assert_int_equal(view->run.pending, 2);
    assert_true(view->run.lag_s == 0.25);
    assert_int_equal(view->filled, 3);
    koop_runs_totals totals = koop_runs_get_totals(runs);
    assert_int_equal(totals.snapshots, 5);
    assert_int_equal(totals.bytes, 500);
    assert_int_equal(totals.runs, 1);
    koop_runs_free(runs);
}

static void the_rate_counts_the_last_seconds_and_gives_the_time_to_go(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    admit(runs, 1, "a", 50000);
    for (int64_t t = 50000; t < 80000; t += 100) koop_runs_journaled(runs, uuid(1), 4, t);
    koop_view put = blank;
    put.filled = 14;
    koop_runs_put(runs, uuid(1), &put, 300, -1);
    const koop_view *view = view_of(runs, 1, 80000);
    assert_true(view->run.rate > 9.9 && view->run.rate < 10.1);
    assert_true(view->eta_s > 4.9 && view->eta_s < 5.1);
    assert_true(view_of(runs, 1, 100000)->run.rate == 0);
    koop_runs_leaving(runs, uuid(1));
    koop_runs_finish(runs, uuid(1), &(koop_wire_bye){0}, 0);
    view = view_of(runs, 1, 80000);
    assert_true(view->run.rate == 0);
    assert_true(view->eta_s == 0);
    koop_runs_free(runs);
}

static void refusals_are_counted_by_run_and_in_all(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    admit(runs, 1, "a", 0);
    koop_runs_malformed(runs, NULL);
    koop_runs_malformed(runs, uuid(1));
    koop_runs_refused(runs, uuid(1));
    koop_runs_refused(runs, uuid(9));
    assert_int_equal(view_of(runs, 1, 0)->run.refused, 2);
    koop_runs_totals totals = koop_runs_get_totals(runs);
    assert_int_equal(totals.malformed, 2);
    assert_int_equal(totals.refused, 2);
    koop_runs_free(runs);
}

static void when_full_the_longest_finished_gives_way_then_the_stalled_never_the_live(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    koop_wire_hello *hello = malloc(sizeof *hello);
    assert_non_null(hello);
    for (int i = 0; i < KOOP_VIEW_RUNS; i++) {
        kit_hello(hello, (uint8_t)i, "a", 3);
        assert_int_equal(koop_runs_admit(runs, hello, 0, 1000 + i), KOOP_OK);
    }
    kit_hello(hello, 0, "late", 3);
    hello->run[0] = 0xff;
    assert_false(koop_runs_has_room(runs, hello->run));
    assert_int_equal(koop_runs_admit(runs, hello, 0, 5000), KOOP_TOO_LARGE);
    koop_runs_stall(runs, 1000 + 3000 + 2, 3000); /* 0 and 1 */
    koop_runs_leaving(runs, uuid(7));
    koop_runs_finish(runs, uuid(7), &(koop_wire_bye){0}, 0);
    assert_true(koop_runs_has_room(runs, hello->run));
    assert_int_equal(koop_runs_admit(runs, hello, 0, 5000), KOOP_OK);
    assert_false(koop_runs_has(runs, uuid(7)));
    assert_true(koop_runs_has(runs, uuid(0)));
    hello->run[0] = 0xfe;
    assert_int_equal(koop_runs_admit(runs, hello, 0, 5000), KOOP_OK);
    assert_false(koop_runs_has(runs, uuid(0)));
    assert_true(koop_runs_has(runs, uuid(1)));
    free(hello);
    koop_runs_free(runs);
}

static void a_goodbye_tells_what_was_dropped_and_what_was_lost(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    koop_view put = blank;
    admit(runs, 1, "a", 0);
    put.run.snapshots = 80;
    put.run.not_finite = 4;
    put.run.dropped = 3;
    koop_runs_put(runs, uuid(1), &put, 0, -1);
    koop_runs_leaving(runs, uuid(1));
    koop_runs_finish(runs, uuid(1), &(koop_wire_bye){.last_seq = 300, .dropped = 10}, 0);
    assert_int_equal(view_of(runs, 1, 0)->run.dropped, 10);
    assert_int_equal(view_of(runs, 1, 0)->run.lost, 300 - 10 - 84);
    admit(runs, 1, "a", 0); /* it is back: what is missing may still come */
    assert_int_equal(view_of(runs, 1, 0)->run.lost, 0);
    assert_int_equal(view_of(runs, 1, 0)->run.dropped, 3);
    koop_runs_leaving(runs, uuid(1));
    koop_runs_finish(runs, uuid(1), &(koop_wire_bye){.last_seq = 80, .dropped = UINT64_MAX}, 0);
    assert_int_equal(view_of(runs, 1, 0)->run.lost, 0);
    koop_runs_free(runs);
}

static void a_run_shows_the_process_that_spoke_last_and_its_failing_journal(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    koop_wire_hello *hello = malloc(sizeof *hello);
    assert_non_null(hello);
    admit(runs, 1, "a", 0);
    kit_hello(hello, 1, "a", 3);
    hello->pid = 77;
    assert_int_equal(koop_runs_admit(runs, hello, 0, 0), KOOP_OK);
    koop_view put = blank;
    put.run.pid = 42; /* as the journal's first HELLO has it */
    koop_runs_put(runs, uuid(1), &put, 0, -1);
    assert_int_equal(view_of(runs, 1, 0)->run.pid, 77);
    koop_runs_failing(runs, uuid(1), true);
    assert_true(view_of(runs, 1, 0)->run.failing);
    free(hello);
    koop_runs_free(runs);
}

static void a_run_has_a_share_of_the_queue_and_room_for_one_snapshot(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    uint64_t seq, journaled;
    admit(runs, 1, "a", 0);
    admit(runs, 2, "b", 0);
    assert_true(koop_runs_queue(runs, uuid(1), 1, 500, 100, true));
    assert_false(koop_runs_queue(runs, uuid(1), 2, 1, 100, true));
    assert_true(koop_runs_is_behind(runs, uuid(1)));
    assert_true(koop_runs_queue(runs, uuid(2), 1, 60, 100, true));
    assert_true(koop_runs_queue(runs, uuid(2), 2, 40, 100, true));
    assert_false(koop_runs_take_behind(runs, run, &seq, &journaled)); /* 1 is queued */
    koop_runs_unqueue(runs, uuid(1), 500);
    assert_false(koop_runs_queue(runs, uuid(1), 3, 1, 100, true)); /* not before 2 */
    assert_true(koop_runs_take_behind(runs, run, &seq, &journaled));
    assert_memory_equal(run, uuid(1), sizeof run);
    assert_int_equal(seq, 3);
    assert_true(koop_runs_queue(runs, uuid(1), 4, 1, 100, true));
    koop_runs_free(runs);
}

static void new_runs_are_few_a_second_and_old_ones_free(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    uint8_t stranger[KOOP_WIRE_UUID_BYTES] = {9, 9};
    admit(runs, 1, "known", 1000);
    for (int i = 0; i < KOOP_VIEW_RUNS; i++) assert_true(koop_runs_may_begin(runs, stranger, 1000));
    assert_false(koop_runs_may_begin(runs, stranger, 1000));
    assert_true(koop_runs_may_begin(runs, uuid(1), 1000));
    for (int i = 0; i < 10; i++) assert_true(koop_runs_may_begin(runs, stranger, 2000));
    assert_false(koop_runs_may_begin(runs, stranger, 2000));
    koop_runs_free(runs);
}

static void the_list_is_newest_first(void **state) {
    (void)state;
    koop_runs *runs = new_runs();
    koop_run_summary list[4];
    admit(runs, 5, "b", 0);
    admit(runs, 9, "c", 0);
    admit(runs, 2, "a", 0);
    assert_int_equal(koop_runs_list(runs, list, 4, 0), 3);
    assert_string_equal(list[0].name, "c");
    assert_string_equal(list[1].name, "b");
    assert_string_equal(list[2].name, "a");
    assert_int_equal(koop_runs_list(runs, list, 1, 0), 1);
    koop_runs_free(runs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_run_shows_its_name_and_what_it_waits_for),
        cmocka_unit_test(damage_is_shown_at_its_worst_and_deleted_runs_are_forgotten),
        cmocka_unit_test(runs_are_found_by_name_uuid_and_unambiguous_prefix),
        cmocka_unit_test(a_prefix_of_two_runs_is_no_answer),
        cmocka_unit_test(a_silent_run_stalls_and_lives_again_when_heard),
        cmocka_unit_test(a_goodbye_finishes_when_compute_reached_it),
        cmocka_unit_test(a_recovered_run_is_stalled_until_finished_or_heard),
        cmocka_unit_test(pending_is_journaled_but_not_computed),
        cmocka_unit_test(the_rate_counts_the_last_seconds_and_gives_the_time_to_go),
        cmocka_unit_test(refusals_are_counted_by_run_and_in_all),
        cmocka_unit_test(when_full_the_longest_finished_gives_way_then_the_stalled_never_the_live),
        cmocka_unit_test(a_goodbye_tells_what_was_dropped_and_what_was_lost),
        cmocka_unit_test(a_run_shows_the_process_that_spoke_last_and_its_failing_journal),
        cmocka_unit_test(a_run_has_a_share_of_the_queue_and_room_for_one_snapshot),
        cmocka_unit_test(new_runs_are_few_a_second_and_old_ones_free),
        cmocka_unit_test(the_list_is_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
