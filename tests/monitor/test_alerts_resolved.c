/* Stalls and ends, and what is told when something is over. */
#include "alerts_kit.h"

static void a_stall_is_told_and_resolved_with_its_id(void **state) {
    (void)state;
    add_rule("a", "cooldown", "60s");
    open_alerts();
    begin_run();
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS);
    state_at(KOOP_RUN_STALLED, true, false, BEGAN_MS);
    assert_int_equal(count_of("a").waiting, 0);
    for (int i = 0; i < 3; i++) state_at(KOOP_RUN_STALLED, true, true, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 1);
    assert_int_equal(a.got[0].kind, KOOP_ALERT_STALLED);
    assert_false(a.got[0].resolved);
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS + 1000);
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS + 2000);
    assert_int_equal(value(&a.attempts), 1);
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS + 1000 + MINUTE_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_true(a.got[1].resolved);
    assert_string_equal(a.got[1].id, a.got[0].id);
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS + 10 * MINUTE_MS);
    state_at(KOOP_RUN_STALLED, true, true, BEGAN_MS + 10 * MINUTE_MS);
    KIT_AWAIT(value(&a.delivered) == 3);
    assert_string_not_equal(a.got[2].id, a.got[0].id);
}

static void a_stall_that_was_told_is_not_told_after_a_restart(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    open_alerts();
    begin_run();
    state_at(KOOP_RUN_STALLED, true, true, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 1);
    KIT_AWAIT(count_of("a").waiting == 0);
    reopen();
    begin_run();
    state_at(KOOP_RUN_STALLED, false, true, BEGAN_MS);
    assert_int_equal(count_of("a").waiting, 0);
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_true(a.got[1].resolved);
    assert_string_equal(a.got[1].id, a.got[0].id);
}

static void
a_run_not_heard_after_a_restart_has_stalled_only_if_its_journal_has_no_goodbye(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    open_alerts();
    begin_run();
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS);
    reopen();
    koop_alerts_begin(alerts, run, BEGAN_MS + 1);
    state_at(KOOP_RUN_STALLED, false, true, BEGAN_MS);
    assert_int_equal(count_of("a").waiting, 0);
    koop_alerts_watch(alerts, run, 100);
    state_at(KOOP_RUN_STALLED, false, true, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 1);
    assert_int_equal(a.got[0].kind, KOOP_ALERT_STALLED);
}

static void an_end_is_told_once_and_resolves_what_was_open(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0")->on |= 1u << KOOP_ALERT_FINISHED | 1u << KOOP_ALERT_SETTLED;
    open_alerts();
    begin_run();
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS);
    event_at(5, KOOP_EVENT_DIVERGING, BEGAN_MS);
    event_at(6, KOOP_EVENT_SETTLED, BEGAN_MS); /* a moment: it is not over some time */
    KIT_AWAIT(value(&a.delivered) == 2);
    for (int i = 0; i < 3; i++) state_at(KOOP_RUN_FINISHED, true, false, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 4);
    int finished = 0, resolved = 0;
    for (int i = 2; i < 4; i++) {
        finished += a.got[i].kind == KOOP_ALERT_FINISHED && !a.got[i].resolved;
        resolved += a.got[i].kind == KOOP_ALERT_DIVERGING && a.got[i].resolved;
    }
    assert_int_equal(finished, 1);
    assert_int_equal(resolved, 1);
    KIT_AWAIT(count_of("a").waiting == 0);
    reopen();
    state_at(KOOP_RUN_STALLED, false, true, BEGAN_MS);
    state_at(KOOP_RUN_FINISHED, false, false, BEGAN_MS);
    assert_int_equal(count_of("a").waiting, 0);
    assert_int_equal(value(&a.attempts), 4);
}

static void a_transition_is_resolved_when_the_phase_is_steady_for_long_enough(void **state) {
    (void)state;
    add_rule("a", "cooldown", "60s");
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_TRANSITION, BEGAN_MS);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_STEADY, BEGAN_MS + 1);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_DRIFTING, BEGAN_MS + 2);
    koop_alerts_tick(alerts, BEGAN_MS + 2 * MINUTE_MS);
    assert_false(count_of("a").waiting > 1);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_STEADY, BEGAN_MS + 2 * MINUTE_MS);
    koop_alerts_tick(alerts, BEGAN_MS + 3 * MINUTE_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_true(a.got[1].resolved);
    assert_string_equal(a.got[1].sentence, "steady again");
    assert_string_equal(a.got[1].id, a.got[0].id);
}

