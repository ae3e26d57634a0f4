/* One signal watched: surprises of what is usual are standard normal, what is missing says nothing, and
 * what is known of the noise outlives a restart. */
#include "track_kit.h"

static void nothing_is_judged_before_the_baseline_is_there(void **state) {
    (void)state;
    series s = new_series(1, 0);
    for (int k = 0; k < KOOP_TRACK_LEAST + KOOP_TRACK_GAP; k++) {
        advance(&s, 1);
        assert_false(koop_track_ready(&s.track));
        koop_track_miss(&s.track);
        assert_int_equal(s.track.judged, 0);
        assert_true(koop_track_shift(&s.track, 3) == 0);
    }
    advance(&s, 1);
    assert_true(koop_track_ready(&s.track));
    assert_int_equal(s.track.judged, 1);
}

/* Moments of the surprises and how often they pass 2 and 3 (normal: 0.0455 and 0.0027). What is
 * normal is made a little less so by the heavy tails that are allowed for: ∫ g² φ is 0.733. */
static void surprises_of_a_usual_series_are_at_most_standard_normal(void **state) {
    (void)state;
    enum { UPDATES = 40000 };
    static const double rho[] = {0, 0.6, 0.6}, slope[] = {0, 0.05, 0};
    for (int k = 0; k < 3; k++) {
        series s = new_series(2 + (uint64_t)k, rho[k]);
        s.slope = slope[k];
        s.heavy = k == 2;
        advance(&s, 400);
        double sum = 0, square = 0, product = 0, before = 0, past2 = 0, past3 = 0;
        for (int i = 0; i < UPDATES; i++) {
            advance(&s, 1);
            double g = s.track.surprise[0];
            sum += g / UPDATES;
            square += g * g / UPDATES;
            product += g * before / UPDATES;
            past2 += (fabs(g) > 2) / (double)UPDATES;
            past3 += (fabs(g) > 3) / (double)UPDATES;
            before = g;
        }
        print_message("mean %.3f, variance %.3f, lag one %.3f, past 2 %.4f, past 3 %.5f\n", sum,
                      square, product / square, past2, past3);
        assert_true(fabs(sum) < 0.03);
        assert_true(fabs(product / square) < 0.06);
        assert_true(fabs(square - 0.75) < 0.03);
        assert_true(past2 > (s.heavy ? 0.02 : 0.007) && past2 < (s.heavy ? 0.045 : 0.012));
        assert_true(s.heavy ? past3 < 0.0027 : past3 == 0);
    }
}

/* One wild value among usual ones says less than a few mildly odd ones: its logarithm counts. */
static void wild_value_counts_by_its_logarithm(void **state) {
    (void)state;
    double surprise[3];
    for (int k = 0; k < 3; k++) {
        series s = new_series(4, 0);
        advance(&s, 200);
        koop_track_take(&s.track, k == 0 ? 10 : k == 1 ? 1e6 : -1e12);
        surprise[k] = s.track.surprise[0];
    }
    assert_true(surprise[0] > 3 && surprise[0] < 5.5);
    assert_true(surprise[1] > surprise[0] && surprise[1] < 12);
    assert_true(surprise[2] < -surprise[1] && surprise[2] > -18);
}

static void missing_values_say_nothing(void **state) {
    (void)state;
    series s = new_series(6, 0);
    advance(&s, 150);
    s.level = 4;
    advance(&s, 3);
    double before = evidence(&s.track);
    for (int k = 0; k < 10; k++) {
        koop_track_miss(&s.track);
        assert_true(s.track.surprise[0] == 0);
        assert_true(fabs(evidence(&s.track) - before) < 1e-12);
    }
    assert_int_equal(s.track.held, KOOP_TRACK_HELD); /* the baseline is as it was */
    advance(&s, 2);
    assert_true(evidence(&s.track) > before);
    assert_int_equal(best_onset(&s.track), 14);
}

static void beginning_of_a_change_is_not_in_its_own_baseline(void **state) {
    (void)state;
    series s = new_series(7, 0);
    advance(&s, 148);
    for (int k = 1; k <= KOOP_TRACK_GAP; k++) {
        koop_track_take(&s.track, 1e9);
        double line = s.track.value[0] - koop_track_shift(&s.track, 0);
        assert_true(fabs(line) < 1);
    }
}

