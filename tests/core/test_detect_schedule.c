/* What the trainer sends beside its weights: a learning rate that is told is no change of the
 * dynamics, one that is not is; other scalars count like signals. */
#include "detect_kit.h"

static void told_jump_is_a_schedule_and_no_transition(void **state) {
    (void)state;
    static const double factors[] = {0.1, 0.5, 3};
    for (int k = 0; k < 3; k++) {
        stream s = new_stream(31);
        s.told = true;
        s.rate = 0.1;
        advance(&s, 200);
        assert_int_equal(s.events, 0);
        s.rate *= factors[k];
        s.level[KOOP_SIGNAL_RADIAL] -= 0.1; /* all else may change with it */
        advance(&s, 1);
        assert_int_equal(s.events, 1);
        assert_int_equal(s.last.kind, KOOP_EVENT_SCHEDULE);
        assert_int_equal(s.last.fired, 0);
        assert_true(s.last.strength == 0);
        assert_int_equal(s.last.onset, s.step);
        if (k == 0)
            assert_string_equal(s.last.sentence,
                                "the trainer changed the learning rate from 0.1 to 0.01");
        assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_TRANSITION);
        advance(&s, 300);
        assert_int_equal(s.events, 1);
        assert_int_equal(koop_detect_phase(s.detect), KOOP_PHASE_STEADY);
        assert_true(reason_since(&s) >= s.last.step);
        end_stream(&s);
    }
}

static void untold_drop_alarms(void **state) {
    (void)state;
    stream s = new_stream(32);
    s.rate = 0.1;
    advance(&s, 200);
    s.rate = 0.03;
    advance(&s, 10);
    assert_int_equal(s.events, 1);
    assert_int_equal(s.last.kind, KOOP_EVENT_TRANSITION);
    assert_non_null(strstr(s.last.sentence, "slower than expected"));
    end_stream(&s);
}

/* The rate of a cosine over `updates` that begins with a linear warm-up, at which a run is first read
 * when its window of 16 updates is full. */
static double smooth_rate(int update, int updates) {
    double at = (update + 16.0) / updates, warm_up = 0.25;
    return at < warm_up ? 0.1 * at / warm_up
                        : 0.05 * (1 + cos(3.141592653589793 * fmin(at - warm_up, 0.74) / 0.75));
}

/* The events of a run along the schedule. */
static int follow(bool told, uint64_t seed, int updates) {
    stream s = new_stream(seed);
    s.rho = 0; /* the schedule is all that it follows */
    s.told = told;
    for (int k = 0; k < updates; k++) {
        s.rate = smooth_rate(k, updates);
        advance(&s, 1);
    }
    int events = s.events;
    end_stream(&s);
    return events;
}

static void told_smooth_schedule_alarms_nothing(void **state) {
    (void)state;
    int untold = 0;
    for (uint64_t seed = 33; seed < 38; seed++) {
        assert_int_equal(follow(true, seed, 600), 0);
        assert_int_equal(follow(true, seed, 3000), 0);
        untold += follow(false, seed, 600);
    }
    assert_true(untold >= 5); /* as this would */
}

static void rate_that_begins_or_ceases_to_be_told_is_no_event(void **state) {
    (void)state;
    stream s = new_stream(39);
    s.rate = 1e-3;
    for (int k = 0; k < 4; k++) {
        s.told = k % 2;
        advance(&s, 100);
        if (k > 0) { /* the speed alone is learned anew */
            s.told = !s.told;
            advance(&s, 5);
            assert_int_not_equal(koop_detect_phase(s.detect), KOOP_PHASE_WARMING_UP);
            s.told = !s.told;
        }
        advance(&s, 50);
        assert_int_equal(s.events, 0);
    }
    s.rate = NAN; /* told, but none */
    koop_signals x;
    s.told = false;
    s.rate = 1e-3;
    stream_signals(&s, &x);
    s.told = true;
    s.rate = INFINITY;
    stream_give(&s, &x);
    s.rate = -1;
    stream_give(&s, &x);
    assert_int_equal(s.events, 0);
    end_stream(&s);
}

/* At the end of a schedule the noise of the rounding is what moves. */
static void below_a_hundredth_of_the_highest_rate_nothing_is_judged(void **state) {
    (void)state;
    for (int k = 0; k < 2; k++) {
        stream s = new_stream(40);
        s.told = true;
        s.rate = 1;
        advance(&s, 200);
        double low = k == 0 ? 0.009 : 0.011;
        while (s.rate > low) {
            s.rate *= 0.97;
            advance(&s, 1);
        }
        advance(&s, 100);
        assert_int_equal(s.events, 0);
        s.level[KOOP_SIGNAL_RADIAL] += 0.5;
        s.level[KOOP_SIGNAL_PREDICTION] += 3;
        advance(&s, 20);
        assert_int_equal(s.events, k == 0 ? 0 : 1);
        end_stream(&s);
    }
}

