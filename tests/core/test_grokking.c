#include "grokking.h"

#include "fixture.h"

/* Three groups of which the first and the last turn in a plane, at an angular speed and with a size
 * that a profile says; the one between stands for what is not watched. */
enum { WIDTH = 20, GROUPS = 3, N = GROUPS * WIDTH, WINDOW = 64, STRIDE = 4 };

typedef double speed_at(double step);

typedef struct training {
    koop_window *window;
    koop_grokking *grokking;
    speed_at *speed;
    double shrinking;                         /* of the size, a step */
    double scale;                             /* of all values */
    int every;                                /* steps a snapshot */
    int64_t step;                             /* of the next snapshot */
    int64_t steps[KOOP_GROKKING_HORIZON + 1]; /* ring */
    double jitter;                            /* of the group that is not watched, to and fro */
    int64_t pushed;
    double angle;
    int events;
    koop_event last;
} training;

static const char *const names[GROUPS] = {"embed", "mlp", "unembed"};

static training start(speed_at *speed) {
    static const size_t sizes[GROUPS] = {WIDTH, WIDTH, WIDTH};
    training t = {.speed = speed, .shrinking = 1e-4, .scale = 1, .every = 1};
    koop_window_options w = {.n = N,
                             .capacity = WINDOW + 8,
                             .precision = KOOP_FLOAT64,
                             .n_groups = GROUPS,
                             .group_sizes = sizes};
    koop_grokking_options o = koop_grokking_defaults(0, 2);
    assert_int_equal(koop_window_new(&t.window, &w), KOOP_OK);
    assert_int_equal(koop_grokking_new(&t.grokking, &o, names, GROUPS), KOOP_OK);
    return t;
}

static void stop(training *t) {
    koop_window_free(t->window);
    koop_grokking_free(t->grokking);
}

static void push(training *t) {
    double x[N] = {0}, size = t->scale * exp(-t->shrinking * (double)t->step);
    for (int i = 0; i < WIDTH; i += 2) {
        x[i] = size * cos(t->angle);
        x[i + 1] = size * sin(t->angle);
        x[WIDTH + i] = size * cos(0.01 * (double)t->step);
        x[WIDTH + i + 1] = size * sin(0.01 * (double)t->step);
        x[WIDTH + i] += t->pushed % 2 ? t->jitter : -t->jitter;
        x[2 * WIDTH + i] = -2 * size * sin(t->angle);
        x[2 * WIDTH + i + 1] = 2 * size * cos(t->angle);
    }
    assert_int_equal(koop_window_push_f64(t->window, x), KOOP_OK);
    const int kept = KOOP_GROKKING_HORIZON + 1;
    t->steps[t->pushed++ % kept] = t->step;
    if (t->pushed % STRIDE == 0) {
        bool fired = false;
        koop_event event;
        koop_grokking_update(t->grokking, t->step, t->steps[t->pushed % kept], t->window, &fired,
                             &event);
        if (fired) {
            t->events++;
            t->last = event;
        }
    }
    for (int i = 0; i < t->every; i++) t->angle += t->speed((double)t->step++);
}

static void train_until(training *t, int64_t step) {
    while (t->step <= step) push(t);
}

static double acceleration(const training *t) {
    koop_grokking_reading reading = {0};
    assert_int_equal(koop_grokking_read(t->grokking, &reading), KOOP_OK);
    return reading.acceleration;
}

/* A burst of learning until about step 80, then what comes after memorising. */
static double resting(double a) {
    return 4 / (a + 1) * (a < 80 ? 0.1 : 0.01);
}

static double turning_on(double a) {
    return a < 80 ? 0.02 : 1e-3 * pow(a / 80, -0.1);
}

static double turning_faster(double a) {
    return a < 80 ? 0.02 : 1e-3 * pow(a / 80, 0.1);
}

static double still(double a) {
    (void)a;
    return 0;
}

static double waking(double a) {
    return a < 2000 ? resting(a) : resting(2000) * (a / 2000) * (a / 2000);
}

