/* Tracks whose noise goes together: a change of one alone is seen through the others, nothing is seen
 * where nothing changed, and all of them together are on the scale of one. */
#include "joint.h"

#include "fixture.h"
#include "linalg.h"

enum { TRACKS = 5, MOST = 16 };

typedef struct band {
    koop_track track[MOST];
    int n;
    uint64_t seed;
    double common;      /* share of the noise that all have, as a variance */
    double level[MOST]; /* of each */
    int seldom;         /* this one has a value every second update only; 0: all have */
} band;

static void start(band *b, int n, uint64_t seed, double common) {
    *b = (band){.n = n, .seed = seed, .common = common};
    for (int k = 0; k < n; k++) koop_track_start(&b->track[k], 1e-3);
}

static void advance(band *b, int updates) {
    for (int i = 0; i < updates; i++) {
        double shared = gaussian(&b->seed);
        for (int k = 0; k < b->n; k++) {
            double own = gaussian(&b->seed);
            if (k > 0 && k == b->seldom && i % 2)
                koop_track_miss(&b->track[k]);
            else
                koop_track_take(&b->track[k],
                                b->level[k] + sqrt(b->common) * shared + sqrt(1 - b->common) * own);
        }
    }
}

/* Given and together for a shift `back` updates ago. */
static double weigh(const band *b, const koop_joint *joint, int back, double *given) {
    double t[KOOP_JOINT_MOST];
    for (int a = 0; a < joint->n; a++) {
        double toward[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS];
        koop_track_weigh(&b->track[joint->track[a]], toward);
        t[a] = toward[KOOP_TRACK_SHIFT][back];
    }
    return koop_joint_weigh(joint, t, given);
}

static void takes_part_what_has_surprises_enough(void **state) {
    (void)state;
    static band b;
    koop_joint joint;
    start(&b, 3, 1, 0.5);
    int first = KOOP_TRACK_LEAST + KOOP_TRACK_GAP;
    advance(&b, first + KOOP_TRACK_RECENT + KOOP_JOINT_LEAST - 1);
    koop_joint_fit(&joint, b.track, 3);
    assert_int_equal(joint.n, 0);
    assert_true(koop_joint_weigh(&joint, NULL, NULL) == 0);
    advance(&b, 1);
    koop_joint_fit(&joint, b.track, 3);
    assert_int_equal(joint.n, 3);
    assert_true(fabs(joint.share - (1 - 3.0 / KOOP_JOINT_LEAST)) < 1e-12);
    koop_track_restart(&b.track[1], 0); /* what it knew was of before */
    koop_joint_fit(&joint, b.track, 3);
    assert_int_equal(joint.n, 2);
    assert_int_equal(joint.track[1], 2);
    advance(&b, first + KOOP_TRACK_RECENT + KOOP_JOINT_LEAST - 1);
    koop_joint_fit(&joint, b.track, 3);
    assert_int_equal(joint.n, 2);
    advance(&b, 1);
    koop_joint_fit(&joint, b.track, 3);
    assert_int_equal(joint.n, 3);
    koop_track_restart(&b.track[0], 0);
    koop_track_restart(&b.track[1], 0);
    koop_joint_fit(&joint, b.track, 3);
    assert_int_equal(joint.n, 0); /* one alone has no others */
}

/* Of two tracks by hand: R has 0.9 r beside its diagonal. */
static void two_tracks_are_weighed_by_their_correlation(void **state) {
    (void)state;
    static band b;
    koop_joint joint;
    start(&b, 2, 2, 0.7);
    advance(&b, 400);
    koop_joint_fit(&joint, b.track, 2);
    double r = -joint.inverse[1] / joint.inverse[0];
    assert_true(r > 0.45 && r < 0.8);
    double share = 1 - 2.0 / KOOP_TRACK_PAST, t[2] = {3, 1}, given[2];
    double together = koop_joint_weigh(&joint, t, given);
    assert_true(fabs(given[0] - (3 - r) / sqrt(1 - r * r) * sqrt(share)) < 1e-9);
    assert_true(fabs(given[1] - (1 - 3 * r) / sqrt(1 - r * r) * sqrt(share)) < 1e-9);
    double x = share * (9 + 1 - 6 * r) / (1 - r * r); /* χ² with 2: Pr = e^(−x/2) */
    assert_true(fabs(erfc(sqrt(together)) / exp(-x / 2) - 1) < 0.1);
}

