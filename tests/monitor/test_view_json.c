/* Views as JSON and back: exact, bounded, and deaf to what does not have the documented form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "view_json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double odd[] = {0.1,    1.0 / 3, -0.0,         DBL_MIN / 4, 1e308,
                             1e-300, M_PI,    -DBL_EPSILON, 123456789.0, 0.9999999999999999};
enum { ODD = sizeof odd / sizeof *odd };

static double odd_real(int i) {
    return odd[i % ODD];
}
static double odd_positive(int i) {
    return fabs(odd[i % ODD]);
}

static void fill_spectrum(koop_spectrum *spectrum, int rank) {
    spectrum->rank = rank;
    for (int i = 0; i < rank; i++)
        spectrum->modes[i] = (koop_mode){.re = odd_real(i),
                                         .im = odd_real(i + 1),
                                         .energy = odd_positive(i + 2),
                                         .growth = odd_real(i + 3),
                                         .frequency = odd_real(i + 4),
                                         .residual = odd_positive(i + 5)};
}

static void fill_event(koop_event *event, int i) {
    event->kind = i % 5 == 4 ? KOOP_EVENT_NOT_FINITE : KOOP_EVENT_TRANSITION;
    event->step = 1000 + i;
    event->onset = 990 + i;
    snprintf(event->sentence, sizeof event->sentence, "event %d: λ left the circle", i);
    if (event->kind == KOOP_EVENT_NOT_FINITE) return;
    event->fired = 1u << KOOP_SIGNAL_SPEED | 1u << KOOP_SIGNAL_PREDICTION;
    event->score[KOOP_SIGNAL_SPEED] = 1.5 + i;
    event->score[KOOP_SIGNAL_PREDICTION] = 1.1;
    event->score[KOOP_SIGNAL_RADIAL] = 0.3;
    event->strength = 1.75 + i;
    event->speed_ratio = odd_positive(i);
    event->n_top = 2;
    event->top_group[0] = 3;
    event->top_group[1] = 0;
    event->top_share[0] = 0.7;
    event->top_share[1] = 0.1;
}

static void fill_lists(koop_view *view) {
    view->n_scalars = KOOP_VIEW_SCALARS;
    for (int i = 0; i < view->n_scalars; i++) {
        snprintf(view->scalars[i].name, sizeof view->scalars[i].name, "scalar.%d", i);
        view->scalars[i].finite = i != 1;
        view->scalars[i].value = i != 1 ? odd_real(i) : 0;
    }
    view->n_groups = view->signals.n_groups = KOOP_MAX_GROUPS;
    for (int g = 0; g < view->n_groups; g++) {
        snprintf(view->groups[g].name, sizeof view->groups[g].name, "layer%d.weight", g);
        view->groups[g].parameters = (uint64_t)g << 40;
        view->groups[g].share = view->signals.group_share[g] = odd_positive(g);
    }
    view->history_stride = 4;
    view->n_history = KOOP_VIEW_HISTORY;
    for (int i = 0; i < view->n_history; i++) {
        koop_history_point *point = &view->history[i];
        point->step = 10 * i;
        point->phase = (koop_phase)(i % (KOOP_PHASE_TRANSITION + 1));
        point->available = (unsigned)i % (1u << KOOP_SERIES_COUNT);
        for (int s = 0; s < KOOP_SERIES_COUNT; s++)
            if (point->available & (1u << s)) point->value[s] = 0.1f * (float)(i + s);
    }
    view->n_events = KOOP_VIEW_EVENTS;
    for (int i = 0; i < view->n_events; i++) fill_event(&view->events[i], i);
}

/* A view in which every list is as long as it may be. */
static koop_view *full_view(void) {
    koop_view *view = calloc(1, sizeof *view);
    assert_non_null(view);
    koop_run_summary *run = &view->run;
    snprintf(run->uuid, sizeof run->uuid, "0123456789abcdef0123456789abcdef");
    snprintf(run->name, sizeof run->name, "%064d", 7);
    snprintf(run->host, sizeof run->host, "node-1");
    run->pid = 4711;
    run->start_ms = 1700000000123;
    run->state = KOOP_RUN_STALLED;
    run->phase = KOOP_PHASE_TRANSITION;
    run->step = INT64_MIN;
    run->snapshots = INT64_MAX;
    run->dropped = 2;
    run->not_finite = 3;
    run->refused = 4;
    run->pending = 5;
    run->lost = 6;
    run->damaged = 7;
    run->quarantined = 8;
    run->failing = true;
    run->rate = 10.1;
    run->lag_s = -0.2;
    run->n_events = 1000;
    view->parameters = 226000;
    view->length = 512;
    view->window = view->filled = 64;
    view->eta_s = 0.3;
    view->delays = 4;
    view->rank = view->pca = 8;
    view->stride = 4;
    snprintf(view->reason, sizeof view->reason, "updates 4× faster than \"usual\"");
    view->has_spectrum = view->has_previous = true;
    view->spectrum_step = INT64_MAX;
    fill_spectrum(&view->spectrum, KOOP_MAX_RANK);
    fill_spectrum(&view->previous, 3);
    view->signals.available = (1u << KOOP_SIGNAL_COUNT) - 1 - (1u << KOOP_SIGNAL_DISTANCE);
    for (int s = 0; s < KOOP_SIGNAL_COUNT; s++)
        if (s != KOOP_SIGNAL_DISTANCE) view->signals.value[s] = odd_real(s);
    fill_lists(view);
    return view;
}