static double sleeping_again(double a) {
    if (a >= 6000) return waking(a - 4000 > 2500 ? 2500 : a - 4000);
    return a < 3000 ? waking(a) : waking(3000) * pow(a / 3000, -2);
}

static void weights_that_noise_moves_give_no_event(void **state) {
    (void)state;
    for (int k = 0; k < 2; k++) {
        training t = start(turning_on);
        t.jitter = k == 0 ? 1e-4 : 1e-2;
        train_until(&t, 2000);
        assert_int_equal(t.events, k == 0 ? 1 : 0);
        assert_true(acceleration(&t) > -0.17);
        stop(&t);
    }
}

static void network_that_comes_to_rest_gives_no_event(void **state) {
    (void)state;
    training t = start(resting);
    train_until(&t, 6000);
    assert_int_equal(t.events, 0);
    assert_true(fabs(acceleration(&t) + 1) < 0.01);
    stop(&t);
}

static void network_that_turns_on_gives_one_event_when_the_warm_up_is_over(void **state) {
    (void)state;
    training t = start(turning_on);
    train_until(&t, 4000);
    assert_int_equal(t.events, 1);
    assert_int_equal(t.last.kind, KOOP_EVENT_GROKKING);
    assert_true(t.last.step >= 600 && t.last.step <= 720);
    assert_true(t.last.onset < t.last.step && (double)t.last.onset > (double)t.last.step / 1.25);
    assert_true(fabs(acceleration(&t) + 0.1) < 0.01);
    assert_string_equal(t.last.sentence, "the weights shrink, but embed and unembed do not come to "
                                         "rest: generalisation may be setting in");
    assert_int_equal(t.last.n_top, 2);
    assert_int_equal(t.last.top_group[0], 2); /* twice as large, so it moves twice as far */
    assert_int_equal(t.last.top_group[1], 0);
    assert_true(t.last.top_share[0] > t.last.top_share[1] && t.last.top_share[1] > 0);
    stop(&t);
}

static void network_that_turns_ever_faster_gives_its_event_earlier(void **state) {
    (void)state;
    training t = start(turning_faster);
    train_until(&t, 4000);
    assert_int_equal(t.events, 1);
    assert_true(t.last.step >= 400 && t.last.step <= 480);
    stop(&t);
}

static void run_whose_burst_was_not_seen_is_watched_all_the_same(void **state) {
    (void)state;
    training t = start(turning_on);
    t.step = 3000;
    train_until(&t, 3600);
    assert_int_equal(t.events, 0);
    train_until(&t, 4000);
    assert_int_equal(t.events, 1);
    stop(&t);
}

static void turning_without_shrinking_weights_gives_no_event(void **state) {
    (void)state;
    static const double rates[] = {0, -1e-5};
    for (int k = 0; k < 2; k++) {
        training t = start(turning_on);
        t.shrinking = rates[k];
        train_until(&t, 3000);
        assert_int_equal(t.events, 0);
        stop(&t);
    }
}

static void rest_that_ends_gives_an_event_soon_after(void **state) {
    (void)state;
    training t = start(waking);
    train_until(&t, 1990);
    assert_int_equal(t.events, 0);
    train_until(&t, 2500);
    assert_int_equal(t.events, 1);
    assert_true(t.last.step > 2050 && t.last.step < 2400);
    stop(&t);
}

static void next_event_comes_only_after_another_rest(void **state) {
    (void)state;
    training t = start(sleeping_again);
    train_until(&t, 5900);
    assert_int_equal(t.events, 1);
    train_until(&t, 7000);
    assert_int_equal(t.events, 2);
    stop(&t);
}