/* Correlation of the surprises of two tracks by its formula, over `count` of them. */
static double correlation_of(const koop_track *a, const koop_track *b, int count) {
    double ab = 0, aa = 0, bb = 0;
    for (int i = KOOP_TRACK_RECENT; i < KOOP_TRACK_RECENT + count; i++) {
        double x = fmax(-4, fmin(4, a->surprise[i])), y = fmax(-4, fmin(4, b->surprise[i]));
        ab += x * y, aa += x * x, bb += y * y;
    }
    return ab / sqrt(aa * bb);
}

/* R R⁻¹ = 1, of tracks that began at different updates and of one that has gaps. */
static void correlations_are_those_of_their_definition(void **state) {
    (void)state;
    static band b;
    koop_joint joint;
    start(&b, TRACKS, 3, 0.6);
    b.seldom = 2;
    advance(&b, 250);
    koop_track_take(&b.track[1], 1e9); /* wild, and of one alone */
    for (int k = 0; k < TRACKS; k++)
        if (k != 1) koop_track_miss(&b.track[k]);
    koop_track_start(&b.track[4], 1e-3);
    advance(&b, 116);
    int m = b.track[4].judged - KOOP_TRACK_RECENT;
    assert_in_range(m, KOOP_JOINT_LEAST, KOOP_TRACK_PAST - 1);
    koop_joint_fit(&joint, b.track, TRACKS);
    assert_int_equal(joint.n, TRACKS);
    assert_true(fabs(joint.share - (1 - (double)TRACKS / m)) < 1e-12);
    for (int i = 0; i < TRACKS; i++)
        for (int j = 0; j < TRACKS; j++) {
            double sum = 0;
            for (int k = 0; k < TRACKS; k++)
                sum += joint.inverse[k * TRACKS + j] *
                       (i == k ? 1 : 0.9 * correlation_of(&b.track[i], &b.track[k], m));
            assert_true(fabs(sum - (i == j)) < 1e-9);
        }
}

static void matrix_that_is_not_positive_definite_has_no_inverse(void **state) {
    (void)state;
    double indefinite[] = {1, 2, 2, 1}, one[] = {4};
    assert_int_equal(koop_linalg_invert(2, indefinite), KOOP_LAPACK_FAILED);
    assert_int_equal(koop_linalg_invert(1, one), KOOP_OK);
    assert_true(one[0] == 0.25);
}

/* χ² on the scale of one degree: to a tenth of its probability, from 1 in 20 to 1 in 10⁶. */
static void together_is_on_the_scale_of_one(void **state) {
    (void)state;
    static const struct {
        int n;
        double at[2], probability[2]; /* tables of χ² */
    } table[] = {{3, {7.815, 30.665}, {0.05, 1e-6}},
                 {4, {9.488, 33.377}, {0.05, 1e-6}},
                 {11, {19.675, 48.857}, {0.05, 1e-6}},
                 {16, {26.296, 58.265}, {0.05, 1e-6}}};
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        for (int i = 0; i < 2; i++) {
            koop_joint joint = {.n = table[k].n, .share = 1};
            double t[KOOP_JOINT_MOST] = {sqrt(table[k].at[i])}, given[KOOP_JOINT_MOST];
            for (int a = 0; a < joint.n; a++) joint.inverse[a * joint.n + a] = 1;
            double v = koop_joint_weigh(&joint, t, given);
            print_message("chi2 %d of %.3f: v %.3f, probability %.3g\n", joint.n, table[k].at[i], v,
                          erfc(sqrt(v)));
            assert_true(fabs(erfc(sqrt(v)) / table[k].probability[i] - 1) < 0.15);
            t[0] = 1e8;
            assert_true(koop_joint_weigh(&joint, t, given) < 1e3);
            t[0] = 0;
            assert_true(koop_joint_weigh(&joint, t, given) == 0);
        }
}

