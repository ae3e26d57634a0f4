/* What happens to runs, and who is told of it: once, with one id, over restarts. */
#include "alerts_kit.h"

static void an_event_goes_to_the_rules_that_want_it(void **state) {
    (void)state;
    add_rule("a", "on", "transition");
    add_rule("b", "on", "settled");
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 1);
    assert_string_equal(a.got[0].run, run);
    assert_string_equal(a.got[0].name, "fc1");
    assert_string_equal(a.got[0].sentence, "something moved");
    assert_int_equal(a.got[0].kind, KOOP_ALERT_TRANSITION);
    assert_int_equal(a.got[0].step, 50);
    assert_int_equal(a.got[0].onset, 45);
    assert_int_equal(a.got[0].time_ms, BEGAN_MS);
    assert_int_equal(value(&b.attempts), 0);
    KIT_AWAIT(count_of("a").waiting == 0);
    assert_int_equal(count_of("a").sent, 1);
}

static void what_failed_is_tried_again_with_its_id(void **state) {
    (void)state;
    add_rule("a", NULL, NULL);
    a.fails = 1;
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&a.attempts) == 1);
    char id[KOOP_ALERT_ID_BYTES];
    strcpy(id, a.tried);
    KIT_AWAIT(value(&a.delivered) == 1);
    assert_string_equal(a.got[0].id, id);
    KIT_AWAIT(!count_of("a").failing);
    assert_int_equal(count_of("a").sent, 1);
}

static void one_that_hangs_holds_up_no_other(void **state) {
    (void)state;
    add_rule("a", NULL, NULL);
    add_rule("b", "cooldown", "0");
    a.hangs = true;
    open_alerts();
    begin_run();
    for (int i = 1; i <= 10; i++) event_at((uint64_t)i, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&b.delivered) == 10);
    KIT_AWAIT(value(&a.attempts) == 1);
    close_alerts(); /* and does not wait for it */
    assert_int_equal(value(&a.delivered), 0);
}

static void what_was_not_delivered_is_after_a_restart_with_its_id(void **state) {
    (void)state;
    add_rule("a", NULL, NULL);
    a.hangs = true;
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&a.attempts) == 1);
    close_alerts();
    char id[KOOP_ALERT_ID_BYTES];
    strcpy(id, a.tried);
    a.hangs = false;
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS + 1); /* computed again */
    KIT_AWAIT(value(&a.delivered) == 1);
    assert_string_equal(a.got[0].id, id);
    reopen();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS + 2);
    assert_int_equal(count_of("a").waiting, 0);
    assert_int_equal(count_of("a").suppressed, 0);
    assert_int_equal(value(&a.attempts), 2);
}

static void what_was_suppressed_stays_so_after_a_restart(void **state) {
    (void)state;
    add_rule("a", NULL, NULL);
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    event_at(6, KOOP_EVENT_TRANSITION, BEGAN_MS + 1);
    KIT_AWAIT(value(&a.delivered) == 1);
    reopen();
    begin_run();
    event_at(6, KOOP_EVENT_TRANSITION, BEGAN_MS + 2); /* computed again */
    event_at(7, KOOP_EVENT_TRANSITION, BEGAN_MS + 3);
    assert_int_equal(count_of("a").suppressed, 1);
    event_at(8, KOOP_EVENT_TRANSITION, BEGAN_MS + 3 + 10 * MINUTE_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_int_equal(a.got[1].suppressed, 2);
}

static void the_old_events_of_an_old_run_are_not_told(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    open_alerts();
    for (int restart = 0; restart < 3; restart++) {
        koop_alerts_begin(alerts, run, BEGAN_MS - 1);
        event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS); /* from its journal */
        event_at(20, KOOP_EVENT_TRANSITION, BEGAN_MS);
        if (restart < 2) reopen(); /* killed in the midst of it */
    }
    koop_alerts_watch(alerts, run, 30);
    reopen();
    koop_alerts_begin(alerts, run, BEGAN_MS - 1);
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    event_at(30, KOOP_EVENT_TRANSITION, BEGAN_MS);
    event_at(31, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 1);
    assert_int_equal(a.got[0].step, 310);
}

static void rules_that_come_later_do_not_hear_what_was_before(void **state) {
    (void)state;
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    add_rule("a", "cooldown", "0");
    reopen();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    event_at(6, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&a.delivered) == 1);
    assert_int_equal(a.got[0].step, 60);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_event_goes_to_the_rules_that_want_it),
        TEST(what_failed_is_tried_again_with_its_id),
        TEST(one_that_hangs_holds_up_no_other),
        TEST(what_was_not_delivered_is_after_a_restart_with_its_id),
        TEST(what_was_suppressed_stays_so_after_a_restart),
        TEST(the_old_events_of_an_old_run_are_not_told),
        TEST(rules_that_come_later_do_not_hear_what_was_before),
    };
    koop_log_set_level(KOOP_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