/* Through text, as it travels. */
static json_t *travelled(json_t *json, char **text) {
    assert_non_null(json);
    *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    assert_non_null(*text);
    json_t *loaded = json_loads(*text, 0, NULL);
    assert_non_null(loaded);
    json_decref(json);
    return loaded;
}

static koop_view *round_trip(const koop_view *view) {
    char *text, *again;
    json_t *json = travelled(koop_view_to_json(view), &text);
    koop_view *back = malloc(sizeof *back);
    assert_int_equal(koop_view_from_json(json, back), KOOP_OK);
    json_decref(json);
    json_decref(travelled(koop_view_to_json(back), &again));
    assert_string_equal(text, again);
    free(text);
    free(again);
    return back;
}

static void assert_same_spectrum(const koop_spectrum *a, const koop_spectrum *b) {
    assert_int_equal(a->rank, b->rank);
    assert_memory_equal(a->modes, b->modes, (size_t)a->rank * sizeof a->modes[0]);
}

static void assert_same_event(const koop_event *a, const koop_event *b) {
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->onset, b->onset);
    assert_int_equal(a->fired, b->fired);
    assert_memory_equal(a->score, b->score, sizeof a->score);
    assert_memory_equal(&a->speed_ratio, &b->speed_ratio, sizeof a->speed_ratio);
    assert_int_equal(a->n_top, b->n_top);
    assert_memory_equal(a->top_group, b->top_group, sizeof a->top_group);
    assert_memory_equal(a->top_share, b->top_share, sizeof a->top_share);
    assert_string_equal(a->sentence, b->sentence);
}

static void assert_same_run(const koop_run_summary *a, const koop_run_summary *b) {
    assert_string_equal(a->uuid, b->uuid);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->host, b->host);
    assert_true(a->pid == b->pid && a->start_ms == b->start_ms && a->step == b->step);
    assert_true(a->state == b->state && a->phase == b->phase);
    assert_true(a->snapshots == b->snapshots && a->dropped == b->dropped);
    assert_true(a->not_finite == b->not_finite && a->refused == b->refused);
    assert_true(a->damaged == b->damaged && a->quarantined == b->quarantined);
    assert_true(a->lost == b->lost && a->failing == b->failing);
    assert_true(a->pending == b->pending && a->n_events == b->n_events);
    assert_true(a->rate == b->rate && a->lag_s == b->lag_s);
}

