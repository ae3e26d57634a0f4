#include "detect.h"

#include "fixture.h"

/* One stream of alarmed signals: Gaussian around a level that may change at an update. */
typedef struct stream {
    koop_detect *detect;
    uint64_t seed;
    int update, events;
    koop_event last;
    double prediction, speed, norm_rate; /* levels */
} stream;

static const char *const names[] = {"embed", "fc2"};

static stream new_stream(uint64_t seed) {
    stream s = {.seed = seed, .prediction = -1, .speed = -6, .norm_rate = 1e-4};
    koop_detect_options o = koop_detect_defaults();
    assert_int_equal(koop_detect_new(&s.detect, &o, names, 2), KOOP_OK);
    return s;
}

static void advance(stream *s, int updates) {
    for (int i = 0; i < updates; i++) {
        koop_signals x = {.available = 1u << KOOP_SIGNAL_PREDICTION | 1u << KOOP_SIGNAL_SPEED |
                                       1u << KOOP_SIGNAL_NORM_RATE,
                          .n_groups = 2,
                          .group_share = {0.29, 0.71}};
        x.value[KOOP_SIGNAL_PREDICTION] = s->prediction + 0.1 * gaussian(&s->seed);
        x.value[KOOP_SIGNAL_SPEED] = s->speed + 0.1 * gaussian(&s->seed);
        x.value[KOOP_SIGNAL_NORM_RATE] = s->norm_rate + 1e-5 * gaussian(&s->seed);
        koop_event event;
        bool fired = false;
        assert_int_equal(koop_detect_update(s->detect, 1000 + 4 * s->update++, &x, &fired, &event),
                         KOOP_OK);
        if (fired) {
            s->events++;
            s->last = event;
        }
    }
}

/* Statistics at the update that decides, against NumPy. The conformal one uses the same tie-breaking
 * numbers; all others are of the published definitions alone. */
static void statistics_are_those_of_an_independent_reference(void **state) {
    (void)state;
    koop_detect_options o = koop_detect_defaults();
    for (int which = 0; which < 2; which++) {
        koop_signal signal = which ? KOOP_SIGNAL_NORM_RATE : KOOP_SIGNAL_PREDICTION;
        const double statistic = which ? 5.320376214632735 : 10.509521643476539;
        const int decided = which ? 151 : 156;
        uint64_t seed = which ? 4 : 3;
        koop_detect *d = NULL;
        koop_event event;
        bool fired = false;
        assert_int_equal(koop_detect_new(&d, &o, NULL, 0), KOOP_OK);
        for (int i = 0; i <= decided; i++) {
            assert_false(fired);
            koop_signals x = {.available = 1u << signal};
            x.value[signal] = which ? 1e-4 + 1e-5 * (uniform(&seed) - 0.5) + (i >= 150) * 1.2e-5
                                    : -1 + 0.2 * (uniform(&seed) - 0.5) + (i >= 150) * 0.15;
            koop_detect_update(d, i, &x, &fired, &event);
        }
        assert_true(fired);
        assert_int_equal(event.fired, 1u << signal);
        assert_true(fabs(event.score[signal] * o.threshold[signal] - statistic) < 1e-9);
        koop_detect_free(d);
    }
}

static void quiet_stream_gives_few_events(void **state) {
    (void)state;
    int events = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        stream s = new_stream(seed);
        advance(&s, 2500); /* 10,000 snapshots */
        events += s.events;
        koop_detect_free(s.detect);
    }
    print_message("%d events in 20 × 10,000 quiet snapshots\n", events);
    assert_true(events <= 60);
}

static void change_of_speed_is_an_event_with_onset_and_sentence(void **state) {
    (void)state;
    stream s = new_stream(21);
    advance(&s, 200);
    int before = s.events;
    s.speed += log(4);
    advance(&s, 3);
    assert_int_equal(s.events, before + 1);
    assert_int_equal(s.last.kind, KOOP_EVENT_TRANSITION);
    assert_true(s.last.fired & 1u << KOOP_SIGNAL_SPEED);
    assert_true(s.last.score[KOOP_SIGNAL_SPEED] > 1);
    assert_true(s.last.step >= 1800 && s.last.step <= 1808);
    assert_true(s.last.onset >= 1796 && s.last.onset <= s.last.step);
    assert_true(s.last.speed_ratio > 2.5 && s.last.speed_ratio < 6);
    assert_int_equal(s.last.top_group[0], 1);
    assert_non_null(strstr(s.last.sentence, "× faster than usual; mostly in fc2 (71%)"));
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_TRANSITION);
    koop_detect_free(s.detect);
}

