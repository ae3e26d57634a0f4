/* The pipeline: known systems give their spectra, replays are exact, bad snapshots do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "pipeline.h"
#include "view_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N0 = 3, N1 = 5, N = N0 + N1 };

static koop_wire_hello hello;
static koop_wire_snapshot snapshot;

static int set_up(void **state) {
    (void)state;
    memset(&hello, 0, sizeof hello);
    memset(&snapshot, 0, sizeof snapshot);
    hello.run[0] = 0xab;
    snprintf(hello.name, sizeof hello.name, "run");
    snprintf(hello.host, sizeof hello.host, "host");
    hello.dtype = 8;
    hello.n_groups = 2;
    const uint64_t lengths[] = {N0, N1};
    const char *const names[] = {"first", "second"};
    for (int g = 0; g < 2; g++) {
        koop_wire_group *group = &hello.groups[g];
        snprintf(group->name, sizeof group->name, "%s", names[g]);
        group->dimensions = 2;
        group->shape[0] = 100; /* sketched: the model has more parameters than values come */
        group->shape[1] = lengths[g];
        group->length = lengths[g];
    }
    return 0;
}

/* Deterministic, uniform in (−½, ½). */
static double noise(uint64_t t, int i) {
    uint64_t x = (t + 1) * 0x9E3779B97F4A7C15u + (uint64_t)(i + 1) * 0xD1B54A32D192ED03u;
    x ^= x >> 31;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    x ^= x >> 31;
    return (double)(x >> 11) / 9007199254740992.0 - 0.5;
}

/* Weights of a training that is under way: a drift and noise. */
static void walk(uint64_t t, double scale, double x[N]) {
    for (int i = 0; i < N; i++)
        x[i] = 3 + i + 0.01 * (double)t + scale * noise(t, i) +
               sin(0.2 * (double)t + i) * (i % 2 ? 0.3 : 0.05);
}

static koop_status push(koop_pipeline *pipeline, uint64_t seq, int64_t step, const double x[N]) {
    snapshot.seq = seq;
    snapshot.step = step;
    snapshot.total = snapshot.bytes = N * sizeof *x;
    snapshot.data = (const uint8_t *)x;
    return koop_pipeline_push(pipeline, &snapshot);
}

/* What the handler was told. */
typedef struct told {
    int updates, events, lone_events;
    int64_t first_step, last_step;
    koop_spectrum spectra[512];
    koop_event last_event;
} told;

static void listen(void *context, const koop_update *update) {
    told *heard = context;
    assert_true((update->spectrum == NULL) == (update->signals == NULL));
    if (update->event) {
        heard->events++;
        heard->last_event = *update->event;
    }
    if (!update->spectrum) {
        assert_non_null(update->event);
        heard->lone_events++;
        return;
    }
    if (heard->updates == 0) heard->first_step = update->step;
    heard->last_step = update->step;
    if (heard->updates < 512) heard->spectra[heard->updates] = *update->spectrum;
    heard->updates++;
}

static koop_pipeline *new_pipeline(const koop_pipeline_options *options, told *heard) {
    const koop_pipeline_options defaults = koop_pipeline_defaults();
    koop_pipeline *pipeline = NULL;
    if (heard) memset(heard, 0, sizeof *heard);
    assert_int_equal(koop_pipeline_new(&pipeline, options ? options : &defaults, &hello,
                                       heard ? listen : NULL, heard),
                     KOOP_OK);
    return pipeline;
}

static char *dump(const koop_pipeline *pipeline) {
    json_t *json = koop_view_to_json(koop_pipeline_view(pipeline));
    assert_non_null(json);
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(json);
    assert_non_null(text);
    return text;
}

/* ---- spectra ------------------------------------------------------------------------------- */

static void assert_has(const koop_spectrum *spectrum, double re, double im) {
    double nearest = HUGE_VAL;
    for (int i = 0; i < spectrum->rank; i++)
        nearest = fmin(nearest, hypot(spectrum->modes[i].re - re, spectrum->modes[i].im - im));
    assert_true(nearest < 1e-7);
}

