/* What changed, and when; and what is no change. */
#include "detect_kit.h"

#include <stdio.h>

static void change_of_speed_is_an_event_with_onset_and_sentence(void **state) {
    (void)state;
    stream s = new_stream(21);
    advance(&s, 200);
    assert_int_equal(s.events, 0);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    int64_t changed = s.step;
    s.level[KOOP_SIGNAL_SPEED] += log(4);
    advance(&s, 5);
    assert_int_equal(s.events, 1);
    assert_int_equal(s.last.kind, KOOP_EVENT_TRANSITION);
    assert_int_equal(s.last.fired, 1u << KOOP_SIGNAL_SPEED);
    assert_true(s.last.score[KOOP_SIGNAL_SPEED] > 0.9 && s.last.strength > 1);
    assert_true(s.last.step <= changed + 3 * STREAM_STRIDE);
    assert_int_equal(s.last.onset, changed + STREAM_STRIDE / 2);
    assert_true(s.last.speed_ratio > 3 && s.last.speed_ratio < 5);
    assert_int_equal(s.last.n_top, 2);
    assert_int_equal(s.last.top_group[0], 1);
    assert_true(s.last.top_share[0] == 0.71);
    assert_string_equal(strstr(s.last.sentence, "×"),
                        "× faster than expected; mostly in fc2 (71%)");
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_TRANSITION);
    char reason[KOOP_SENTENCE_BYTES], expected[2 * KOOP_SENTENCE_BYTES];
    koop_detect_reason(s.detect, reason);
    snprintf(expected, sizeof expected, "since step 1,%d: %s", (int)s.last.onset - 1000,
             s.last.sentence);
    assert_string_equal(reason, expected);
    end_stream(&s);
}

/* The sentence of the event of a change of one signal. */
static const char *told_of(koop_signal signal, double change, unsigned *fired) {
    static char sentence[KOOP_SENTENCE_BYTES];
    stream s = new_stream(4);
    advance(&s, 200);
    assert_int_equal(s.events, 0);
    int64_t changed = s.step;
    s.level[signal] += change;
    advance(&s, 20);
    assert_int_equal(s.events, 1);
    assert_true(s.last.step <= changed + 10 * STREAM_STRIDE);
    assert_true(llabs(s.last.onset - changed) <= 2 * STREAM_STRIDE);
    *fired = s.last.fired;
    memcpy(sentence, s.last.sentence, sizeof sentence);
    end_stream(&s);
    return sentence;
}

static void changes_of_different_signals_are_told_apart(void **state) {
    (void)state;
    static const struct {
        koop_signal signal;
        double change;
        const char *text;
    } cases[] = {
        {KOOP_SIGNAL_SPEED, -1.4, "× slower than expected"},
        {KOOP_SIGNAL_PREDICTION, 1, "the last model no longer predicts the updates"},
        {KOOP_SIGNAL_PREDICTION, -1, "the last model predicts the updates better than expected"},
        {KOOP_SIGNAL_RADIAL, -0.1, "the weight norm falls faster than expected"},
        {KOOP_SIGNAL_RADIAL, 0.1, "the weight norm rises faster than expected"},
        {KOOP_SIGNAL_ALIGNMENT, 0.1, "the weights go on straighter than expected"},
        {KOOP_SIGNAL_ALIGNMENT, -0.1, "the weights turn back more than expected"},
        {KOOP_SIGNAL_PERSISTENCE, 0.1, "each update is more like the one before"},
        {KOOP_SIGNAL_PERSISTENCE, -0.1, "each update is less like the one before"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned fired = 0;
        assert_non_null(strstr(told_of(cases[i].signal, cases[i].change, &fired), cases[i].text));
        assert_int_equal(fired, 1u << cases[i].signal);
    }
}

/* Signals none of which would be told alone: the one that says most is named. */
static void small_changes_of_all_signals_are_an_event_together(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        stream s = new_stream(seed);
        s.rho = 0;
        advance(&s, 200);
        assert_int_equal(s.events, 0);
        for (int k = 0; k < STREAM_SIGNALS; k++)
            s.level[k] += (k <= KOOP_SIGNAL_SPEED ? 1.1 : 0.11) * s.scale;
        for (int k = 0; k < 40 && s.events == 0; k++) advance(&s, 1);
        assert_int_equal(s.events, 1);
        assert_true(s.last.fired != 0);
        assert_true(strlen(s.last.sentence) > 0 && s.last.sentence[0] != ';');
        end_stream(&s);
    }
}

