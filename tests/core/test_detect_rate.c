/* How often nothing is told as something: the promised rate, the threshold that keeps it, and the
 * caution of a run that alarms again and again. */
#include "detect_internal.h"
#include "detect_kit.h"
#include "joint.h"

/* Of five signals and two groups, at every update; ρ = 0.7 is the worst of those promised. */
static void quiet_streams_keep_the_promised_rate(void **state) {
    (void)state;
    static const double rho[] = {0, 0.7};
    for (int k = 0; k < 2; k++) {
        int events = 0;
        for (uint64_t seed = 1; seed <= 20; seed++) {
            stream s = new_stream(seed);
            s.rho = rho[k];
            advance(&s, 2500); /* 10,000 snapshots */
            events += s.events;
            end_stream(&s);
        }
        print_message("rho %.1f: %d events in 20 × 10,000 quiet snapshots\n", rho[k], events);
        assert_true(events <= (rho[k] > 0 ? 20 : 5));
    }
}

/* h by its formula: the same evidence is more or less of an alarm. */
static void false_alarms_and_stride_move_the_threshold(void **state) {
    (void)state;
    static const struct {
        double false_alarms;
        int stride;
        double threshold;
    } cases[] = {{1, 4, 16.5},
                 {0.1, 4, 21.105170185988094},
                 {10, 4, 11.89482981401191},
                 {1, 1, 19.27258872223978}};
    double strength = 0;
    for (int k = 0; k < 4; k++) {
        stream s = new_stream(12);
        s.options.false_alarms = cases[k].false_alarms;
        s.options.stride = cases[k].stride;
        s.options.warm_up = 60 * cases[k].stride;
        stream_start(&s, stream_names, 2);
        advance(&s, 200);
        s.level[KOOP_SIGNAL_SPEED] += 0.3;
        advance(&s, 1);
        assert_int_equal(s.events, 0);
        double now = koop_detect_level(s.detect) * cases[k].threshold;
        assert_true(now > 0.1 && (k == 0 || fabs(now - strength) < 1e-9));
        strength = now;
        end_stream(&s);
    }
}

static void fewer_false_alarms_are_fewer_events(void **state) {
    (void)state;
    static const double rates[] = {100, 10, 1};
    int events[3] = {0};
    for (int k = 0; k < 3; k++) {
        stream s = new_stream(13);
        s.rho = 0.7;
        s.options.false_alarms = rates[k];
        stream_start(&s, stream_names, 2);
        advance(&s, 12500);
        events[k] = s.events;
        end_stream(&s);
    }
    print_message("%d, %d and %d events in 50,000 snapshots\n", events[0], events[1], events[2]);
    assert_true(events[0] > 2 * events[1] && events[1] > 2 * events[2]);
    assert_true(events[0] <= 500 && events[1] <= 60 && events[2] <= 5);
}

/* e^v by its definition: of each track, ¾ alone and ¼ given the others where it takes part, and of all
 * together; means over the shapes. */
typedef struct ratios {
    double track[TRACKS][KOOP_TRACK_ONSETS], together[KOOP_TRACK_ONSETS];
} ratios;

static ratios weigh(const koop_detect *d) {
    static double toward[TRACKS][KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS];
    ratios r = {0};
    koop_joint joint;
    koop_joint_fit(&joint, d->track, TRACKS);
    for (int k = 0; k < TRACKS; k++) koop_track_weigh(&d->track[k], toward[k]);
    for (int shape = 0; shape < KOOP_TRACK_SHAPES; shape++)
        for (int back = 0; back < KOOP_TRACK_ONSETS; back++) {
            double t[KOOP_JOINT_MOST], given[KOOP_JOINT_MOST], part[TRACKS];
            for (int k = 0; k < TRACKS; k++) part[k] = exp(pow(toward[k][shape][back], 2) / 2);
            for (int a = 0; a < joint.n; a++) t[a] = toward[joint.track[a]][shape][back];
            r.together[back] += exp(koop_joint_weigh(&joint, t, given)) / 2;
            for (int a = 0; a < joint.n; a++) {
                double *one = &part[joint.track[a]];
                *one = 0.75 * *one + 0.25 * exp(given[a] * given[a] / 2);
            }
            for (int k = 0; k < TRACKS; k++) r.track[k][back] += part[k] / 2;
        }
    return r;
}