static void a_linear_system_gives_its_eigenvalues_and_rates(void **state) {
    (void)state;
    koop_pipeline_options options = koop_pipeline_defaults();
    options.dmd.span = 32;
    options.dmd.delays = options.dmd.pca = 0;
    options.dmd.rank = 3;
    options.dmd.center = KOOP_CENTER_NONE;
    koop_pipeline *pipeline = new_pipeline(&options, NULL);
    for (int t = 0; t < 72; t++) { /* λ = 0.99 e^{±0.4i}, 0.97, mixed into all values */
        const double a = pow(0.99, t) * cos(0.4 * t), b = pow(0.99, t) * sin(0.4 * t);
        const double c = pow(0.97, t);
        double x[N];
        for (int i = 0; i < N; i++) x[i] = sin(1.0 + i) * a + cos(2.0 * i) * b + (1 + 0.1 * i) * c;
        assert_int_equal(push(pipeline, (uint64_t)t + 1, 1000 + 10 * t, x), KOOP_OK);
    }
    const koop_view *view = koop_pipeline_view(pipeline);
    assert_true(view->has_spectrum);
    assert_int_equal(view->spectrum_step, 1000 + 10 * 71);
    assert_int_equal(view->spectrum.rank, 3);
    assert_has(&view->spectrum, 0.99 * cos(0.4), 0.99 * sin(0.4));
    assert_has(&view->spectrum, 0.99 * cos(0.4), -0.99 * sin(0.4));
    assert_has(&view->spectrum, 0.97, 0);
    /* rates are per step of the trainer, which are ten apart */
    assert_true(fabs(view->spectrum.modes[0].growth - log(0.99) / 10) < 1e-8);
    assert_true(fabs(view->spectrum.modes[0].frequency - 0.4 / (2 * M_PI * 10)) < 1e-8);
    assert_true(view->has_previous); /* 72 = 32 + 40 snapshots: one window earlier exists */
    assert_has(&view->previous, 0.97, 0);
    koop_pipeline_free(pipeline);
}

static void the_first_spectrum_comes_when_the_window_is_full(void **state) {
    (void)state;
    static told heard;
    koop_pipeline_options options = koop_pipeline_defaults();
    options.dmd.span = 30; /* not a multiple of the stride */
    koop_pipeline *pipeline = new_pipeline(&options, &heard);
    const koop_view *view = koop_pipeline_view(pipeline);
    assert_int_equal(view->window, 30);
    double x[N];
    for (int t = 1; t <= 41; t++) {
        walk((uint64_t)t, 0.1, x);
        assert_int_equal(push(pipeline, (uint64_t)t, t, x), KOOP_OK);
        assert_int_equal(view->filled, t < 30 ? t : 30);
        assert_int_equal(view->has_spectrum, t >= 30);
        assert_int_equal(view->has_previous, 0);
        if (t == 12) assert_non_null(strstr(view->reason, "12 of 30"));
        assert_int_equal(heard.updates, t < 30 ? 0 : (t - 30) / 4 + 1);
    }
    assert_int_equal(heard.first_step, 30);
    assert_int_equal(heard.last_step, 38);
    assert_int_equal(koop_pipeline_get_counters(pipeline).fits, 3);
    koop_pipeline_free(pipeline);
}

static void differencing_waits_for_one_more(void **state) {
    (void)state;
    static told heard;
    koop_pipeline_options options = koop_pipeline_defaults();
    options.dmd.difference = true;
    options.stride = 1;
    koop_pipeline *pipeline = new_pipeline(&options, &heard);
    double x[N];
    for (int t = 1; t <= 66; t++) {
        walk((uint64_t)t, 0.1, x);
        push(pipeline, (uint64_t)t, t, x);
    }
    assert_int_equal(koop_pipeline_view(pipeline)->window, 65);
    assert_int_equal(heard.first_step, 65);
    assert_int_equal(heard.updates, 2);
    koop_pipeline_free(pipeline);
}

