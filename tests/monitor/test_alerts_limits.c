/* Alerts whose rules change, whose receivers take none, and whose disk is full. */
#include "alerts_kit.h"

#include <signal.h>
#include <sys/resource.h>

/* Larger ones cannot be written, as on a full disk. */
static void allow_files_of(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_waits_is_bounded(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    a.hangs = true;
    open_alerts();
    for (int i = 0; i < 2 * KOOP_OUTBOX_PER_RULE; i++) {
        char path[256];
        snprintf(view.run.uuid, sizeof view.run.uuid, "%032x", i);
        snprintf(path, sizeof path, "%s/runs/%s", root, view.run.uuid);
        assert_int_equal(mkdir(path, 0700), 0);
        koop_alerts_begin(alerts, view.run.uuid, BEGAN_MS);
        event_at(5, i == 3 ? KOOP_EVENT_DIVERGING : KOOP_EVENT_TRANSITION, BEGAN_MS);
    }
    assert_int_equal(count_of("a").waiting, KOOP_OUTBOX_PER_RULE);
    assert_int_equal(count_of("a").failed, KOOP_OUTBOX_PER_RULE);
    pthread_mutex_lock(&mutex);
    a.hangs = false;
    pthread_mutex_unlock(&mutex);
    KIT_AWAIT(count_of("a").waiting == 0);
    assert_int_equal(value(&a.critical), 1);
}

static void without_room_on_the_disk_it_is_sent_and_no_checkpoint_may_go_ahead(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    open_alerts();
    begin_run();
    assert_true(koop_alerts_keep(alerts, true));
    allow_files_of(1);
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    assert_false(koop_alerts_keep(alerts, false));
    assert_false(koop_alerts_keep(alerts, true));
    KIT_AWAIT(value(&a.delivered) == 1);
    KIT_AWAIT(count_of("a").waiting == 0);
    koop_alerts_tick(alerts, BEGAN_MS);
    assert_false(koop_alerts_keep(alerts, false));
    allow_files_of(RLIM_INFINITY);
    KIT_AWAIT((koop_alerts_tick(alerts, BEGAN_MS), koop_alerts_keep(alerts, true)));
    reopen();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    assert_int_equal(count_of("a").waiting, 0);
}

static void rules_are_exchanged_while_others_go_on(void **state) {
    (void)state;
    add_rule("a", "cooldown", "0");
    add_rule("b", NULL, NULL);
    a.hangs = b.hangs = true;
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_TRANSITION, BEGAN_MS);
    KIT_AWAIT(value(&a.attempts) == 1 && value(&b.attempts) == 1);
    koop_rules fewer = {.n = 1, .rule = {rules.rule[1]}};
    fewer.rule[0].line = 99;
    assert_int_equal(koop_alerts_set_rules(alerts, &fewer), KOOP_OK);
    assert_int_equal(value(&b.attempts), 1); /* it is as it was, and in the midst of it */
    assert_int_equal(koop_alerts_orphans(alerts), 1);
    assert_int_equal(count_of("b").waiting, 1);
    pthread_mutex_lock(&mutex);
    a.hangs = b.hangs = false;
    pthread_mutex_unlock(&mutex);
    assert_int_equal(koop_alerts_set_rules(alerts, &rules), KOOP_OK);
    KIT_AWAIT(value(&a.delivered) == 1);
    rules.rule[1].timeout_s = 7;
    assert_int_equal(koop_alerts_set_rules(alerts, &rules), KOOP_OK);
    KIT_AWAIT(value(&b.delivered) == 1);
    assert_int_equal(koop_alerts_orphans(alerts), 0);
}

static void without_alerts_nothing_is_asked(void **state) {
    (void)state;
    koop_alerts_begin(NULL, run, 0);
    koop_alerts_watch(NULL, run, 0);
    koop_alerts_phase(NULL, run, 0, KOOP_PHASE_STEADY, 0);
    assert_true(koop_alerts_keep(NULL, true));
    koop_alerts_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_waits_is_bounded),
        TEST(without_room_on_the_disk_it_is_sent_and_no_checkpoint_may_go_ahead),
        TEST(rules_are_exchanged_while_others_go_on),
        TEST(without_alerts_nothing_is_asked),
    };
    koop_log_set_level(KOOP_LOG_ERROR);
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