/* Mean over the tracks first..end that are ready, of an onset `back` updates ago. */
static double mean_ratio(const koop_detect *d, const ratios *r, int first, int end, int back) {
    double sum = 0, count = 0;
    for (int k = first; k < end; k++) {
        if (!koop_track_ready(&d->track[k])) continue;
        sum += r->track[k][back];
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

static double mixed(double ratio) {
    return isnan(ratio) ? 0 : log(0.7 + 0.3 * ratio);
}

/* S by its definition; the speed has half the weight of its family, if there are scalars. Each of them
 * may be missing. */
static double strength_of(const koop_detect *d) {
    const ratios r = weigh(d);
    double most = 0;
    for (int back = 0; back < KOOP_TRACK_ONSETS; back++) {
        double speed = mean_ratio(d, &r, TRACK_SPEED, TRACK_SPEED + 1, back);
        double scalars = mean_ratio(d, &r, TRACK_SCALARS, TRACKS, back);
        double sum = mixed(mean_ratio(d, &r, TRACK_PREDICTION, TRACK_PREDICTION + 1, back)) +
                     mixed(isnan(scalars) ? speed
                           : isnan(speed) ? scalars
                                          : (speed + scalars) / 2) +
                     mixed(mean_ratio(d, &r, TRACK_RADIAL, TRACK_RADIAL + 1, back)) +
                     mixed(mean_ratio(d, &r, TRACK_ALIGNMENT, TRACK_PERSISTENCE + 1, back)) +
                     mixed(mean_ratio(d, &r, TRACK_BLOCKS, TRACK_SCALARS, back)) +
                     mixed(r.together[back]);
        most = fmax(most, sum);
    }
    return most;
}

static void strength_is_the_mixture_of_the_families(void **state) {
    (void)state;
    for (int kind = 0; kind < 5; kind++) { /* without scalars, or without prediction */
        stream s = new_stream(16);
        for (int k = 0; k < 300; k++) {
            koop_signals x;
            s.told = kind == 4 && k >= 200; /* for a while there is no speed */
            if (kind % 2 || kind == 4)
                s.scalars = (koop_detect_scalars){.n = kind == 4 ? 4 : 2,
                                                  .name = {"loss", "norm", "margin", "entropy"},
                                                  .value = {gaussian(&s.seed),
                                                            gaussian(&s.seed) + (k > 250),
                                                            gaussian(&s.seed), gaussian(&s.seed)}};
            stream_signals(&s, &x);
            if (kind == 2 || kind == 3) x.available &= ~(1u << KOOP_SIGNAL_PREDICTION);
            stream_give(&s, &x);
            double strength = s.detect->strength;
            if (s.detect->track[TRACK_RADIAL].held > 0) /* not begun anew since */
                assert_true(fabs(strength - strength_of(s.detect)) < 1e-9);
        }
        end_stream(&s);
    }
}

/* h is raised by a tenth for every transition, and by none for a schedule; half of that is left after
 * 346 updates. */
static void transitions_make_the_next_one_harder_for_a_while(void **state) {
    (void)state;
    stream s = new_stream(14);
    s.told = true;
    s.rate = 0.1;
    advance(&s, 200);
    s.rate = 0.01;
    advance(&s, 100);
    assert_int_equal(s.events, 1);
    assert_int_equal(s.last.kind, KOOP_EVENT_SCHEDULE);
    assert_true(s.detect->caution == 0);
    s.level[KOOP_SIGNAL_SPEED] += 2;
    while (s.events == 1) advance(&s, 1);
    assert_int_equal(s.last.kind, KOOP_EVENT_TRANSITION);
    assert_true(s.detect->caution == 0.1);
    advance(&s, 346);
    assert_int_equal(s.events, 2);
    assert_true(fabs(s.detect->caution - 0.05) < 1e-4);
    assert_true(
        fabs(koop_detect_level(s.detect) * 1.05 * s.detect->threshold - s.detect->strength) < 1e-3);
    end_stream(&s);
}

/* Steps so far apart that their difference is none that an integer holds; only a damaged state has. */
static void onset_is_halfway_between_any_steps(void **state) {
    (void)state;
    stream s = new_stream(17);
    advance(&s, 200);
    for (int k = 0; k <= KOOP_TRACK_ONSETS; k++) s.detect->step[k] = INT64_MIN;
    s.level[KOOP_SIGNAL_SPEED] += 20;
    advance(&s, 1);
    assert_int_equal(s.events, 1);
    assert_true(s.last.onset == s.step - (INT64_MAX / 2 + 1 + s.step / 2));
    end_stream(&s);
}

static void short_baseline_asks_for_more(void **state) {
    (void)state;
    stream s = new_stream(16);
    for (int updates = 60; updates <= 200; updates += 70) {
        advance(&s, updates == 60 ? 60 : 70);
        double n = s.detect->track[TRACK_SPEED].line.n;
        double more = 1 + 12 * (1 / n - 1.0 / 144), level = koop_detect_level(s.detect);
        assert_true(updates < 200 ? n < 144 : n == 144);
        assert_true(s.detect->strength > 0);
        assert_true(fabs(level * more * s.detect->threshold - s.detect->strength) < 1e-9);
    }
    assert_int_equal(s.events, 0);
    end_stream(&s);
}

/* A level that is another one every 80 updates is told ever again, but h does not rise beyond twice. */
static void caution_has_an_end(void **state) {
    (void)state;
    stream s = new_stream(15);
    double most = 0;
    for (int k = 0; k < 100; k++) {
        s.level[KOOP_SIGNAL_SPEED] += k % 2 ? 3 : -3;
        advance(&s, 80);
        most = fmax(most, s.detect->caution);
    }
    assert_in_range(s.events, 60, 100);
    assert_true(most > 0.5 && most <= 1);
    s.detect->caution = 0.97;
    int before = s.events;
    s.level[KOOP_SIGNAL_SPEED] += 5;
    while (s.events == before) advance(&s, 1);
    assert_true(s.detect->caution == 1);
    end_stream(&s);
}

/* What AR(1) residuals are not: a slow wave that comes and goes under the noise. */
static void dynamics_of_another_kind_give_few_events(void **state) {
    (void)state;
    int events = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        stream s = new_stream(seed);
        s.rho = 0;
        double wave[2] = {0};
        for (int k = 0; k < 2500; k++) {
            double next = 1.9 * wave[0] - 0.95 * wave[1] + 0.02 * gaussian(&s.seed);
            wave[1] = wave[0];
            wave[0] = next;
            s.level[KOOP_SIGNAL_SPEED] = -6 + wave[0];
            advance(&s, 1);
        }
        events += s.events;
        end_stream(&s);
    }
    print_message("%d events in 5 × 10,000 snapshots of a wave\n", events);
    assert_true(events <= 10);
}

/* Of a run without noise, as on full batches, not every smallest shift is told. */
static void shift_that_does_not_matter_is_not_told(void **state) {
    (void)state;
    stream s = new_stream(12);
    s.scale = 1e-4;
    advance(&s, 200);
    s.level[KOOP_SIGNAL_SPEED] += 0.01;
    s.level[KOOP_SIGNAL_RADIAL] += 0.002;
    advance(&s, 40);
    assert_int_equal(s.events, 0);
    s.level[KOOP_SIGNAL_SPEED] += 0.3;
    advance(&s, 10);
    assert_int_equal(s.events, 1);
    end_stream(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_streams_keep_the_promised_rate),
        cmocka_unit_test(false_alarms_and_stride_move_the_threshold),
        cmocka_unit_test(fewer_false_alarms_are_fewer_events),
        cmocka_unit_test(strength_is_the_mixture_of_the_families),
        cmocka_unit_test(transitions_make_the_next_one_harder_for_a_while),
        cmocka_unit_test(onset_is_halfway_between_any_steps),
        cmocka_unit_test(short_baseline_asks_for_more),
        cmocka_unit_test(caution_has_an_end),
        cmocka_unit_test(dynamics_of_another_kind_give_few_events),
        cmocka_unit_test(shift_that_does_not_matter_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