static void slower_lost_and_shrinking_are_told_apart(void **state) {
    (void)state;
    stream slow = new_stream(4), lost = new_stream(5), shrinking = new_stream(6);
    advance(&slow, 200);
    slow.speed -= log(4);
    advance(&slow, 3);
    assert_non_null(strstr(slow.last.sentence, "× slower than usual"));
    advance(&lost, 200);
    lost.prediction += 1;
    advance(&lost, 10);
    assert_string_equal(lost.last.sentence,
                        "the last model no longer predicts the updates; mostly in fc2 (71%)");
    assert_true(lost.last.onset >= 1780 && lost.last.onset <= 1804);
    advance(&shrinking, 300);
    shrinking.norm_rate = -2e-3;
    advance(&shrinking, 20);
    assert_non_null(strstr(shrinking.last.sentence, "the weight norm falls faster than usual"));
    koop_detect_free(slow.detect);
    koop_detect_free(lost.detect);
    koop_detect_free(shrinking.detect);
}

static void lasting_change_is_one_event(void **state) {
    (void)state;
    stream s = new_stream(7);
    advance(&s, 200);
    int before = s.events;
    s.speed += 2;
    s.prediction += 1;
    advance(&s, 25);
    assert_int_equal(s.events, before + 1);
    koop_detect_free(s.detect);
}

static void slow_drift_is_one_event_and_hides_no_change_of_another_signal(void **state) {
    (void)state;
    stream s = new_stream(22);
    char reason[KOOP_SENTENCE_BYTES];
    advance(&s, 200);
    int before = s.events;
    for (int k = 0; k < 300; k++) {
        s.prediction -= 0.02;
        advance(&s, 1);
    }
    assert_int_equal(s.events, before + 1);
    assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_DRIFTING);
    koop_detect_reason(s.detect, reason);
    assert_non_null(strstr(reason, "prediction error still lower than usual, since step "));
    s.speed -= log(10);
    s.prediction -= 0.02;
    advance(&s, 3);
    assert_int_equal(s.events, before + 2);
    assert_int_equal(s.last.fired, 1u << KOOP_SIGNAL_SPEED);
    koop_detect_free(s.detect);
}

/* Whether the phase is steady in most of the next 20 updates. */
static bool is_steady(stream *s) {
    int steady = 0;
    for (int k = 0; k < 20; k++) {
        advance(s, 1);
        steady += koop_detect_phase(s->detect) == KOOP_PHASE_STEADY;
    }
    return steady > 12;
}

static void second_change_is_a_second_event_and_then_all_is_steady(void **state) {
    (void)state;
    stream s = new_stream(23);
    advance(&s, 200);
    int before = s.events;
    s.prediction += 1;
    advance(&s, 100);
    assert_int_equal(s.events, before + 1);
    assert_true(is_steady(&s));
    s.prediction -= 1;
    int64_t changed = 1000 + 4 * s.update;
    advance(&s, 100);
    assert_int_equal(s.events, before + 2);
    assert_true(s.last.step >= changed && s.last.step <= changed + 32);
    assert_true(s.last.onset >= changed - 120 && s.last.onset <= changed + 8);
    assert_true(is_steady(&s));
    koop_detect_free(s.detect);
}

static void change_within_the_refractory_period_is_told_after_it(void **state) {
    (void)state;
    stream s = new_stream(24);
    advance(&s, 200);
    int before = s.events;
    s.speed += 2; /* a burst of three updates */
    advance(&s, 3);
    s.speed -= 2;
    advance(&s, 9);
    assert_int_equal(s.events, before + 1);
    int64_t changed = 1000 + 4 * s.update;
    s.prediction += 1;
    advance(&s, 30);
    assert_int_equal(s.events, before + 2);
    assert_int_equal(s.last.fired, 1u << KOOP_SIGNAL_PREDICTION);
    assert_true(s.last.onset >= changed - 8 && s.last.onset <= changed + 8);
    koop_detect_free(s.detect);
}

static void signals_that_move_together_are_one_event(void **state) {
    (void)state;
    stream s = new_stream(25);
    advance(&s, 200);
    int before = s.events;
    s.speed += 2; /* passes at once */
    s.prediction += 1;
    s.norm_rate += 1e-3; /* needs some updates */
    advance(&s, 60);
    assert_int_equal(s.events, before + 1);
    koop_detect_free(s.detect);
}