static void single_precision_at_any_address_gives_the_spectrum_of_double(void **state) {
    (void)state;
    static told doubles, floats;
    koop_pipeline *a = new_pipeline(NULL, &doubles);
    hello.dtype = 4;
    koop_pipeline *b = new_pipeline(NULL, &floats);
    static uint8_t bytes[N * sizeof(float) + 1];
    for (int t = 1; t <= 100; t++) {
        double x[N];
        float narrow[N];
        walk((uint64_t)t, 0.1, x);
        for (int i = 0; i < N; i++) x[i] = (double)(narrow[i] = (float)x[i]);
        push(a, (uint64_t)t, t, x);
        memcpy(bytes + 1, narrow, sizeof narrow);
        snapshot.data = bytes + 1;
        snapshot.total = snapshot.bytes = sizeof narrow;
        assert_int_equal(koop_pipeline_push(b, &snapshot), KOOP_OK);
    }
    assert_int_equal(doubles.updates, floats.updates);
    assert_true(floats.updates > 0);
    const koop_spectrum *x = &doubles.spectra[doubles.updates - 1];
    const koop_spectrum *y = &floats.spectra[floats.updates - 1];
    assert_int_equal(x->rank, y->rank);
    for (int i = 0; i < x->rank; i++)
        assert_true(hypot(x->modes[i].re - y->modes[i].re, x->modes[i].im - y->modes[i].im) < 1e-3);
    koop_pipeline_free(a);
    koop_pipeline_free(b);
}

/* ---- replay and bad snapshots -------------------------------------------------------------- */

static void a_replay_gives_the_same_view_bit_for_bit(void **state) {
    (void)state;
    static told heard[2];
    char *text[2];
    for (int run = 0; run < 2; run++) {
        koop_pipeline *pipeline = new_pipeline(NULL, &heard[run]);
        for (uint64_t t = 1; t <= 1500; t++) {
            double x[N];
            walk(t, t < 1000 ? 0.05 : 2, x);
            if (t % 400 == 7) x[2] = NAN;
            snapshot.n_scalars = 1;
            snprintf(snapshot.scalars[0].name, sizeof snapshot.scalars[0].name, "loss");
            snapshot.scalars[0].value = t % 50 ? noise(t, 99) : (double)NAN;
            snapshot.time_ms = run * 12345; /* no clock enters */
            assert_int_equal(push(pipeline, t, (int64_t)(3 * t), x), KOOP_OK);
        }
        text[run] = dump(pipeline);
        koop_pipeline_free(pipeline);
    }
    assert_string_equal(text[0], text[1]);
    assert_true(heard[0].updates > 300);
    assert_int_equal(heard[0].updates, heard[1].updates);
    assert_int_equal(heard[0].events, heard[1].events);
    assert_true(heard[0].events >= 4);
    assert_null(strstr(text[0], "nan"));
    free(text[0]);
    free(text[1]);
}

static void a_change_of_the_dynamics_is_an_event(void **state) {
    (void)state;
    static told heard;
    koop_pipeline *pipeline = new_pipeline(NULL, &heard);
    const koop_view *view = koop_pipeline_view(pipeline);
    bool in_transition = false;
    for (uint64_t t = 1; t <= 900; t++) {
        double x[N];
        walk(t, t < 800 ? 0.05 : 5, x);
        push(pipeline, t, (int64_t)t, x);
        if (t == 799) assert_int_equal(view->run.phase, KOOP_PHASE_STEADY);
        in_transition |= view->run.phase == KOOP_PHASE_TRANSITION;
    }
    assert_true(in_transition);
    assert_true(heard.events >= 1);
    assert_int_equal(heard.events, view->n_events);
    assert_int_equal(heard.last_event.kind, KOOP_EVENT_TRANSITION);
    assert_true(heard.last_event.step >= 800 && heard.last_event.step < 850);
    assert_string_equal(view->events[view->n_events - 1].sentence, heard.last_event.sentence);
    double share = 0;
    for (int g = 0; g < view->n_groups; g++) share += view->groups[g].share;
    assert_true(fabs(share - 1) < 1e-12);
    assert_true(view->groups[1].share > 0.2 && view->groups[0].share > 0.1);
    koop_pipeline_free(pipeline);
}

/* Both groups turn in a plane, fast at first, and shrink. */
static void turn(int64_t step, double x[N]) {
    const double angle =
        step < 80 ? 0.02 * (double)step : 1.6 + 2e-3 * pow((double)(step - 80), 0.9);
    memset(x, 0, N * sizeof *x);
    for (int g = 0; g < 2; g++) {
        x[g * N0] = exp(-1e-4 * (double)step) * cos(angle);
        x[g * N0 + 1] = exp(-1e-4 * (double)step) * sin(angle);
    }
}

