/* What is no change of the dynamics: snapshots that are dropped, late or rarer, a trainer that counts
 * anew; and what lasts: divergence and rest, each told once. */
#include "detect_kit.h"

/* Signals of an update whose motion spans other gaps than usual. */
static void disturb(stream *s, koop_signals *x) {
    stream_signals(s, x);
    x->value[KOOP_SIGNAL_SPEED] += log(2);
    x->value[KOOP_SIGNAL_PREDICTION] += 1;
    x->value[KOOP_SIGNAL_PERSISTENCE] += 0.1;
}

/* One update whose second snapshot comes `late` steps after its time, or before. */
static void give_one_late(stream *s, int64_t late, const koop_signals *x) {
    koop_event event;
    bool fired = false;
    for (int i = 0; i < STREAM_STRIDE; i++) {
        s->step += s->gap + (i == 1 ? late : 0);
        koop_detect_snapshot(s->detect, s->step);
    }
    assert_int_equal(koop_detect_update(s->detect, s->step, x, NULL, &fired, &event), KOOP_OK);
    s->events += fired;
}

static void dropped_late_and_early_snapshots_are_no_event(void **state) {
    (void)state;
    static const int64_t late[] = {10, 30, 7, -6};
    for (int k = 0; k < 5; k++) { /* the last on time: then it is an event */
        stream s = new_stream(61);
        koop_signals x;
        s.gap = 10;
        advance(&s, 200);
        for (int i = 0; i < 50 && s.events == 0; i++) {
            disturb(&s, &x);
            give_one_late(&s, k < 4 ? late[k] : 0, &x);
            if (k < 4 && i % 3 == 0) advance(&s, 1);
        }
        assert_int_equal(s.events, k < 4 ? 0 : 1);
        end_stream(&s);
    }
}

static void another_publishing_interval_is_no_event_and_is_learned(void **state) {
    (void)state;
    static const int64_t gaps[] = {50, 20, 100, 1};
    stream s = new_stream(62);
    s.gap = 10;
    advance(&s, 200);
    for (int k = 0; k < 4; k++) {
        s.level[KOOP_SIGNAL_SPEED] += log((double)gaps[k] / (double)s.gap); /* at once */
        s.level[KOOP_SIGNAL_PREDICTION] += k % 2 ? 1 : -1;
        s.gap = gaps[k];
        advance(&s, 150);
        assert_int_equal(s.events, 0);
        assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    }
    s.level[KOOP_SIGNAL_SPEED] += 1; /* and then a change is one */
    advance(&s, 10);
    assert_int_equal(s.events, 1);
    end_stream(&s);
}

static void trainer_that_counts_anew_or_pauses_is_no_event(void **state) {
    (void)state;
    static const int64_t to[] = {0, 1000000, -5000};
    stream s = new_stream(63);
    s.gap = 10;
    advance(&s, 200);
    for (int k = 0; k < 3; k++) {
        s.step = to[k];
        s.level[KOOP_SIGNAL_SPEED] += 2;
        s.level[KOOP_SIGNAL_RADIAL] -= 0.2;
        advance(&s, 100);
        assert_int_equal(s.events, 0);
        assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    }
    end_stream(&s);
}

/* What is learned anew without an event is not shown as the last one. */
static void break_after_an_event_is_not_that_event(void **state) {
    (void)state;
    char reason[KOOP_SENTENCE_BYTES];
    stream s = new_stream(63);
    advance(&s, 200);
    s.level[KOOP_SIGNAL_SPEED] += 2;
    advance(&s, 100);
    assert_int_equal(s.events, 1);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    s.step += 5000;
    advance(&s, 11);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_WARMING_UP);
    koop_detect_reason(s.detect, reason);
    assert_string_equal(reason, "learning what is usual for this run: 10 of 36 updates");
    s.gap = 3; /* a break again: what was learned is gone */
    advance(&s, 20);
    koop_detect_reason(s.detect, reason);
    assert_int_equal(strncmp(reason, "learning what is usual for this run: ", 37), 0);
    advance(&s, 100);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    assert_int_equal(s.events, 1);
    end_stream(&s);
}

static void divergence_is_told_once_with_what_it_grew(void **state) {
    (void)state;
    stream s = new_stream(64);
    advance(&s, 200);
    int64_t began = s.step;
    int diverging = 0, others = 0;
    koop_event told = {0};
    for (int k = 0; k < 100; k++) {
        int before = s.events;
        s.level[KOOP_SIGNAL_SPEED] += 0.05;
        if (k == 70) s.level[KOOP_SIGNAL_RADIAL] += 0.2;
        advance(&s, 1);
        if (s.events == before) continue;
        diverging += s.last.kind == KOOP_EVENT_DIVERGING;
        others += diverging > 0 && s.last.kind != KOOP_EVENT_DIVERGING;
        if (s.last.kind != KOOP_EVENT_DIVERGING) continue;
        told = s.last;
        assert_true(llabs(s.last.onset - began) <= 15 * STREAM_STRIDE);
        assert_int_equal(s.last.fired, 1u << KOOP_SIGNAL_SPEED);
        assert_true(s.last.speed_ratio >= 2 && s.last.speed_ratio < 8);
        assert_int_equal(strncmp(s.last.sentence, "updates grow and grow: ", 23), 0);
        assert_non_null(strstr(s.last.sentence, "× since step 1,"));
        assert_non_null(strstr(s.last.sentence, "; mostly in fc2 (71%)"));
    }
    assert_int_equal(diverging, 1);
    assert_int_equal(others, 0); /* a run that diverges has no other change */
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_DIVERGING);
    char reason[KOOP_SENTENCE_BYTES];
    koop_detect_reason(s.detect, reason);
    assert_int_equal(strncmp(reason, "updates have grown ", 19), 0);
    assert_int_equal(reason_since(&s), told.onset);
    int64_t last = s.step;
    s.level[KOOP_SIGNAL_SPEED] -= 5;
    advance(&s, 200);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    assert_true(reason_since(&s) >= last); /* it was not quiet before */
    end_stream(&s);
}