static void change_of_any_size_has_a_strength(void **state) {
    (void)state;
    stream s = new_stream(15);
    advance(&s, 200);
    s.level[KOOP_SIGNAL_PREDICTION] = 1e90;
    s.level[KOOP_SIGNAL_RADIAL] = -1e90;
    advance(&s, 1);
    assert_int_equal(s.events, 1);
    assert_true(isfinite(s.last.strength) && s.last.strength > 10);
    end_stream(&s);
}

static void lasting_change_of_all_signals_is_one_event(void **state) {
    (void)state;
    stream s = new_stream(7);
    advance(&s, 200);
    s.level[KOOP_SIGNAL_SPEED] += 2;
    s.level[KOOP_SIGNAL_PREDICTION] += 1;
    s.level[KOOP_SIGNAL_RADIAL] += 0.2;
    advance(&s, 300);
    assert_int_equal(s.events, 1);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    end_stream(&s);
}

static void second_change_is_a_second_event_and_then_all_is_steady(void **state) {
    (void)state;
    stream s = new_stream(23);
    advance(&s, 200);
    s.level[KOOP_SIGNAL_PREDICTION] += 1;
    advance(&s, 100);
    assert_int_equal(s.events, 1);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    s.level[KOOP_SIGNAL_PREDICTION] -= 1;
    int64_t changed = s.step;
    advance(&s, 10);
    assert_int_equal(s.events, 2);
    assert_true(s.last.step >= changed && s.last.step <= changed + 5 * STREAM_STRIDE);
    assert_true(llabs(s.last.onset - changed) <= STREAM_STRIDE);
    advance(&s, 100);
    assert_int_equal(s.events, 2);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    end_stream(&s);
}

static void drift_is_the_usual_course(void **state) {
    (void)state;
    stream s = new_stream(22);
    for (int k = 0; k < 1000; k++) {
        s.level[KOOP_SIGNAL_SPEED] -= 0.01;
        s.level[KOOP_SIGNAL_PREDICTION] += 0.005;
        advance(&s, 1);
    }
    assert_int_equal(s.events, 0);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
    end_stream(&s);
}

static void nothing_is_told_while_warming_up(void **state) {
    (void)state;
    stream s = new_stream(8);
    char reason[KOOP_SENTENCE_BYTES];
    for (int k = 0; k < 12; k++) {
        s.level[KOOP_SIGNAL_SPEED] += 3;
        advance(&s, 5);
        assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_WARMING_UP);
        koop_detect_reason(s.detect, reason);
        assert_int_equal(strncmp(reason, "learning what is usual for this run: ", 37), 0);
    }
    assert_int_equal(s.events, 0);
    end_stream(&s);
}

static void change_that_falls_into_the_warm_up_is_the_usual_after_it(void **state) {
    (void)state;
    for (int at = 20; at <= 56; at += 4) {
        stream s = new_stream(8);
        advance(&s, at);
        s.level[KOOP_SIGNAL_SPEED] += 1;
        s.level[KOOP_SIGNAL_RADIAL] -= 0.1;
        advance(&s, 200);
        assert_int_equal(s.events, 0);
        assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
        end_stream(&s);
    }
}

static void reason_counts_what_is_learned(void **state) {
    (void)state;
    stream s = new_stream(9);
    char reason[KOOP_SENTENCE_BYTES];
    advance(&s, 41);
    koop_detect_reason(s.detect, reason);
    assert_string_equal(reason, "learning what is usual for this run: 41 of 60 updates");
    advance(&s, 40);
    koop_detect_reason(s.detect, reason);
    assert_string_equal(reason, "nothing unusual since step 1,004");
    end_stream(&s);
}