/* Rare snapshots, too: the burst is over before the window is full. */
static void the_onset_of_generalisation_is_an_event_without_update(void **state) {
    (void)state;
    static told heard;
    double x[N];
    for (int every = 1; every <= 4; every += 3) {
        koop_pipeline *pipeline = new_pipeline(NULL, &heard);
        for (int64_t i = 0; i < 900 && heard.lone_events == 0; i++) {
            turn(i * every, x);
            assert_int_equal(push(pipeline, (uint64_t)i + 1, i * every, x), KOOP_OK);
        }
        assert_int_equal(heard.lone_events, 1);
        assert_int_equal(heard.last_event.kind, KOOP_EVENT_GROKKING);
        assert_true(heard.last_event.step > 590 && heard.last_event.step < 850);
        const koop_view *view = koop_pipeline_view(pipeline);
        assert_memory_equal(&view->events[view->n_events - 1], &heard.last_event,
                            sizeof heard.last_event);
        koop_pipeline_free(pipeline);
    }
}

static void runs_of_fewer_than_two_matrices_are_not_watched_for_generalisation(void **state) {
    (void)state;
    static told heard;
    double x[N];
    hello.groups[1].dimensions = 1;
    koop_pipeline *pipeline = new_pipeline(NULL, &heard);
    for (int64_t step = 0; step < 900; step++) {
        turn(step, x);
        assert_int_equal(push(pipeline, (uint64_t)step + 1, step, x), KOOP_OK);
    }
    assert_int_equal(heard.lone_events, 0);
    koop_pipeline_free(pipeline);
}

static void a_not_finite_snapshot_is_an_event_and_leaves_the_window_alone(void **state) {
    (void)state;
    static told clean, dirty;
    koop_pipeline *a = new_pipeline(NULL, &clean), *b = new_pipeline(NULL, &dirty);
    uint64_t seq = 0;
    for (uint64_t t = 1; t <= 300; t++) {
        double x[N];
        walk(t, 0.1, x);
        push(a, t, (int64_t)t, x);
        assert_int_equal(push(b, ++seq, (int64_t)t, x), KOOP_OK);
        if (t != 150 && t != 151) continue;
        x[4] = t == 150 ? (double)NAN : -HUGE_VAL;
        assert_int_equal(push(b, ++seq, (int64_t)t, x), KOOP_OK);
        assert_int_equal(koop_pipeline_view(b)->run.phase, KOOP_PHASE_NOT_FINITE);
        assert_non_null(strstr(koop_pipeline_view(b)->reason, "second holds NaN or infinity"));
    }
    assert_int_not_equal(koop_pipeline_view(b)->run.phase, KOOP_PHASE_NOT_FINITE);
    assert_int_equal(clean.updates, dirty.updates);
    for (int i = 0; i < clean.updates; i++)
        assert_memory_equal(&clean.spectra[i].modes, &dirty.spectra[i].modes,
                            (size_t)clean.spectra[i].rank * sizeof(koop_mode));
    assert_int_equal(dirty.lone_events, 1); /* one of the streak */
    const koop_view *view = koop_pipeline_view(b);
    assert_int_equal(view->run.not_finite, 2);
    assert_int_equal(view->run.snapshots, 300);
    assert_int_equal(view->events[0].kind, KOOP_EVENT_NOT_FINITE);
    assert_int_equal(view->events[0].step, 150);
    assert_int_equal(view->events[0].n_top, 1);
    assert_int_equal(view->events[0].top_group[0], 1);
    assert_true(view->events[0].top_share[0] == 1.0 / N1);
    assert_int_equal(koop_pipeline_view(a)->run.not_finite, 0);
    koop_pipeline_free(a);
    koop_pipeline_free(b);
}

/* So that the screen shows how far the run is, and that nothing is known of it. */
static void history_goes_on_without_signals_while_nothing_is_finite(void **state) {
    (void)state;
    koop_pipeline *pipeline = new_pipeline(NULL, NULL);
    const koop_view *view = koop_pipeline_view(pipeline);
    double x[N];
    for (uint64_t t = 1; t <= 200; t++) {
        walk(t, 0.1, x);
        push(pipeline, t, (int64_t)t, x);
    }
    const int before = view->n_history;
    x[0] = (double)NAN;
    for (uint64_t t = 201; t <= 240; t++) push(pipeline, t, (int64_t)t, x);
    assert_int_equal(view->n_history, before + 10);
    const koop_history_point *last = &view->history[view->n_history - 1];
    assert_int_equal(last->phase, KOOP_PHASE_NOT_FINITE);
    assert_int_equal(last->available, 0);
    assert_true(last->step > 236);
    koop_pipeline_free(pipeline);
}