/* The speed of a run that grows with the learning rate it tells of. */
static void growth_with_a_told_rate_is_no_divergence(void **state) {
    (void)state;
    for (int told = 0; told < 2; told++) {
        stream s = new_stream(65);
        int diverging = 0;
        s.told = told;
        s.rate = 1e-3;
        advance(&s, 200);
        for (int k = 0; k < 60; k++) {
            s.rate *= 1.05;
            int before = s.events;
            advance(&s, 1);
            diverging += s.events > before && s.last.kind == KOOP_EVENT_DIVERGING;
        }
        assert_int_equal(diverging, told ? 0 : 1);
        char reason[KOOP_SENTENCE_BYTES];
        koop_detect_reason(s.detect, reason);
        assert_int_equal(strstr(reason, "; the learning rate rose 4.5× since step ") != NULL, told);
        end_stream(&s);
    }
}

static void rest_is_told_once_and_ends(void **state) {
    (void)state;
    stream s = new_stream(66);
    s.modulus = 0.995;
    advance(&s, 200);
    int settled = 0;
    koop_event told = {0};
    for (int k = 0; k < 250; k++) {
        int before = s.events;
        if (k < 100) s.level[KOOP_SIGNAL_SPEED] -= 0.05; /* by e⁻⁵ */
        advance(&s, 1);
        if (s.events == before || s.last.kind != KOOP_EVENT_SETTLED) continue;
        settled++;
        told = s.last;
        assert_true(s.last.onset < s.step && s.last.onset >= s.step - 16 * STREAM_STRIDE);
        assert_int_equal(
            strncmp(s.last.sentence, "nothing more is being learned since step 2,1", 44), 0);
        assert_non_null(strstr(s.last.sentence, "× slower than at their fastest"));
    }
    assert_int_equal(settled, 1);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_SETTLED);
    char reason[KOOP_SENTENCE_BYTES];
    koop_detect_reason(s.detect, reason);

    assert_int_equal(strncmp(reason, told.sentence, strlen(reason)), 0);
    s.level[KOOP_SIGNAL_SPEED] += 4;
    advance(&s, 12);
    assert_int_not_equal(koop_detect_phase(s.detect), KOOP_PHASE_SETTLED);
    end_stream(&s);
}

/* The update at which a run with a told rate comes to rest; the rate halves at `jump`, with which the
 * norm goes otherwise. */
static int64_t rest_of(int64_t jump, stream *s) {
    *s = new_stream(68);
    s->modulus = 0.995;
    s->told = true;
    advance(s, 200);
    for (int64_t rested = 0; rested == 0;) {
        s->level[KOOP_SIGNAL_SPEED] -= 0.15;
        if (s->step + STREAM_STRIDE == jump) {
            s->rate /= 2;
            s->level[KOOP_SIGNAL_RADIAL] -= 0.1;
        }
        advance(s, 1);
        if (s->events > 0 && s->last.kind == KOOP_EVENT_SETTLED) rested = s->step;
    }
    return s->step;
}

static void jump_of_a_told_rate_as_a_run_comes_to_rest_is_no_transition(void **state) {
    (void)state;
    stream s;
    int64_t rested = rest_of(0, &s);
    end_stream(&s);
    assert_int_equal(rest_of(rested, &s), rested);
    int before = s.events;
    advance(&s, 60);
    assert_int_equal(s.events, before);
    end_stream(&s);
}

static void rest_within_the_warm_up_is_told_after_it(void **state) {
    (void)state;
    stream s = new_stream(67);
    s.modulus = 0.995;
    advance(&s, 15);
    s.level[KOOP_SIGNAL_SPEED] -= 6;
    advance(&s, 45);
    assert_int_equal(s.events, 0);
    advance(&s, 5);
    assert_int_equal(s.events, 1);
    assert_int_equal(s.last.kind, KOOP_EVENT_SETTLED);
    assert_true(s.last.onset < s.last.step);
    end_stream(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropped_late_and_early_snapshots_are_no_event),
        cmocka_unit_test(another_publishing_interval_is_no_event_and_is_learned),
        cmocka_unit_test(trainer_that_counts_anew_or_pauses_is_no_event),
        cmocka_unit_test(break_after_an_event_is_not_that_event),
        cmocka_unit_test(divergence_is_told_once_with_what_it_grew),
        cmocka_unit_test(growth_with_a_told_rate_is_no_divergence),
        cmocka_unit_test(rest_is_told_once_and_ends),
        cmocka_unit_test(jump_of_a_told_rate_as_a_run_comes_to_rest_is_no_transition),
        cmocka_unit_test(rest_within_the_warm_up_is_told_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