static void small_change_drifts_before_it_alarms(void **state) {
    (void)state;
    stream s = new_stream(14);
    bool drifted = false;
    advance(&s, 200);
    s.level[KOOP_SIGNAL_SPEED] += 0.25;
    for (int k = 0; k < 32 && s.events == 0; k++) {
        advance(&s, 1);
        bool high = koop_detect_level(s.detect) > 0.5;
        if (s.events > 0) break;
        assert_int_equal(koop_detect_phase(s.detect),
                         high ? KOOP_PHASE_DRIFTING : KOOP_PHASE_STEADY);
        if (!high) continue;
        drifted = true;
        char reason[KOOP_SENTENCE_BYTES], expected[KOOP_SENTENCE_BYTES];
        snprintf(expected, sizeof expected,
                 "the updates' size drifts from the usual, at %d%% of an alarm",
                 (int)(100 * koop_detect_level(s.detect)));
        koop_detect_reason(s.detect, reason);
        assert_string_equal(reason, expected);
    }
    assert_true(drifted);
    end_stream(&s);
}

static void same_input_gives_the_same_events_bit_for_bit(void **state) {
    (void)state;
    stream a = new_stream(9), b = new_stream(9);
    for (int k = 0; k < 10; k++) {
        a.level[KOOP_SIGNAL_SPEED] += 1;
        b.level[KOOP_SIGNAL_SPEED] += 1;
        advance(&a, 100);
        advance(&b, 100);
        assert_int_equal(a.events, b.events);
        assert_memory_equal(&a.last, &b.last, sizeof a.last);
    }
    assert_true(a.events >= 9);
    end_stream(&a);
    end_stream(&b);
}

static void missing_signals_are_passed_over(void **state) {
    (void)state;
    stream s = new_stream(11);
    koop_signals x;
    advance(&s, 200);
    for (int k = 0; k < 50; k++) {
        x = (koop_signals){0}; /* not available */
        stream_give(&s, &x);
        stream_signals(&s, &x); /* a group that stands still */
        x.group_speed[0] = -INFINITY;
        stream_give(&s, &x);
    }
    assert_int_equal(s.events, 0);
    s.level[KOOP_SIGNAL_PREDICTION] += 1;
    advance(&s, 10);
    assert_int_equal(s.events, 1);
    end_stream(&s);
}

/* A run without principal coordinates has no prediction signal. */
static void run_of_speed_alone_gets_warm_and_alarms(void **state) {
    (void)state;
    stream s = new_stream(26);
    for (int k = 0; k < 110; k++) {
        koop_signals x;
        stream_signals(&s, &x);
        x.available = 1u << KOOP_SIGNAL_SPEED;
        x.n_groups = 0;
        if (k >= 100) x.value[KOOP_SIGNAL_SPEED] += 2;
        if (k == 100) assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
        stream_give(&s, &x);
    }
    assert_int_equal(s.events, 1);
    end_stream(&s);
}

static void streak_of_not_finite_snapshots_is_one_event(void **state) {
    (void)state;
    stream s = new_stream(11);
    bool fired = false;
    koop_event event;
    koop_detect_not_finite(s.detect, 7, &fired, &event);
    assert_true(fired);
    assert_int_equal(event.kind, KOOP_EVENT_NOT_FINITE);
    assert_int_equal(event.step, 7);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_NOT_FINITE);
    koop_detect_not_finite(s.detect, 8, &fired, &event);
    assert_false(fired);
    advance(&s, 1);
    assert_int_not_equal(koop_detect_phase(s.detect), KOOP_PHASE_NOT_FINITE);
    koop_detect_not_finite(s.detect, 9, &fired, &event);
    assert_true(fired);
    end_stream(&s);
}

static void weights_that_were_not_finite_were_unusual(void **state) {
    (void)state;
    stream s = new_stream(11);
    char reason[KOOP_SENTENCE_BYTES];
    bool fired = false;
    koop_event event;
    advance(&s, 200);
    assert_int_equal(s.step, 1800);
    koop_detect_not_finite(s.detect, s.step, &fired, &event);
    advance(&s, 1);
    koop_detect_reason(s.detect, reason);
    assert_non_null(strstr(reason, "since step 1,800"));
    end_stream(&s);
}