/* A daemon that starts again reads the journal once more, and with it what was before the last event. */
static void a_phase_from_before_what_was_told_ends_nothing(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_NOT_FINITE, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 1);
    KIT_AWAIT(count_of("a").waiting == 0);
    reopen();
    begin_run();
    koop_alerts_phase(alerts, run, 4, KOOP_PHASE_STEADY, BEGAN_MS);
    koop_alerts_tick(alerts, BEGAN_MS);
    event_at(5, KOOP_EVENT_NOT_FINITE, BEGAN_MS);
    assert_int_equal(count_of("a").waiting, 0);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_STEADY, BEGAN_MS);
    koop_alerts_tick(alerts, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_true(a.got[1].resolved);
    assert_string_equal(a.got[1].sentence, "its weights are finite again");
}

static void a_run_that_settles_has_stopped_diverging(void **state) {
    (void)state;
    add_rule("a", "cooldown", "60s");
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_DIVERGING, BEGAN_MS);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_DIVERGING, BEGAN_MS);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_SETTLED, BEGAN_MS + MINUTE_MS);
    koop_alerts_tick(alerts, BEGAN_MS + 3 * MINUTE_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_true(a.got[1].resolved);
    assert_string_equal(a.got[1].sentence, "nothing more is being learned");
}

static void an_oscillation_of_ten_minutes_is_two_notifications_at_most(void **state) {
    (void)state;
    int64_t ms = 0;
    add_rule("a", NULL, NULL);
    open_alerts();
    begin_run();
    for (uint64_t seq = 1; ms < 30 * MINUTE_MS; seq++, ms += 1000) {
        const bool moves = ms < 10 * MINUTE_MS && ms % 10000 == 0;
        if (moves) event_at(seq, KOOP_EVENT_TRANSITION, BEGAN_MS + ms);
        koop_alerts_phase(alerts, run, seq, moves ? KOOP_PHASE_TRANSITION : KOOP_PHASE_STEADY,
                          BEGAN_MS + ms);
        koop_alerts_tick(alerts, BEGAN_MS + ms);
    }
    KIT_AWAIT(count_of("a").waiting == 0);
    print_message("60 transitions in 10 minutes: %d notifications, %d suppressed\n",
                  value(&a.delivered), (int)count_of("a").suppressed);
    assert_in_range(value(&a.delivered), 1, 2);
    assert_true(a.got[1].resolved);
}

static void what_is_over_does_not_overtake_what_it_ends(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    a.fails = 1;
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&a.attempts) == 1);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_STEADY, BEGAN_MS);
    koop_alerts_tick(alerts, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_false(a.got[0].resolved);
    assert_true(a.got[1].resolved);
}

static void what_is_refused_is_given_up_and_not_resolved(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    a.answer = KOOP_DELIVERY_REFUSED;
    open_alerts();
    begin_run();
    state_at(KOOP_RUN_STALLED, true, true, BEGAN_MS);
    KIT_AWAIT(count_of("a").failed == 1);
    assert_int_equal(count_of("a").waiting, 0);
    state_at(KOOP_RUN_LIVE, true, false, BEGAN_MS + 1);
    assert_int_equal(count_of("a").waiting, 0);
    reopen();
    assert_int_equal(count_of("a").waiting, 0);
    assert_int_equal(value(&a.attempts), 1);
}

static void after_a_day_it_is_given_up_with_what_would_end_it(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    a.fails = 1000;
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    koop_alerts_phase(alerts, run, 6, KOOP_PHASE_STEADY, BEGAN_MS);
    koop_alerts_tick(alerts, BEGAN_MS);
    KIT_AWAIT(count_of("a").failing);
    assert_int_equal(count_of("a").waiting, 2);
    koop_alerts_tick(alerts, BEGAN_MS + KOOP_ALERTS_PATIENCE_MS);
    assert_int_equal(count_of("a").waiting, 2);
    KIT_AWAIT((koop_alerts_tick(alerts, BEGAN_MS + KOOP_ALERTS_PATIENCE_MS + 1),
               count_of("a").waiting == 0));
    assert_int_equal(count_of("a").failed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_stall_is_told_and_resolved_with_its_id),
        TEST(a_stall_that_was_told_is_not_told_after_a_restart),
        TEST(a_run_not_heard_after_a_restart_has_stalled_only_if_its_journal_has_no_goodbye),
        TEST(an_end_is_told_once_and_resolves_what_was_open),
        TEST(a_transition_is_resolved_when_the_phase_is_steady_for_long_enough),
        TEST(a_phase_from_before_what_was_told_ends_nothing),
        TEST(a_run_that_settles_has_stopped_diverging),
        TEST(an_oscillation_of_ten_minutes_is_two_notifications_at_most),
        TEST(what_is_over_does_not_overtake_what_it_ends),
        TEST(what_is_refused_is_given_up_and_not_resolved),
        TEST(after_a_day_it_is_given_up_with_what_would_end_it),
    };
    koop_log_set_level(KOOP_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