static void neither_scale_nor_spacing_nor_size_of_steps_matter(void **state) {
    (void)state;
    training plain = start(waking), large = start(waking), sparse = start(waking);
    large.scale = 1e6;
    sparse.every = 4;
    train_until(&plain, 3000);
    train_until(&large, 3000);
    train_until(&sparse, 3000);
    assert_true(fabs(acceleration(&plain) - acceleration(&large)) < 1e-6);
    assert_true(fabs(acceleration(&plain) - acceleration(&sparse)) < 0.02);
    assert_int_equal(sparse.events, 1);
    assert_true(llabs(sparse.last.step - plain.last.step) < 100);
    stop(&plain);
    stop(&large);
    stop(&sparse);
}

static void snapshots_that_become_rarer_are_no_acceleration(void **state) {
    (void)state;
    training t = start(resting);
    train_until(&t, 1500);
    t.every = 4;
    train_until(&t, 6000);
    assert_int_equal(t.events, 0);
    assert_true(fabs(acceleration(&t) + 1) < 0.01);
    stop(&t);
}

static void step_count_that_starts_again_starts_all_over(void **state) {
    (void)state;
    training t = start(turning_on);
    train_until(&t, 1000);
    assert_int_equal(t.events, 1);
    t.step = 0;
    koop_grokking_reading reading;
    train_until(&t, 2);
    assert_int_equal(koop_grokking_read(t.grokking, &reading), KOOP_NOT_ENOUGH_DATA);
    train_until(&t, 390);
    assert_int_equal(koop_grokking_read(t.grokking, &reading), KOOP_OK);
    assert_true(reading.score == 0); /* warming up again */
    train_until(&t, 1000);
    assert_int_equal(t.events, 2);
    stop(&t);
}

static void what_stands_still_has_no_acceleration(void **state) {
    (void)state;
    training t = start(turning_on);
    t.shrinking = 0;
    train_until(&t, 700);
    koop_grokking_reading reading = {.acceleration = 7};
    t.speed = still;
    train_until(&t, 720);
    assert_int_equal(koop_grokking_read(t.grokking, &reading), KOOP_NOT_ENOUGH_DATA);
    assert_true(reading.acceleration == 7);
    t.speed = turning_on;
    train_until(&t, 740); /* it has left no trace but for the moments of stopping and going */
    assert_true(fabs(acceleration(&t)) < 5);
    stop(&t);
}

static void steps_and_intervals_that_make_no_sense_are_passed_over(void **state) {
    (void)state;
    training t = start(turning_on);
    static const int64_t cases[][2] = {
        {INT64_MIN, INT64_MIN}, {-5, -13}, {0, -8}, {10, 10}, {20, 28}, {30, INT64_MAX},
        {INT64_MAX, INT64_MIN}, {50, 42}};
    train_until(&t, 100);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        bool fired = true;
        koop_event event;
        koop_grokking_reading reading;
        koop_grokking_update(t.grokking, cases[k][0], cases[k][1], t.window, &fired, &event);
        assert_false(fired);
        assert_int_equal(koop_grokking_read(t.grokking, &reading), KOOP_NOT_ENOUGH_DATA);
    }
    stop(&t);
}

static koop_status save(koop_grokking *g, uint8_t *bytes, size_t size, size_t *used) {
    koop_state s = koop_state_saving(bytes, size);
    koop_grokking_exchange(g, &s);
    *used = s.at;
    return s.status;
}

