#include "alerts.h"

#include "log.h"
#include "serve_kit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { BEGAN_MS = 1000000, MINUTE_MS = 60000 };

static const char run[] = "000102030405060708090a0b0c0d0e0f";

static char root[64];
static koop_alerts *alerts;
static koop_rules rules;
static koop_view view;

/* What a rule's endpoint does with an attempt. */
typedef struct endpoint {
    koop_delivery answer;
    int fails;  /* so many attempts fail first */
    bool hangs; /* until it is told to stop */
    int attempts, delivered;
    int critical;                    /* of them */
    koop_alert got[64];              /* delivered */
    char tried[KOOP_ALERT_ID_BYTES]; /* the last id */
} endpoint;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static endpoint a, b; /* of the rules of these names, under the mutex */

static void deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                    koop_outcome *outcome) {
    endpoint *end = strcmp(rule->name, "a") == 0 ? &a : &b;
    memset(outcome, 0, sizeof *outcome);
    pthread_mutex_lock(&mutex);
    end->attempts++;
    strcpy(end->tried, alert->id);
    while (end->hangs && !atomic_load(stop)) {
        pthread_mutex_unlock(&mutex);
        kit_sleep_ms(1);
        pthread_mutex_lock(&mutex);
    }
    outcome->delivery = end->answer;
    if (end->hangs) outcome->delivery = KOOP_DELIVERY_STOPPED;
    if (end->fails > 0 && end->fails-- > 0) outcome->delivery = KOOP_DELIVERY_FAILED;
    if (outcome->delivery == KOOP_DELIVERED) {
        end->critical += koop_alert_level_of(alert->kind) == KOOP_ALERT_CRITICAL;
        end->got[end->delivered++ % 64] = *alert;
    }
    snprintf(outcome->what, sizeof outcome->what, "as the test wants it");
    pthread_mutex_unlock(&mutex);
}

static int value(const int *of) {
    pthread_mutex_lock(&mutex);
    const int now = *of;
    pthread_mutex_unlock(&mutex);
    return now;
}

static koop_rule *add_rule(const char *name, const char *key, const char *text) {
    koop_config_error error;
    koop_config_entry entry = {.line = 1, .section = "alert", .subname = name};
    assert_true(koop_rules_take(&rules, &entry, &error));
    entry.key = "webhook";
    entry.value = "http://localhost/";
    assert_true(koop_rules_take(&rules, &entry, &error));
    entry.key = key;
    entry.value = text;
    if (key) assert_true(koop_rules_take(&rules, &entry, &error));
    return &rules.rule[rules.n - 1];
}

static void open_alerts(void) {
    char why[KOOP_OUTBOX_WHY_BYTES];
    const koop_alerts_options options = {.data_dir = root, .deliver = deliver};
    assert_int_equal(koop_alerts_new(&alerts, &options, BEGAN_MS, why), KOOP_OK);
    assert_string_equal(why, "");
    assert_int_equal(koop_alerts_set_rules(alerts, &rules), KOOP_OK);
}

static void close_alerts(void) {
    koop_alerts_free(alerts);
    alerts = NULL;
}

static void reopen(void) {
    close_alerts();
    open_alerts();
}

static int set_up(void **state) {
    (void)state;
    char path[256];
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&rules, 0, sizeof rules);
    memset(&view, 0, sizeof view);
    strcpy(view.run.uuid, run);
    strcpy(view.run.name, "fc1");
    strcpy(view.run.host, "here");
    kit_make_directory(root);
    snprintf(path, sizeof path, "%s/runs", root);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/runs/%s", root, run);
    assert_int_equal(mkdir(path, 0700), 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    close_alerts();
    kit_remove_tree(root);
    return 0;
}

/* A run that began after the outbox, read to where it is. */
static void begin_run(void) {
    koop_alerts_begin(alerts, run, BEGAN_MS + 1);
    koop_alerts_watch(alerts, run, 0);
}

static void event_at(uint64_t seq, koop_event_kind kind, int64_t now_ms) {
    koop_event event;
    memset(&event, 0, sizeof event);
    event.kind = kind;
    event.step = (int64_t)seq * 10;
    event.onset = (int64_t)seq * 9;
    strcpy(event.sentence, "something moved");
    koop_alerts_event(alerts, &view, seq, &event, now_ms);
}

static void state_at(koop_run_state now, bool heard, bool silent, int64_t now_ms) {
    view.run.state = now;
    koop_alerts_state(alerts, &view.run, heard, silent, now_ms);
    koop_alerts_tick(alerts, now_ms);
}

