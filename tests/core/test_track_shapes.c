/* What a track says of a change: sums by their definition, for a shift and for a ramp, and the onset. */
#include "track_kit.h"

static void shift_gives_evidence_that_grows_and_its_onset(void **state) {
    (void)state;
    enum { SERIES = 50 };
    int exact = 0, near = 0, grown = 0;
    double least = INFINITY, shift = 0;
    for (uint64_t seed = 1; seed <= SERIES; seed++) {
        series s = new_series(100 + seed, 0.3);
        advance(&s, 150);
        s.level = 3;
        advance(&s, 2);
        double early = evidence(&s.track);
        advance(&s, 6);
        double later = evidence(&s.track);
        grown += later > early;
        least = fmin(least, later);
        int onset = best_onset(&s.track);
        exact += onset == 7;
        near += abs(onset - 7) <= 2;
        shift += koop_track_shift(&s.track, 7) / SERIES;
    }
    print_message(
        "onset exact in %d, near in %d, evidence grown in %d of %d, least %.1f; shift %.2f\n",
        exact, near, grown, SERIES, least, shift);
    assert_true(exact > 38 && near > 45 && grown == SERIES && least > 3);
    assert_true(fabs(shift - 3) < 0.4);
}

/* T by its formula, over the surprises and the memory as they are kept: an update without value has
 * no place in it. */
static double toward_of(const koop_track *t, koop_track_shape shape, int onset) {
    double sum = 0, square = 0;
    for (int j = 0; j <= onset; j++) {
        bool known = t->memory[j] > 0;
        double c = j == onset ? 1 : t->memory[j], far = onset - j;
        double m = shape == KOOP_TRACK_SHIFT ? c : known + t->memory[j] * far;
        if (!known) m = 0;
        sum += m * t->surprise[j];
        square += m * m;
    }
    return square > 0 ? sum / sqrt(square * t->dispersion) : 0;
}

static void sums_are_those_of_their_definition(void **state) {
    (void)state;
    series s = new_series(5, 0.5);
    s.wave = 0.3;
    advance(&s, 37);
    for (int k = 0; k < 200; k++) {
        double toward[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS];
        koop_track_weigh(&s.track, toward);
        for (int shape = 0; shape < KOOP_TRACK_SHAPES; shape++)
            for (int i = 0; i < KOOP_TRACK_ONSETS; i++) {
                double expected =
                    i < s.track.judged ? toward_of(&s.track, (koop_track_shape)shape, i) : 0;
                assert_true(fabs(toward[shape][i] - expected) < 1e-9 * (1 + fabs(expected)));
            }
        if (k % 7 == 3)
            koop_track_miss(&s.track);
        else
            advance(&s, 1);
    }
    assert_true(s.track.judged > KOOP_TRACK_PAST && s.track.dispersion > 1);
}

/* Of a change that grows, a ramp says more than a shift; of one that does not, less. */
static void ramp_is_told_from_a_shift(void **state) {
    (void)state;
    int right[2] = {0}, near = 0;
    enum { SERIES = 50, AFTER = 12 };
    for (uint64_t seed = 1; seed <= SERIES; seed++)
        for (int grows = 0; grows < 2; grows++) {
            series s = new_series(300 + seed, 0.4);
            advance(&s, 150);
            for (int k = 1; k <= AFTER; k++) {
                s.level = grows ? 0.5 * k : 3;
                advance(&s, 1);
            }
            int onset;
            double ramp = most_evidence(&s.track, KOOP_TRACK_RAMP, &onset);
            right[grows] += (ramp > evidence(&s.track)) == (grows > 0);
            near += grows && abs(onset - (AFTER - 1)) <= 4;
        }
    print_message("shifts told as such: %d of %d, ramps: %d, their onset near: %d\n", right[0],
                  SERIES, right[1], near);
    assert_true(right[0] > 40 && right[1] > 35 && near > 35);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shift_gives_evidence_that_grows_and_its_onset),
        cmocka_unit_test(sums_are_those_of_their_definition),
        cmocka_unit_test(ramp_is_told_from_a_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