/* Saved before the event and after it, and loaded into one that another run used. */
static void loaded_state_goes_on_as_the_saved_one(void **state) {
    (void)state;
    static uint8_t bytes[4096], again[4096];
    static const int64_t saved_at[] = {2000, 2500};
    for (int k = 0; k < 2; k++) {
        size_t used = 0, used_again = 0;
        training t = start(waking), other = start(turning_on), whole = start(waking);
        train_until(&t, saved_at[k]);
        train_until(&other, k ? 0 : 3000);
        train_until(&whole, saved_at[k]);
        assert_int_equal(save(t.grokking, bytes, sizeof bytes, &used), KOOP_OK);
        koop_state s = koop_state_loading(bytes, used);
        koop_grokking_exchange(other.grokking, &s);
        assert_int_equal(s.status, KOOP_OK);
        assert_int_equal(s.at, used);
        /* Deterministic: the window of the whole run is that of the saved one. */
        koop_grokking_free(whole.grokking);
        whole.grokking = other.grokking;
        other.grokking = NULL;
        train_until(&t, saved_at[k] + 300);
        train_until(&whole, saved_at[k] + 300);
        assert_int_equal(whole.events, 1);
        assert_memory_equal(&whole.last, &t.last, sizeof t.last);
        assert_int_equal(save(t.grokking, bytes, sizeof bytes, &used), KOOP_OK);
        assert_int_equal(save(whole.grokking, again, sizeof again, &used_again), KOOP_OK);
        assert_int_equal(used, used_again);
        assert_memory_equal(bytes, again, used);
        stop(&t);
        stop(&other);
        stop(&whole);
    }
}

/* A byte of a state is changed, each in turn and to several values. */
static void damaged_state_is_refused_or_may_be_used(void **state) {
    (void)state;
    static uint8_t bytes[4096], damaged[4096];
    size_t used = 0;
    int refused = 0;
    training t = start(turning_on);
    train_until(&t, 900);
    assert_int_equal(save(t.grokking, bytes, sizeof bytes, &used), KOOP_OK);
    for (size_t i = 0; i < used * 3; i++) {
        static const uint8_t values[] = {0x00, 0x7f, 0xff};
        memcpy(damaged, bytes, used);
        damaged[i / 3] = values[i % 3];
        koop_state s = koop_state_loading(damaged, used);
        koop_grokking_exchange(t.grokking, &s);
        bool fired = false;
        koop_event event;
        koop_grokking_reading reading;
        if (s.status == KOOP_OK) {
            koop_grokking_update(t.grokking, 2000, 1992, t.window, &fired, &event);
            if (koop_grokking_read(t.grokking, &reading) == KOOP_OK)
                assert_true(isfinite(reading.acceleration) && isfinite(reading.score));
            assert_int_equal(save(t.grokking, damaged, sizeof damaged, &used), KOOP_OK);
        } else
            refused++;
    }
    assert_true(refused > 0);
    stop(&t);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    koop_grokking *g = NULL;
    koop_grokking_options bad[8] = {koop_grokking_defaults(-1, 1), koop_grokking_defaults(0, 3),
                                    koop_grokking_defaults(1, 1)};
    for (int k = 3; k < 8; k++) bad[k] = koop_grokking_defaults(0, 1);
    bad[3].warm_up = -1;
    bad[4].release = 1;
    bad[5].threshold = NAN;
    bad[6].early_threshold = -1;
    bad[7].early_warm_up = 8;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(koop_grokking_new(&g, &bad[k], names, GROUPS), KOOP_BAD_ARGUMENT);
    assert_null(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_that_noise_moves_give_no_event),
        cmocka_unit_test(network_that_comes_to_rest_gives_no_event),
        cmocka_unit_test(network_that_turns_on_gives_one_event_when_the_warm_up_is_over),
        cmocka_unit_test(network_that_turns_ever_faster_gives_its_event_earlier),
        cmocka_unit_test(run_whose_burst_was_not_seen_is_watched_all_the_same),
        cmocka_unit_test(turning_without_shrinking_weights_gives_no_event),
        cmocka_unit_test(rest_that_ends_gives_an_event_soon_after),
        cmocka_unit_test(next_event_comes_only_after_another_rest),
        cmocka_unit_test(neither_scale_nor_spacing_nor_size_of_steps_matter),
        cmocka_unit_test(snapshots_that_become_rarer_are_no_acceleration),
        cmocka_unit_test(step_count_that_starts_again_starts_all_over),
        cmocka_unit_test(what_stands_still_has_no_acceleration),
        cmocka_unit_test(steps_and_intervals_that_make_no_sense_are_passed_over),
        cmocka_unit_test(damaged_state_is_refused_or_may_be_used),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(loaded_state_goes_on_as_the_saved_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