static void a_view_comes_back_bit_for_bit(void **state) {
    (void)state;
    koop_view *a = full_view(), *b = round_trip(a);
    assert_same_run(&a->run, &b->run);
    assert_true(a->parameters == b->parameters && a->length == b->length);
    assert_true(a->window == b->window && a->filled == b->filled && a->eta_s == b->eta_s);
    assert_true(a->delays == b->delays && a->rank == b->rank && a->pca == b->pca);
    assert_true(a->stride == b->stride && a->spectrum_step == b->spectrum_step);
    assert_string_equal(a->reason, b->reason);
    assert_true(b->has_spectrum && b->has_previous);
    assert_same_spectrum(&a->spectrum, &b->spectrum);
    assert_same_spectrum(&a->previous, &b->previous);
    assert_int_equal(a->signals.available, b->signals.available);
    assert_memory_equal(a->signals.value, b->signals.value, sizeof a->signals.value);
    assert_int_equal(a->signals.n_groups, b->signals.n_groups);
    assert_memory_equal(a->signals.group_share, b->signals.group_share,
                        sizeof a->signals.group_share);
    assert_int_equal(a->n_scalars, b->n_scalars);
    for (int i = 0; i < a->n_scalars; i++) {
        assert_string_equal(a->scalars[i].name, b->scalars[i].name);
        assert_int_equal(a->scalars[i].finite, b->scalars[i].finite);
        assert_memory_equal(&a->scalars[i].value, &b->scalars[i].value, sizeof(double));
    }
    assert_int_equal(a->n_groups, b->n_groups);
    for (int g = 0; g < a->n_groups; g++) {
        assert_string_equal(a->groups[g].name, b->groups[g].name);
        assert_true(a->groups[g].parameters == b->groups[g].parameters);
        assert_true(a->groups[g].share == b->groups[g].share);
    }
    assert_true(a->history_stride == b->history_stride && a->n_history == b->n_history);
    for (int i = 0; i < a->n_history; i++) {
        assert_true(a->history[i].step == b->history[i].step);
        assert_int_equal(a->history[i].phase, b->history[i].phase);
        assert_int_equal(a->history[i].available, b->history[i].available);
        assert_memory_equal(a->history[i].value, b->history[i].value, sizeof a->history[i].value);
    }
    assert_int_equal(a->n_events, b->n_events);
    for (int i = 0; i < a->n_events; i++) assert_same_event(&a->events[i], &b->events[i]);
    free(a);
    free(b);
}

static void a_view_without_spectrum_comes_back(void **state) {
    (void)state;
    koop_view *a = full_view();
    a->has_spectrum = a->has_previous = false;
    a->n_events = a->n_history = a->n_groups = a->n_scalars = a->signals.n_groups = 0;
    a->signals.available = 0;
    koop_view *b = round_trip(a);
    assert_false(b->has_spectrum);
    assert_false(b->has_previous);
    assert_int_equal(b->n_events + b->n_history + b->n_groups + b->n_scalars, 0);
    free(a);
    free(b);
}

static void a_zero_eigenvalue_keeps_its_infinite_decay(void **state) {
    (void)state;
    koop_view *a = full_view();
    a->spectrum.modes[0].growth = -HUGE_VAL;
    a->spectrum.modes[1].residual = HUGE_VAL;
    koop_view *b = round_trip(a);
    assert_same_spectrum(&a->spectrum, &b->spectrum);
    free(a);
    free(b);
}

static void counters_beyond_63_bits_read_as_the_largest(void **state) {
    (void)state;
    koop_view *a = full_view();
    a->parameters = UINT64_MAX;
    koop_view *b = round_trip(a);
    assert_true(b->parameters == INT64_MAX);
    free(a);
    free(b);
}

static void text_that_is_not_utf8_does_not_stop_a_view(void **state) {
    (void)state;
    koop_view *a = full_view();
    snprintf(a->reason, sizeof a->reason, "cut within a character: \xce");
    koop_view *b = round_trip(a);
    assert_string_equal(b->reason, "cut within a character: ?");
    free(a);
    free(b);
}

static void an_event_names_the_strongest_signal(void **state) {
    (void)state;
    koop_view *view = full_view();
    json_t *json = koop_event_to_json(&view->events[0], view->groups, view->n_groups);
    assert_string_equal(json_string_value(json_object_get(json, "signal")),
                        koop_signal_name(KOOP_SIGNAL_SPEED));
    assert_true(json_real_value(json_object_get(json, "score")) == 1.75);
    const json_t *top = json_array_get(json_object_get(json, "groups"), 0);
    assert_string_equal(json_string_value(json_array_get(top, 0)), "layer3.weight");
    json_decref(json);
    json = koop_event_to_json(&view->events[4], NULL, 0);
    assert_true(json_is_null(json_object_get(json, "signal")));
    assert_true(json_is_null(json_object_get(json, "score")));
    assert_string_equal(json_string_value(json_object_get(json, "kind")),
                        koop_event_kind_name(KOOP_EVENT_NOT_FINITE));
    json_decref(json);
    free(view);
}