/* By chance: how often v of some onset passes what one normal passes 1 time in 100. */
static void says_nothing_where_nothing_changed(void **state) {
    (void)state;
    enum { RUNS = 60, UPDATES = 100 };
    int alone = 0, given_too = 0, together = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        static band b;
        start(&b, TRACKS, 50 + seed, 0.7);
        b.seldom = seed % 2 ? 3 : 0;
        advance(&b, 180);
        for (int k = 0; k < UPDATES; k++) {
            double given[KOOP_JOINT_MOST], toward[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS];
            koop_joint joint;
            advance(&b, 1);
            koop_joint_fit(&joint, b.track, TRACKS);
            together += erfc(sqrt(weigh(&b, &joint, 5, given))) < 0.01;
            given_too += fabs(given[2]) > 2.576;
            koop_track_weigh(&b.track[2], toward);
            alone += fabs(toward[KOOP_TRACK_SHIFT][5]) > 2.576;
        }
    }
    print_message("of %d: alone %d, given the others %d, together %d\n", RUNS * UPDATES, alone,
                  given_too, together);
    assert_true(alone < 240 && given_too < 240 && together < 240);
}

/* A shift of a track's own size of noise, but four times what is left given the others. */
static void change_of_one_is_seen_through_the_others(void **state) {
    (void)state;
    enum { RUNS = 50 };
    int seen = 0, seen_alone = 0, seen_together = 0, blamed = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        static band b;
        koop_joint joint;
        double given[KOOP_JOINT_MOST], toward[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS];
        start(&b, TRACKS, 500 + seed, 0.95);
        advance(&b, 200);
        b.level[3] = 1;
        advance(&b, 8);
        koop_joint_fit(&joint, b.track, TRACKS);
        double v = weigh(&b, &joint, 7, given);
        koop_track_weigh(&b.track[3], toward);
        seen += fabs(given[3]) > 4;
        seen_alone += fabs(toward[KOOP_TRACK_SHIFT][7]) > 4;
        seen_together += v > 8;
        int most = 0;
        for (int a = 1; a < joint.n; a++)
            if (fabs(given[a]) > fabs(given[most])) most = a;
        blamed += most == 3;
    }
    print_message("of %d: alone %d, given the others %d (and no other more: %d), together %d\n",
                  RUNS, seen_alone, seen, blamed, seen_together);
    assert_true(seen > 40 && blamed > 40 && seen_together > 30 && seen_alone < 5);
}

/* Tracks that are the same one: R, a tenth of it taken, has an inverse; the change is no surprise. */
static void tracks_that_repeat_each_other_do_no_harm(void **state) {
    (void)state;
    static band b;
    koop_joint joint;
    start(&b, 3, 9, 1);
    advance(&b, 200);
    koop_joint_fit(&joint, b.track, 3);
    assert_int_equal(joint.n, 3);
    double given[KOOP_JOINT_MOST], v = weigh(&b, &joint, 3, given);
    assert_true(isfinite(v) && v < 8);
    for (int a = 0; a < 3; a++) assert_true(fabs(given[a]) < 3);
    koop_track still[2]; /* no surprises at all: nothing to divide by */
    for (int k = 0; k < 2; k++) {
        koop_track_start(&still[k], 0.01);
        for (int i = 0; i < 200; i++) koop_track_take(&still[k], 1);
    }
    koop_joint_fit(&joint, still, 2);
    assert_int_equal(joint.n, 2);
    assert_true(joint.inverse[0] == 1 && joint.inverse[1] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_part_what_has_surprises_enough),
        cmocka_unit_test(two_tracks_are_weighed_by_their_correlation),
        cmocka_unit_test(correlations_are_those_of_their_definition),
        cmocka_unit_test(matrix_that_is_not_positive_definite_has_no_inverse),
        cmocka_unit_test(together_is_on_the_scale_of_one),
        cmocka_unit_test(says_nothing_where_nothing_changed),
        cmocka_unit_test(change_of_one_is_seen_through_the_others),
        cmocka_unit_test(tracks_that_repeat_each_other_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