static void another_size_is_refused_and_harms_nothing(void **state) {
    (void)state;
    koop_pipeline *a = new_pipeline(NULL, NULL), *b = new_pipeline(NULL, NULL);
    double x[N + 1] = {0};
    for (uint64_t t = 1; t <= 80; t++) {
        walk(t, 0.1, x);
        push(a, t, (int64_t)t, x);
        snapshot.seq = t;
        snapshot.total = snapshot.bytes = (t % 2 ? N + 1 : N - 1) * sizeof *x;
        assert_int_equal(koop_pipeline_push(b, &snapshot), KOOP_BAD_SHAPE);
        snapshot.total = N * sizeof *x; /* a piece of one */
        snapshot.bytes = snapshot.total - 8;
        assert_int_equal(koop_pipeline_push(b, &snapshot), KOOP_BAD_SHAPE);
        assert_int_equal(push(b, t, (int64_t)t, x), KOOP_OK);
    }
    assert_int_equal(koop_pipeline_view(b)->run.refused, 160);
    assert_int_equal(koop_pipeline_view(b)->run.snapshots, 80);
    const koop_view *va = koop_pipeline_view(a), *vb = koop_pipeline_view(b);
    assert_memory_equal(&va->spectrum.modes, &vb->spectrum.modes, sizeof va->spectrum.modes);
    koop_pipeline_free(a);
    koop_pipeline_free(b);
}

static void duplicates_are_ignored_and_gaps_allowed(void **state) {
    (void)state;
    koop_pipeline *a = new_pipeline(NULL, NULL), *b = new_pipeline(NULL, NULL);
    for (uint64_t t = 1; t <= 100; t++) {
        double x[N], other[N] = {0};
        walk(t, 0.1, x);
        snapshot.dropped = 2 * t;
        push(a, 3 * t, (int64_t)t, x);
        push(b, 3 * t, (int64_t)t, x);
        assert_int_equal(push(b, 3 * t, 999, other), KOOP_OK);
        assert_int_equal(push(b, 3 * t - 1, 999, other), KOOP_OK);
    }
    char *x = dump(a), *y = dump(b);
    assert_string_equal(x, y);
    assert_int_equal(koop_pipeline_view(a)->run.snapshots, 100);
    assert_int_equal(koop_pipeline_view(a)->run.dropped, 200);
    free(x);
    free(y);
    koop_pipeline_free(a);
    koop_pipeline_free(b);
}

static void weights_that_do_not_move_have_no_spectrum_and_no_nan(void **state) {
    (void)state;
    static told heard;
    koop_pipeline *pipeline = new_pipeline(NULL, &heard);
    const koop_view *view = koop_pipeline_view(pipeline);
    const double still[N] = {1, 2, 3, 4, 5, 6, 7, 8}, zero[N] = {0};
    uint64_t seq = 0;
    for (int t = 0; t < 100; t++) push(pipeline, ++seq, t, t < 10 ? zero : still);
    assert_true(koop_pipeline_get_counters(pipeline).rank_zero > 0);
    assert_false(view->has_spectrum);
    assert_int_equal(view->signals.available, 0);
    assert_non_null(strstr(view->reason, "nothing moves"));
    char *text = dump(pipeline); /* would fail on NaN */
    free(text);
    const int before = heard.updates;
    for (uint64_t t = 0; t < 100; t++) {
        double x[N];
        walk(t, 0.1, x);
        push(pipeline, ++seq, 100 + (int64_t)t, x);
        if (t < 64) assert_false(view->has_previous); /* what came before the stop is too old */
    }
    assert_true(view->has_spectrum && view->has_previous);
    assert_true(heard.updates > before);
    assert_null(strstr(view->reason, "nothing moves"));
    koop_pipeline_free(pipeline);
}

static void steps_that_stand_still_or_jump_give_finite_rates(void **state) {
    (void)state;
    koop_pipeline *pipeline = new_pipeline(NULL, NULL);
    const int64_t wild[] = {0, INT64_MAX, INT64_MIN, 5, 5, -1};
    for (uint64_t t = 1; t <= 400; t++) {
        double x[N];
        walk(t, 0.1, x);
        push(pipeline, t, t < 200 ? 7 : wild[t % 6], x);
        const koop_view *view = koop_pipeline_view(pipeline);
        for (int i = 0; view->has_spectrum && i < view->spectrum.rank; i++)
            assert_true(isfinite(view->spectrum.modes[i].growth) &&
                        isfinite(view->spectrum.modes[i].frequency));
    }
    koop_pipeline_free(pipeline);
}