/* The member or element that a path like "run/name" or "events/0/kind" leads to: its parent in
 * *parent, its last part in *last. */
static void find(json_t *json, const char *path, json_t **parent, char last[64]) {
    for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
        char part[64] = {0};
        memcpy(part, path, (size_t)(slash - path));
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(part))
                                   : json_object_get(json, part);
        assert_non_null(json);
    }
    *parent = json;
    snprintf(last, 64, "%s", path);
}

static void put(json_t *json, const char *path, json_t *value) {
    json_t *parent;
    char last[64];
    find(json, path, &parent, last);
    assert_non_null(value);
    if (json_is_array(parent))
        json_array_set_new(parent, (size_t)atoi(last), value);
    else
        json_object_set_new(parent, last, value);
}

static void assert_refused(const json_t *json, const char *why) {
    koop_view *view = malloc(sizeof *view), *before = malloc(sizeof *before);
    memset(view, 0x5a, sizeof *view);
    memcpy(before, view, sizeof *view);
    if (koop_view_from_json(json, view) != KOOP_BAD_MESSAGE) fail_msg("taken: %s", why);
    assert_memory_equal(view, before, sizeof *view);
    free(view);
    free(before);
}

static void what_has_another_form_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *path, *value;
    } cases[] = {
        {"run", "null"},
        {"run/uuid", "\"0123\""},
        {"run/uuid", "\"0123456789ABCDEF0123456789ABCDEF\""},
        {"run/uuid", "\"../../../../../../../../etc/pass\""},
        {"run/name", "\"a\\u001b[31mb\""},
        {"run/name", "\"tab\\there\""},
        {"run/name", "\"del\\u007f\""},
        {"run/name", "\"nel\\u0085\""},
        {"run/name", "17"},
        {"run/name", "\"0123456789012345678901234567890123456789012345678901234567890123X\""},
        {"run/pid", "-1"},
        {"run/pid", "1.5"},
        {"run/state", "\"dead\""},
        {"run/phase", "0"},
        {"run/snapshots", "-1"},
        {"run/rate", "-0.1"},
        {"run/rate", "null"},
        {"run/events", "2147483648"},
        {"parameters", "\"1\""},
        {"window", "100000"},
        {"filled", "65"},
        {"filled", "-1"},
        {"rank", "65"},
        {"stride", "-4"},
        {"reason", "\"two\\nlines\""},
        {"spectrum", "[]"},
        {"spectrum/step", "0.5"},
        {"spectrum/eigenvalues", "{}"},
        {"spectrum/eigenvalues", "[]"},
        {"spectrum/eigenvalues/0", "[1,2,3]"},
        {"spectrum/eigenvalues/0/0", "null"},
        {"spectrum/eigenvalues/0/2", "-1"},
        {"spectrum/rates", "[[0,0]]"},
        {"spectrum/rates/0", "[0]"},
        {"signals", "[]"},
        {"signals/speed", "\"fast\""},
        {"group_shares/0", "-1"},
        {"scalars/0/name", "\"a\\u0000b\""},
        {"scalars/0/name", "\"0123456789012345678901234567890123\""},
        {"scalars/0/value", "true"},
        {"groups/0/parameters", "1e3"},
        {"history/stride", "-1"},
        {"history/points/0", "[0,\"steady\"]"},
        {"history/points/0/1", "\"happy\""},
        {"history/points/0/2", "1e39"},
        {"events/0/kind", "\"party\""},
        {"events/0/fired/0", "\"noise\""},
        {"events/0/fired", "\"speed\""},
        {"events/0/scores", "[]"},
        {"events/0/scores/speed", "\"1\""},
        {"events/0/groups/0/0", "\"nobody\""},
        {"events/0/groups", "[[],[],[],[]]"},
        {"events/0/reason", "\"\\u001b]0;title\\u0007\""},
    };
    koop_view *view = full_view();
    json_t *good = koop_view_to_json(view);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = json_deep_copy(good);
        put(json, cases[i].path,
            json_loads(cases[i].value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
        assert_refused(json, cases[i].path);
        json_decref(json);
    }
    json_decref(good);
    free(view);
}