/* ---- scalars ------------------------------------------------------------------------------- */

/* `updates` in which scalar 0 varies around `level` and scalar 1 is constant. */
static void advance_scalars(stream *s, int updates, double level) {
    for (int k = 0; k < updates; k++) {
        s->scalars = (koop_detect_scalars){.n = 3, .name = {"loss", "batch_size", "late"}};
        s->scalars.value[0] = level + 0.1 * gaussian(&s->seed);
        s->scalars.value[1] = 64;
        s->scalars.value[2] = NAN;
        advance(s, 1);
    }
}

static void scalar_that_alone_shifts_is_an_event_with_its_name(void **state) {
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        stream s = new_stream(41);
        advance_scalars(&s, 200, 1);
        assert_int_equal(s.events, 0);
        int64_t changed = s.step;
        advance_scalars(&s, 20, 1 + 1.5 * sign);
        assert_int_equal(s.events, 1);
        assert_int_equal(s.last.kind, KOOP_EVENT_TRANSITION);
        assert_int_equal(s.last.fired, 1u << KOOP_SIGNAL_SCALARS);
        assert_true(s.last.score[KOOP_SIGNAL_SCALARS] > 0.5);
        assert_in_range(s.last.onset, changed - 3 * STREAM_STRIDE, changed + STREAM_STRIDE);
        assert_true(strcmp(s.last.sentence, sign > 0 ? "loss is higher than expected"
                                                     : "loss is lower than expected") == 0);
        end_stream(&s);
    }
}

/* One that repeats says nothing, whatever it jumps to. */
static void constant_scalar_never_alarms(void **state) {
    (void)state;
    stream s = new_stream(42);
    advance_scalars(&s, 200, 1);
    for (int k = 0; k < 100; k++) {
        s.scalars.value[0] = 1 + 0.1 * gaussian(&s.seed);
        s.scalars.value[1] = k < 50 ? 1e6 : -3;
        advance(&s, 1);
    }
    assert_int_equal(s.events, 0);
    end_stream(&s);
}

/* Held-out losses as trainers repeat them: new every tenth update, the same in between. */
static void repeated_scalar_counts_when_it_changes(void **state) {
    (void)state;
    stream s = new_stream(43);
    double value = 0;
    for (int k = 0; k < 1500; k++) {
        if (k % 10 == 0) value = (k < 1000 ? 1 : 9) + 0.1 * gaussian(&s.seed);
        s.scalars = (koop_detect_scalars){.n = 1, .name = {"slow"}, .value = {value}};
        advance(&s, 1);
        if (k < 1000) assert_int_equal(s.events, 0);
    }
    assert_int_equal(s.events, 1);
    assert_non_null(strstr(s.last.sentence, "slow is higher than expected"));
    end_stream(&s);
}

static void scalars_of_any_size_do_no_harm(void **state) {
    (void)state;
    static uint8_t bytes[1 << 16];
    stream s = new_stream(44);
    for (int k = 0; k < 300; k++) {
        s.scalars = (koop_detect_scalars){.n = 2, .name = {"huge", "tiny"}};
        s.scalars.value[0] = (k % 2 ? 1.7e308 : -1.7e308) * (1 - 0.1 * uniform(&s.seed));
        s.scalars.value[1] = 5e-324 * (k % 7);
        advance(&s, 1);
        koop_state saving = koop_state_saving(bytes, sizeof bytes);
        koop_detect_exchange(s.detect, &saving);
        assert_int_equal(saving.status, KOOP_OK);
    }
    assert_int_equal(s.events, 0);
    end_stream(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_jump_is_a_schedule_and_no_transition),
        cmocka_unit_test(untold_drop_alarms),
        cmocka_unit_test(told_smooth_schedule_alarms_nothing),
        cmocka_unit_test(rate_that_begins_or_ceases_to_be_told_is_no_event),
        cmocka_unit_test(below_a_hundredth_of_the_highest_rate_nothing_is_judged),
        cmocka_unit_test(scalar_that_alone_shifts_is_an_event_with_its_name),
        cmocka_unit_test(constant_scalar_never_alarms),
        cmocka_unit_test(repeated_scalar_counts_when_it_changes),
        cmocka_unit_test(scalars_of_any_size_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