/* ---- the view ------------------------------------------------------------------------------ */

static void set_scalar(uint32_t i, const char *name, double value) {
    snprintf(snapshot.scalars[i].name, sizeof snapshot.scalars[i].name, "%s", name);
    snapshot.scalars[i].value = value;
}

static void scalars_are_the_newest_and_loss_makes_history(void **state) {
    (void)state;
    koop_pipeline *pipeline = new_pipeline(NULL, NULL);
    const koop_view *view = koop_pipeline_view(pipeline);
    snapshot.n_scalars = 3;
    for (uint64_t t = 1; t <= 120; t++) {
        double x[N];
        walk(t, 0.1, x);
        set_scalar(0, "accuracy", 0.5);
        set_scalar(1, "loss", t == 40 ? (double)NAN : 100.0 - (double)t);
        set_scalar(2, "grad\x1b[2J norm", HUGE_VAL);
        push(pipeline, t, (int64_t)t, x);
        assert_int_equal(view->scalars[1].finite, t != 40);
    }
    assert_int_equal(view->n_scalars, 3);
    assert_string_equal(view->scalars[2].name, "grad%1B%5B2J%20norm");
    assert_false(view->scalars[2].finite);
    assert_true(view->scalars[1].value == -20);
    assert_int_equal(view->n_history, 30); /* every stride, from the beginning */
    for (int i = 0; i < view->n_history; i++) {
        const koop_history_point *point = &view->history[i];
        assert_int_equal(point->step, 4 * (i + 1));
        const bool has_loss = point->available & 1u << KOOP_SERIES_LOSS;
        assert_int_equal(has_loss, point->step != 40);
        if (has_loss) assert_true(point->value[KOOP_SERIES_LOSS] == (float)(100 - point->step));
        const bool has_speed = point->available & 1u << KOOP_SERIES_SPEED;
        assert_int_equal(has_speed, point->step >= 64);
        if (has_speed) assert_true(point->value[KOOP_SERIES_SPEED] > 0);
    }
    assert_true(view->history[29].available & 1u << KOOP_SERIES_PREDICTION);
    assert_true(view->history[29].value[KOOP_SERIES_PREDICTION] > 0);
    koop_pipeline_free(pipeline);
}

static void without_a_loss_the_first_scalar_makes_history(void **state) {
    (void)state;
    koop_pipeline *pipeline = new_pipeline(NULL, NULL);
    snapshot.n_scalars = 2;
    set_scalar(0, "perplexity", 17);
    set_scalar(1, "lr", 0.1);
    double x[N];
    for (uint64_t t = 1; t <= 4; t++) {
        walk(t, 0.1, x);
        push(pipeline, t, (int64_t)t, x);
    }
    assert_true(koop_pipeline_view(pipeline)->history[0].value[KOOP_SERIES_LOSS] == 17);
    koop_pipeline_free(pipeline);
}

static void what_the_trainer_says_of_itself_is_made_safe(void **state) {
    (void)state;
    snprintf(hello.name, sizeof hello.name, "a\x1b]0;x\x07/../b");
    snprintf(hello.host, sizeof hello.host, "%s", "");
    snprintf(hello.groups[1].name, sizeof hello.groups[1].name, "fc\n2");
    hello.pid = -5;
    hello.groups[0].shape[1] = UINT64_MAX;
    koop_pipeline *pipeline = new_pipeline(NULL, NULL);
    const koop_view *view = koop_pipeline_view(pipeline);
    assert_string_equal(view->run.uuid, "ab000000000000000000000000000000");
    assert_string_equal(view->run.name, "a%1B%5D0%3Bx%07%2F..%2Fb");
    assert_string_equal(view->run.host, "unnamed");
    assert_string_equal(view->groups[1].name, "fc%0A2");
    assert_int_equal(view->run.pid, 0);
    assert_true(view->groups[0].parameters == UINT64_MAX);
    assert_true(view->parameters == UINT64_MAX);
    assert_true(view->groups[1].parameters == 500);
    assert_int_equal(view->length, N);
    assert_int_equal(view->run.phase, KOOP_PHASE_WARMING_UP);
    koop_view *back = malloc(sizeof *back);
    json_t *json = koop_view_to_json(view);
    assert_int_equal(koop_view_from_json(json, back), KOOP_OK);
    json_decref(json);
    free(back);
    koop_pipeline_free(pipeline);
}