static koop_alerts_count count_of(const char *rule) {
    static koop_alerts_count none;
    koop_alerts_count counts[KOOP_RULES_MAX];
    const int n = koop_alerts_counts(alerts, counts);
    for (int i = 0; i < n; i++)
        if (strcmp(counts[i].rule, rule) == 0) return counts[i];
    return none;
}

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
    koop_alerts_phase(alerts, run, KOOP_PHASE_TRANSITION, BEGAN_MS);
    koop_alerts_phase(alerts, run, KOOP_PHASE_STEADY, BEGAN_MS + 1);
    koop_alerts_phase(alerts, run, KOOP_PHASE_DRIFTING, BEGAN_MS + 2);
    koop_alerts_tick(alerts, BEGAN_MS + 2 * MINUTE_MS);
    assert_false(count_of("a").waiting > 1);
    koop_alerts_phase(alerts, run, KOOP_PHASE_STEADY, BEGAN_MS + 2 * MINUTE_MS);
    koop_alerts_tick(alerts, BEGAN_MS + 3 * MINUTE_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_true(a.got[1].resolved);
    assert_string_equal(a.got[1].id, a.got[0].id);
}

static void a_run_that_settles_has_stopped_diverging(void **state) {
    (void)state;
    add_rule("a", "cooldown", "60s");
    open_alerts();
    begin_run();
    event_at(5, KOOP_EVENT_DIVERGING, BEGAN_MS);
    koop_alerts_phase(alerts, run, KOOP_PHASE_DIVERGING, BEGAN_MS);
    koop_alerts_phase(alerts, run, KOOP_PHASE_SETTLED, BEGAN_MS + MINUTE_MS);
    koop_alerts_tick(alerts, BEGAN_MS + 3 * MINUTE_MS);
    KIT_AWAIT(value(&a.delivered) == 2);
    assert_true(a.got[1].resolved);
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
        koop_alerts_phase(alerts, run, moves ? KOOP_PHASE_TRANSITION : KOOP_PHASE_STEADY,
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
    koop_alerts_phase(alerts, run, KOOP_PHASE_STEADY, BEGAN_MS);
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
    koop_alerts_phase(alerts, run, KOOP_PHASE_STEADY, BEGAN_MS);
    koop_alerts_tick(alerts, BEGAN_MS);
    KIT_AWAIT(count_of("a").failing);
    assert_int_equal(count_of("a").waiting, 2);
    koop_alerts_tick(alerts, BEGAN_MS + KOOP_ALERTS_PATIENCE_MS);
    assert_int_equal(count_of("a").waiting, 2);
    KIT_AWAIT((koop_alerts_tick(alerts, BEGAN_MS + KOOP_ALERTS_PATIENCE_MS + 1),
               count_of("a").waiting == 0));
    assert_int_equal(count_of("a").failed, 1);
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

/* Larger ones cannot be written, as on a full disk. */
static void allow_files_of(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
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

static void without_alerts_nothing_is_asked(void **state) {
    (void)state;
    koop_alerts_begin(NULL, run, 0);
    koop_alerts_watch(NULL, run, 0);
    koop_alerts_phase(NULL, run, KOOP_PHASE_STEADY, 0);
    assert_true(koop_alerts_keep(NULL, true));
    koop_alerts_free(NULL);
}

static void delays_double_up_to_five_minutes_and_heed_the_server(void **state) {
    (void)state;
    int64_t base_ms = 1000;
    for (int tries = 1; tries < 40; tries++) {
        for (uint64_t number = 1; number < 200; number++)
            assert_in_range(koop_courier_delay_ms(number, tries, 0), base_ms * 3 / 4,
                            base_ms * 5 / 4);
        base_ms = base_ms * 2 > KOOP_COURIER_LONGEST_MS ? KOOP_COURIER_LONGEST_MS : base_ms * 2;
    }
    assert_int_equal(koop_courier_delay_ms(1, 1, 77), 77000);
    assert_int_equal(koop_courier_delay_ms(3, 4, 0), koop_courier_delay_ms(3, 4, 0));
    int different = 0;
    for (uint64_t number = 1; number < 100; number++)
        different += koop_courier_delay_ms(number, 9, 0) != koop_courier_delay_ms(number + 1, 9, 0);
    assert_true(different > 90);
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
        TEST(a_stall_is_told_and_resolved_with_its_id),
        TEST(a_stall_that_was_told_is_not_told_after_a_restart),
        TEST(a_run_not_heard_after_a_restart_has_stalled_only_if_its_journal_has_no_goodbye),
        TEST(an_end_is_told_once_and_resolves_what_was_open),
        TEST(a_transition_is_resolved_when_the_phase_is_steady_for_long_enough),
        TEST(a_run_that_settles_has_stopped_diverging),
        TEST(an_oscillation_of_ten_minutes_is_two_notifications_at_most),
        TEST(what_is_over_does_not_overtake_what_it_ends),
        TEST(what_is_refused_is_given_up_and_not_resolved),
        TEST(after_a_day_it_is_given_up_with_what_would_end_it),
        TEST(what_waits_is_bounded),
        TEST(rules_are_exchanged_while_others_go_on),
        TEST(without_room_on_the_disk_it_is_sent_and_no_checkpoint_may_go_ahead),
        TEST(without_alerts_nothing_is_asked),
        TEST(delays_double_up_to_five_minutes_and_heed_the_server),
    };
    koop_log_set_level(KOOP_LOG_ERROR);
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