static void layers_that_are_not_finite_are_named(void **state) {
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    static const char *const told[] = {"b holds", "b and c hold", "b, c and d hold",
                                       "b, c, d and 1 more hold", "b, c, d and 2 more hold"};
    const char *const rest = " NaN or infinity; such snapshots are left out";
    char expected[KOOP_SENTENCE_BYTES];
    stream s = new_stream(12);
    stream_start(&s, names, 6);
    for (int n = 0; n <= 6; n++) {
        static const int groups[] = {1, 2, 3, 4, 5, 0};
        bool fired = false;
        koop_event event;
        advance(&s, 1);
        koop_detect_not_finite(s.detect, s.step, &fired, &event);
        koop_detect_name_not_finite(s.detect, groups, n, &event);
        snprintf(expected, sizeof expected, "%s%s",
                 n == 0   ? "the weights hold NaN, infinity or values too large to square"
                 : n == 6 ? "all layers hold"
                          : told[n - 1],
                 n == 0 ? "; such snapshots stay out of the window" : rest);
        assert_string_equal(event.sentence, expected);
        assert_int_equal(event.n_top, n < KOOP_EVENT_TOP_GROUPS ? n : KOOP_EVENT_TOP_GROUPS);
    }
    end_stream(&s);
}

static void options_and_calls_that_cannot_be_are_refused(void **state) {
    (void)state;
    koop_detect *d = NULL;
    for (int k = 0; k < 8; k++) {
        koop_detect_options o = koop_detect_defaults();
        int n_groups = 2;
        if (k == 0) o.warm_up = -1;
        if (k == 1) o.stride = 0;
        if (k == 2) o.false_alarms = 0.0009;
        if (k == 3) o.false_alarms = 101;
        if (k == 4) o.false_alarms = NAN;
        if (k == 5) n_groups = -1;
        if (k == 6) n_groups = KOOP_MAX_GROUPS + 1;
        assert_int_equal(koop_detect_new(&d, &o, stream_names, n_groups),
                         k < 7 ? KOOP_BAD_ARGUMENT : KOOP_OK);
    }
    bool fired;
    koop_event event;
    koop_signals x = {.n_groups = 3};
    koop_detect_scalars scalars = {.n = KOOP_DETECT_SCALARS + 1};
    assert_int_equal(koop_detect_update(d, 1, &x, NULL, &fired, &event), KOOP_BAD_ARGUMENT);
    x.n_groups = -1;
    assert_int_equal(koop_detect_update(d, 1, &x, NULL, &fired, &event), KOOP_BAD_ARGUMENT);
    x.n_groups = 2;
    assert_int_equal(koop_detect_update(d, 1, &x, &scalars, &fired, &event), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_detect_update(d, 1, &x, NULL, &fired, &event), KOOP_OK);
    koop_detect_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_of_speed_is_an_event_with_onset_and_sentence),
        cmocka_unit_test(changes_of_different_signals_are_told_apart),
        cmocka_unit_test(small_changes_of_all_signals_are_an_event_together),
        cmocka_unit_test(change_of_any_size_has_a_strength),
        cmocka_unit_test(lasting_change_of_all_signals_is_one_event),
        cmocka_unit_test(second_change_is_a_second_event_and_then_all_is_steady),
        cmocka_unit_test(drift_is_the_usual_course),
        cmocka_unit_test(nothing_is_told_while_warming_up),
        cmocka_unit_test(change_that_falls_into_the_warm_up_is_the_usual_after_it),
        cmocka_unit_test(reason_counts_what_is_learned),
        cmocka_unit_test(small_change_drifts_before_it_alarms),
        cmocka_unit_test(same_input_gives_the_same_events_bit_for_bit),
        cmocka_unit_test(missing_signals_are_passed_over),
        cmocka_unit_test(run_of_speed_alone_gets_warm_and_alarms),
        cmocka_unit_test(streak_of_not_finite_snapshots_is_one_event),
        cmocka_unit_test(weights_that_were_not_finite_were_unusual),
        cmocka_unit_test(layers_that_are_not_finite_are_named),
        cmocka_unit_test(options_and_calls_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