static void the_latest_events_are_kept_and_all_are_counted(void **state) {
    (void)state;
    koop_pipeline_options options = koop_pipeline_defaults();
    options.stride = 1;
    koop_pipeline *pipeline = new_pipeline(&options, NULL);
    uint64_t seq = 0;
    for (uint64_t t = 1; t <= 64 + 150; t++) {
        double x[N];
        walk(t, 0.1, x);
        push(pipeline, ++seq, (int64_t)t, x);
        x[0] = (double)NAN; /* every update ends the streak before */
        if (t > 64) push(pipeline, ++seq, (int64_t)t, x);
    }
    const koop_view *view = koop_pipeline_view(pipeline);
    assert_int_equal(view->run.n_events, 150);
    assert_int_equal(view->n_events, KOOP_VIEW_EVENTS);
    assert_int_equal(view->events[KOOP_VIEW_EVENTS - 1].step, 64 + 150);
    assert_int_equal(view->events[0].step, 64 + 150 - KOOP_VIEW_EVENTS + 1);
    koop_pipeline_free(pipeline);
}

static void what_cannot_be_a_run_is_refused(void **state) {
    (void)state;
    koop_pipeline_options options = koop_pipeline_defaults();
    koop_pipeline *pipeline = NULL;
    const koop_wire_hello good = hello;
#define EXPECT(status)                                                                             \
    do {                                                                                           \
        assert_int_equal(koop_pipeline_new(&pipeline, &options, &hello, NULL, NULL), status);      \
        assert_null(pipeline);                                                                     \
        hello = good;                                                                              \
        options = koop_pipeline_defaults();                                                        \
    } while (0)
    hello.dtype = 2;
    EXPECT(KOOP_BAD_ARGUMENT);
    hello.n_groups = 0;
    EXPECT(KOOP_BAD_ARGUMENT);
    hello.n_groups = 65;
    EXPECT(KOOP_BAD_ARGUMENT);
    hello.groups[1].length = 0;
    EXPECT(KOOP_BAD_ARGUMENT);
    hello.groups[1].length = UINT64_MAX;
    EXPECT(KOOP_TOO_LARGE);
    hello.groups[0].length = hello.groups[1].length = koop_pipeline_max_bytes / 8 / 80;
    EXPECT(KOOP_TOO_LARGE);
    options.stride = 0;
    EXPECT(KOOP_BAD_ARGUMENT);
    options.dmd.span = 1;
    EXPECT(KOOP_BAD_ARGUMENT);
    options.dmd.rank = 65;
    EXPECT(KOOP_BAD_ARGUMENT);
#undef EXPECT
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_linear_system_gives_its_eigenvalues_and_rates),
        TEST(the_first_spectrum_comes_when_the_window_is_full),
        TEST(differencing_waits_for_one_more),
        TEST(single_precision_at_any_address_gives_the_spectrum_of_double),
        TEST(a_replay_gives_the_same_view_bit_for_bit),
        TEST(a_change_of_the_dynamics_is_an_event),
        TEST(the_onset_of_generalisation_is_an_event_without_update),
        TEST(runs_of_fewer_than_two_matrices_are_not_watched_for_generalisation),
        TEST(a_not_finite_snapshot_is_an_event_and_leaves_the_window_alone),
        TEST(history_goes_on_without_signals_while_nothing_is_finite),
        TEST(another_size_is_refused_and_harms_nothing),
        TEST(duplicates_are_ignored_and_gaps_allowed),
        TEST(weights_that_do_not_move_have_no_spectrum_and_no_nan),
        TEST(steps_that_stand_still_or_jump_give_finite_rates),
        TEST(scalars_are_the_newest_and_loss_makes_history),
        TEST(without_a_loss_the_first_scalar_makes_history),
        TEST(what_the_trainer_says_of_itself_is_made_safe),
        TEST(the_latest_events_are_kept_and_all_are_counted),
        TEST(what_cannot_be_a_run_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
