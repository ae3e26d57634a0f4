#include "adwin.h"

#include "series.h"

static bench_sample samples[SERIES_MAX];

static bench_detector new_detector(const bench_adwin_options *options) {
    bench_detector d = {0};
    assert_int_equal(bench_adwin_new(&d, options), KOOP_OK);
    return d;
}

/* river 0.26.1, drift.ADWIN() on the same numbers: alarms at 1023 and 2015. That one forgets what
 * it has after an alarm, so only the first alarm of a shift compares. */
static void clear_shifts_are_found_where_river_finds_them(void **state) {
    (void)state;
    const bench_adwin_options o = bench_adwin_defaults();
    const double levels[] = {0, 2, -1};
    fill_losses(samples, 1, levels, 3, 1000);
    bench_detector d = new_detector(&o);
    assert_int_equal(first_alarm_from(&d, samples, 3000, 0), 1023);
    assert_int_equal(first_alarm_from(&d, samples, 3000, 1500), 2015);
    bench_detector_free(&d);
}

/* The paper's rule the slow way: every value kept, bucket sizes in a list, the oldest first. */
typedef struct slow_window {
    const bench_adwin_options *options;
    const bench_sample *samples;
    int begin, end;
    int n_sizes, size[512];
} slow_window;

static void slow_moments(const slow_window *w, int from, int to, double *mean, double *variance) {
    *mean = *variance = 0;
    for (int i = from; i < to; i++) *mean += w->samples[i].loss / (to - from);
    for (int i = from; i < to; i++) *variance += pow(w->samples[i].loss - *mean, 2) / (to - from);
}

static void slow_insert(slow_window *w) {
    w->end++;
    w->size[w->n_sizes++] = 1;
    for (int size = 1;; size *= 2) {
        int first = -1, number = 0;
        for (int i = 0; i < w->n_sizes; i++)
            if (w->size[i] == size && number++ == 0) first = i;
        if (number <= w->options->buckets) return;
        w->size[first] = 2 * size;
        w->n_sizes--;
        memmove(w->size + first + 1, w->size + first + 2,
                (size_t)(w->n_sizes - first - 1) * sizeof(int));
    }
}

static bool slow_cut(const slow_window *w) {
    double mean, variance;
    slow_moments(w, w->begin, w->end, &mean, &variance);
    const double n = w->end - w->begin, s = w->options->least;
    const double term = log(2 * log(n) / exp(-w->options->threshold));
    int at = w->begin;
    for (int i = 0; i + 1 < w->n_sizes; i++) {
        at += w->size[i];
        double older, newer, ignored, n0 = at - w->begin, n1 = w->end - at;
        if (n0 < s || n1 < s) continue;
        slow_moments(w, w->begin, at, &older, &ignored);
        slow_moments(w, at, w->end, &newer, &ignored);
        const double inverse = 1 / (n0 - s + 1) + 1 / (n1 - s + 1);
        if (fabs(older - newer) > sqrt(2 * inverse * variance * term) + 2 * term * inverse / 3)
            return true;
    }
    return false;
}

static bool slow_step(slow_window *w) {
    bool alarm = false;
    slow_insert(w);
    if (w->end % w->options->clock != 0 || w->end - w->begin <= w->options->grace) return false;
    while (slow_cut(w)) {
        w->begin += w->size[0];
        memmove(w->size, w->size + 1, (size_t)--w->n_sizes * sizeof(int));
        alarm = true;
    }
    return alarm;
}

static void alarms_are_those_of_the_rule_taken_literally(void **state) {
    (void)state;
    size_t alarms = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        bench_adwin_options o = bench_adwin_defaults();
        o.clock = seed % 2 ? 4 : 32;
        o.buckets = seed < 4 ? 5 : 2;
        o.threshold = 3;
        const double levels[] = {0, 0.5, 1.5, 1.2, -0.5};
        fill_losses(samples, seed, levels, 5, 200);
        bench_detector d = new_detector(&o);
        slow_window w = {.options = &o, .samples = samples};
        for (int i = 0; i < 1000; i++) {
            const bool alarm = bench_detector_step(&d, &samples[i]);
            assert_int_equal(alarm, slow_step(&w));
            alarms += alarm;
        }
        bench_detector_free(&d);
    }
    assert_true(alarms > 20);
}

static void quiet_runs_give_few_alarms(void **state) {
    (void)state;
    const bench_adwin_options o = bench_adwin_defaults();
    bench_detector d = new_detector(&o);
    size_t alarms = quiet_alarms(&d, 20, 2000);
    print_message("%zu alarms in 20 × 2,000 quiet samples\n", alarms);
    assert_true(alarms <= 2);
    bench_detector_free(&d);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    bench_detector d = {0};
    for (int bad = 0; bad < 5; bad++) {
        bench_adwin_options o = bench_adwin_defaults();
        if (bad == 0) o.clock = 0;
        if (bad == 1) o.buckets = 0;
        if (bad == 2) o.buckets = BENCH_ADWIN_MAX_BUCKETS + 1;
        if (bad == 3) o.least = 0;
        if (bad == 4) o.threshold = 0;
        assert_int_equal(bench_adwin_new(&d, &o), KOOP_BAD_ARGUMENT);
        assert_null(d.methods);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clear_shifts_are_found_where_river_finds_them),
        cmocka_unit_test(alarms_are_those_of_the_rule_taken_literally),
        cmocka_unit_test(quiet_runs_give_few_alarms),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