static void one_element_too_many_is_refused(void **state) {
    (void)state;
    static const char *const lists[] = {"spectrum/eigenvalues", "group_shares", "scalars", "groups",
                                        "history/points",       "events"};
    koop_view *view = full_view();
    json_t *good = koop_view_to_json(view);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        json_t *json = json_deep_copy(good), *parent;
        char last[64];
        find(json, lists[i], &parent, last);
        json_t *list = json_object_get(parent, last);
        json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
        if (i == 0) { /* rates match: it is the bound that refuses */
            json_t *rates = json_object_get(parent, "rates");
            json_array_append_new(rates, json_deep_copy(json_array_get(rates, 0)));
        }
        assert_refused(json, lists[i]);
        json_decref(json);
    }
    json_decref(good);
    free(view);
}

static void a_missing_member_is_refused(void **state) {
    (void)state;
    koop_view *view = full_view();
    json_t *good = koop_view_to_json(view);
    const char *key;
    json_t *value;
    json_object_foreach(good, key, value) {
        json_t *json = json_copy(good);
        json_object_del(json, key);
        assert_refused(json, key);
        json_decref(json);
    }
    json_object_foreach(json_object_get(good, "run"), key, value) {
        json_t *json = json_deep_copy(good);
        json_object_del(json_object_get(json, "run"), key);
        assert_refused(json, key);
        koop_run_summary run;
        assert_int_equal(koop_summary_from_json(json_object_get(json, "run"), &run),
                         KOOP_BAD_MESSAGE);
        json_decref(json);
    }
    assert_refused(NULL, "nothing");
    json_decref(good);
    free(view);
}

static void an_unknown_member_is_ignored(void **state) {
    (void)state;
    koop_view *view = full_view(), *back = malloc(sizeof *back);
    json_t *json = koop_view_to_json(view);
    put(json, "weather", json_string("fine"));
    put(json, "run/weather", json_integer(1));
    put(json, "signals/weather", json_null());
    assert_int_equal(koop_view_from_json(json, back), KOOP_OK);
    assert_same_run(&view->run, &back->run);
    json_decref(json);
    free(view);
    free(back);
}

static long allocations_left;

static void *failing_malloc(size_t size) {
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void each_failed_allocation_gives_null_and_no_leak(void **state) {
    (void)state;
    koop_view *view = full_view();
    view->n_history = view->n_events = 5;
    view->n_groups = view->n_scalars = view->signals.n_groups = 4;
    view->spectrum.rank = 2;
    json_set_alloc_funcs(failing_malloc, free);
    json_t *json = NULL;
    for (long fail_at = 0; !json && fail_at < 100000; fail_at++) {
        allocations_left = fail_at;
        json = koop_view_to_json(view);
    }
    json_set_alloc_funcs(malloc, free);
    assert_non_null(json);
    char *text, *expected;
    json_decref(travelled(json, &text));
    json_decref(travelled(koop_view_to_json(view), &expected));
    assert_string_equal(text, expected); /* complete, not merely there */
    free(text);
    free(expected);
    free(view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_comes_back_bit_for_bit),
        cmocka_unit_test(a_view_without_spectrum_comes_back),
        cmocka_unit_test(a_zero_eigenvalue_keeps_its_infinite_decay),
        cmocka_unit_test(counters_beyond_63_bits_read_as_the_largest),
        cmocka_unit_test(text_that_is_not_utf8_does_not_stop_a_view),
        cmocka_unit_test(an_event_names_the_strongest_signal),
        cmocka_unit_test(what_has_another_form_is_refused),
        cmocka_unit_test(one_element_too_many_is_refused),
        cmocka_unit_test(a_missing_member_is_refused),
        cmocka_unit_test(an_unknown_member_is_ignored),
        cmocka_unit_test(each_failed_allocation_gives_null_and_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