static void shifts_below_the_floor_are_none(void **state) {
    (void)state;
    koop_track t;
    koop_track_start(&t, 0.01);
    for (int k = 0; k < 100; k++) {
        koop_track_take(&t, 5);
        assert_true(evidence(&t) < 1e-6);
    }
    koop_track_take(&t, 5.005);
    assert_true(fabs(t.surprise[0] - 0.5) < 0.05);
    koop_track_take(&t, 5.1);
    assert_true(t.surprise[0] > 3);
    assert_true(fabs(t.scale - 0.01) < 1e-12);
}

static void shift_is_the_mean_over_what_the_line_says(void **state) {
    (void)state;
    koop_track t;
    koop_track_start(&t, 0.01);
    for (int k = 0; k < 120; k++) koop_track_take(&t, 2 + 0.5 * k);
    for (int k = 120; k < 123; k++) koop_track_take(&t, 2 + 0.5 * k + (k - 119));
    assert_true(fabs(koop_track_shift(&t, 0) - 3) < 1e-9);
    assert_true(fabs(koop_track_shift(&t, 2) - 2) < 1e-9);
    assert_true(fabs(koop_track_shift(&t, 5) - 1) < 1e-9);
}

static void correlation_begins_one_standard_error_high_and_is_averaged(void **state) {
    (void)state;
    series s = new_series(8, 0.5);
    advance(&s, 37);
    double fitted = s.track.line.correlation, first = s.track.correlation;
    assert_true(fabs(first - fitted - sqrt((1 - fitted * fitted) / 32)) < 1e-12);
    advance(&s, KOOP_TRACK_REFIT);
    assert_true(fabs(s.track.correlation - first - (s.track.line.correlation - first) / 16) <
                1e-12);
    double sum = 0;
    for (int k = 0; k < 2000; k++) {
        advance(&s, 1);
        sum += s.track.correlation / 2000;
    }
    assert_true(fabs(sum - 0.5) < 0.06);
}

/* By its formula, over the surprises before the newest eight as they were at the fit. */
static double dispersion_of(const koop_track *t) {
    enum { COUNT = KOOP_TRACK_PAST - 1 }; /* the oldest has left since */
    double most = 1;
    for (int n = 1; n <= 16; n *= 2) {
        double square = 0;
        for (int i = 0; i + n <= COUNT; i++) {
            double sum = 0;
            for (int j = i; j < i + n; j++)
                sum += fmax(-4, fmin(4, t->surprise[1 + KOOP_TRACK_RECENT + j]));
            square += sum * sum / n / (COUNT - n + 1);
        }
        most = fmax(most, square / (1 + 2 * sqrt(2.0 * n / (COUNT + 1))));
    }
    return most;
}

static void dispersion_is_how_far_sums_of_surprises_go(void **state) {
    (void)state;
    double mean[3] = {0};
    for (int k = 0; k < 3; k++) {
        series s = new_series(11, 0.2);
        s.wave = k == 1 ? 0.5 : 0;
        while (s.track.past < KOOP_TRACK_PAST / 2 + KOOP_TRACK_RECENT) {
            advance(&s, 1);
            assert_true(s.track.dispersion == 1); /* too few to tell */
        }
        advance(&s, 200);
        for (int i = 0; i < 500; i++) {
            if (k == 2 && i % 20 == 0) koop_track_take(&s.track, 1e9); /* wild, but alone */
            advance(&s, 1);
            mean[k] += s.track.dispersion / 500;
            if (s.track.fit_age == 0)
                assert_true(fabs(s.track.dispersion / dispersion_of(&s.track) - 1) < 0.15);
        }
    }
    print_message("dispersion %.3f, %.3f of a series that wanders, %.3f with wild values\n",
                  mean[0], mean[1], mean[2]);
    assert_true(mean[0] < 1.01 && mean[1] > 1.3 && mean[2] < 2);
}

static void restart_keeps_what_is_known_of_the_noise(void **state) {
    (void)state;
    series s = new_series(12, 0.6);
    s.wave = 0.5;
    advance(&s, 300);
    koop_track before = s.track;
    koop_track_restart(&s.track, 5);
    assert_false(koop_track_ready(&s.track));
    assert_true(evidence(&s.track) == 0);
    assert_int_equal(s.track.past, before.past - 5);
    assert_memory_equal(s.track.surprise, before.surprise + 5,
                        (size_t)s.track.past * sizeof *s.track.surprise);
    assert_true(s.track.dispersion == before.dispersion && before.dispersion > 1);
    assert_true(s.track.correlation == before.correlation);
    advance(&s, 36);
    assert_false(koop_track_ready(&s.track));
    advance(&s, 1);
    double fitted = s.track.line.correlation, known = fmax(fitted, before.correlation);
    assert_true(fabs(s.track.correlation - fmin(0.9, known + sqrt((1 - fitted * fitted) / 32))) <
                1e-12);
    s.rho = s.wave = 0; /* less correlated than it was: not yet believed */
    known = s.track.correlation;
    koop_track_restart(&s.track, 0);
    advance(&s, 37);
    assert_true(s.track.line.correlation < known - 0.2);
    assert_true(s.track.correlation >= fmin(0.9, known + 0.05));
    koop_track_restart(&s.track, 1000); /* more than there are */
    assert_int_equal(s.track.past, 0);
}