/* A run without principal coordinates has no prediction signal. */
static void run_without_prediction_gets_warm_too(void **state) {
    (void)state;
    stream s = new_stream(26);
    for (int k = 0; k < 100; k++) {
        koop_signals x = {.available = 1u << KOOP_SIGNAL_SPEED};
        koop_event event;
        bool fired;
        x.value[KOOP_SIGNAL_SPEED] = gaussian(&s.seed);
        koop_detect_update(s.detect, k, &x, &fired, &event);
    }
    assert_int_not_equal(koop_detect_phase(s.detect), KOOP_PHASE_WARMING_UP);
    koop_detect_free(s.detect);
}

static void nothing_alarms_while_warming_up(void **state) {
    (void)state;
    stream s = new_stream(8);
    char reason[KOOP_SENTENCE_BYTES];
    for (int k = 0; k < 12; k++) {
        s.speed += 3;
        advance(&s, 5);
        assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_WARMING_UP);
    }
    assert_int_equal(s.events, 0);
    koop_detect_reason(s.detect, reason);
    assert_string_equal(reason, "learning what is usual for this run: 60 of 68 updates");
    koop_detect_free(s.detect);
}

static void same_input_gives_the_same_events_bit_for_bit(void **state) {
    (void)state;
    stream a = new_stream(9), b = new_stream(9);
    for (int k = 0; k < 10; k++) {
        a.speed += 1;
        b.speed += 1;
        advance(&a, 100);
        advance(&b, 100);
        assert_int_equal(a.events, b.events);
        assert_memory_equal(&a.last, &b.last, sizeof a.last);
    }
    assert_true(a.events > 0);
    koop_detect_free(a.detect);
    koop_detect_free(b.detect);
}

static void missing_signals_are_passed_over(void **state) {
    (void)state;
    stream s = new_stream(10);
    koop_signals none = {0};
    bool fired = true;
    koop_event event;
    advance(&s, 200);
    for (int k = 0; k < 50; k++)
        assert_int_equal(koop_detect_update(s.detect, 5000 + k, &none, &fired, &event), KOOP_OK);
    assert_false(fired);
    koop_detect_free(s.detect);
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
    koop_detect_not_finite(s.detect, 8, &fired, &event);
    assert_false(fired);
    advance(&s, 1);
    koop_detect_not_finite(s.detect, 9, &fired, &event);
    assert_true(fired);
    koop_detect_free(s.detect);
}

static void long_group_names_are_shortened_in_the_middle(void **state) {
    (void)state;
    static const char *const longest[] = {
        "encoder.layers.11.self_attention.output_projection.weight.abcdef",
        "encoder.layers.10.self_attention.output_projection.weight.ghijkl"};
    koop_detect_options o = koop_detect_defaults();
    stream s = new_stream(12);
    koop_detect_free(s.detect);
    koop_detect_new(&s.detect, &o, longest, 2);
    advance(&s, 200);
    s.speed -= 3;
    s.prediction += 3;
    advance(&s, 3);
    assert_true(s.events > 0);
    assert_non_null(strstr(s.last.sentence, "; mostly in encoder.layers…eight.ghijkl (71%)"));
    char reason[KOOP_SENTENCE_BYTES];
    koop_detect_reason(s.detect, reason);
    assert_non_null(strstr(reason, s.last.sentence));
    koop_detect_free(s.detect);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_those_of_an_independent_reference),
        cmocka_unit_test(quiet_stream_gives_few_events),
        cmocka_unit_test(change_of_speed_is_an_event_with_onset_and_sentence),
        cmocka_unit_test(slower_lost_and_shrinking_are_told_apart),
        cmocka_unit_test(lasting_change_is_one_event),
        cmocka_unit_test(slow_drift_is_one_event_and_hides_no_change_of_another_signal),
        cmocka_unit_test(second_change_is_a_second_event_and_then_all_is_steady),
        cmocka_unit_test(change_within_the_refractory_period_is_told_after_it),
        cmocka_unit_test(signals_that_move_together_are_one_event),
        cmocka_unit_test(run_without_prediction_gets_warm_too),
        cmocka_unit_test(nothing_alarms_while_warming_up),
        cmocka_unit_test(same_input_gives_the_same_events_bit_for_bit),
        cmocka_unit_test(missing_signals_are_passed_over),
        cmocka_unit_test(streak_of_not_finite_snapshots_is_one_event),
        cmocka_unit_test(long_group_names_are_shortened_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