/* ---- state --------------------------------------------------------------------------------- */

static size_t save(koop_track *t, uint8_t *bytes, size_t size) {
    koop_state s = koop_state_saving(bytes, size);
    koop_track_exchange(t, &s);
    assert_int_equal(s.status, KOOP_OK);
    return s.at;
}

static void loaded_track_goes_on_bit_for_bit(void **state) {
    (void)state;
    static uint8_t bytes[8192], again[8192];
    for (int stop = 0; stop < 200; stop += stop < 45 ? 1 : 13) {
        series a = new_series(9, 0.4);
        advance(&a, stop);
        size_t size = save(&a.track, bytes, sizeof bytes);
        series b = a;
        koop_track_start(&b.track, a.track.floor);
        koop_state s = koop_state_loading(bytes, size);
        koop_track_exchange(&b.track, &s);
        assert_int_equal(s.status, KOOP_OK);
        assert_int_equal(s.at, size);
        for (int k = 0; k < 50; k++) {
            advance(&a, 1);
            advance(&b, 1);
            assert_int_equal(save(&a.track, bytes, sizeof bytes),
                             save(&b.track, again, sizeof again));
            assert_memory_equal(bytes, again, size);
        }
    }
}

static void what_no_track_holds_is_refused(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    enum { CASES = 18 };
    for (int k = 0; k < CASES; k++) {
        series s = new_series(10, 0), to = new_series(10, 0);
        advance(&s, 60);
        if (k == 0) s.track.held = KOOP_TRACK_GAP + KOOP_TRACK_LEAST - 1;
        if (k == 1) s.track.fit_age = -1; /* not yet fitted, but with judgements */
        if (k == 2) s.track.line.n = KOOP_TRACK_LEAST - 1;
        if (k == 3) s.track.scale = 0;
        if (k == 4) s.track.value[3] = NAN;
        if (k == 5) s.track.surprise[KOOP_TRACK_PAST] = INFINITY;
        if (k == 6) s.track.dispersion = 0.9;
        if (k == 7) s.track.judged = s.track.past + 1;
        if (k == 8) s.track.memory[5] = 0.05; /* of a ρ above all that is fitted */
        if (k == 9) s.track.memory[5] = -0.5;
        if (k == 10) s.track.memory[5] = NAN;
        if (k == 11) s.track.correlation = 1;
        if (k == 12) s.track.correlation = 2; /* not known, but fitted */
        if (k == 13) s.track.surprise[3] = 101;
        if (k == 14) s.track.value[3] = 1e121;
        if (k == 15) s.track.dispersion = 257;
        if (k == 16) s.track.line.slope = -1e121;
        if (k == 17) to.track.floor = 2e-3;
        koop_state saving = koop_state_saving(bytes, sizeof bytes);
        koop_track_exchange(&s.track, &saving); /* bounds hold both ways, but for the last */
        if (k < CASES - 1) {
            assert_int_equal(saving.status, KOOP_BAD_MESSAGE);
            continue;
        }
        koop_state loading = koop_state_loading(bytes, saving.at);
        koop_track_exchange(&to.track, &loading);
        assert_int_equal(loading.status, KOOP_BAD_SHAPE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_judged_before_the_baseline_is_there),
        cmocka_unit_test(surprises_of_a_usual_series_are_at_most_standard_normal),
        cmocka_unit_test(wild_value_counts_by_its_logarithm),
        cmocka_unit_test(missing_values_say_nothing),
        cmocka_unit_test(beginning_of_a_change_is_not_in_its_own_baseline),
        cmocka_unit_test(shifts_below_the_floor_are_none),
        cmocka_unit_test(shift_is_the_mean_over_what_the_line_says),
        cmocka_unit_test(correlation_begins_one_standard_error_high_and_is_averaged),
        cmocka_unit_test(dispersion_is_how_far_sums_of_surprises_go),
        cmocka_unit_test(restart_keeps_what_is_known_of_the_noise),
        cmocka_unit_test(loaded_track_goes_on_bit_for_bit),
        cmocka_unit_test(what_no_track_holds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
