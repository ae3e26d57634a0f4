#include "print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_views.h"

/* What `print` writes. */
#define PRINTED(call)                                                                              \
    char *text = NULL;                                                                             \
    size_t size = 0;                                                                               \
    FILE *out = open_memstream(&text, &size);                                                      \
    assert_non_null(out);                                                                          \
    call;                                                                                          \
    fclose(out);

static void wants(const char *text, const char *part) {
    if (!strstr(text, part)) fail_msg("no \"%s\" in:\n%s", part, text);
}

static koop_view *a_view(void) {
    koop_view *view = calloc(1, sizeof *view);
    assert_non_null(view);
    fake_summary(&view->run, 0, 12480);
    view->window = view->filled = 64;
    view->length = 512;
    view->parameters = 93201;
    strcpy(view->reason, "updates 4× faster than usual");
    return view;
}

static void a_run_list_is_a_table(void **state) {
    (void)state;
    koop_run_summary runs[2];
    fake_summary(&runs[0], 0, 12480);
    fake_summary(&runs[1], 1, 0);
    runs[1].failing = true;
    runs[1].lost = 12;
    runs[0].start_ms = 1000000;
    runs[1].start_ms = 1000000 - 3600 * 1000;
    PRINTED(koop_print_runs(out, runs, 2, 1040000))
    wants(text, "name     state     phase");
    wants(text, "grok-53  live      transition        12,480");
    wants(text, "  3  40 s\n");
    wants(text, "fcn-16   stalled   steady             7,000");
    wants(text, "1 h  journal failing  lost 12\n");
    free(text);
}

static void an_empty_run_list_is_said_so(void **state) {
    (void)state;
    PRINTED(koop_print_runs(out, NULL, 0, 0))
    assert_string_equal(text, "no runs yet\n");
    free(text);
}

static void a_filling_window_says_when_the_first_spectrum_comes(void **state) {
    (void)state;
    koop_view *view = a_view();
    view->filled = 12;
    view->eta_s = 40;
    PRINTED(koop_print_view(out, view))
    wants(text,
          "12 of 64 snapshots of 512 values for 93.2 k parameters; first spectrum in about 40 s");
    assert_null(strstr(text, "spectrum  step"));
    free(text);
    free(view);
}

static void a_view_is_told_in_words(void **state) {
    (void)state;
    koop_view *view = a_view();
    view->has_spectrum = true;
    view->spectrum_step = 12476;
    fake_spectrum(&view->spectrum, 0);
    view->signals.available = 1u << KOOP_SIGNAL_SPEED | 1u << KOOP_SIGNAL_MAX_MODULUS;
    view->signals.value[KOOP_SIGNAL_SPEED] = -3.86;
    view->signals.value[KOOP_SIGNAL_MAX_MODULUS] = 1.00194;
    view->n_scalars = 2;
    strcpy(view->scalars[0].name, "loss");
    view->scalars[0].finite = true;
    view->scalars[0].value = 0.412;
    strcpy(view->scalars[1].name, "test_loss");
    view->n_groups = 2;
    strcpy(view->groups[0].name, "fc1");
    strcpy(view->groups[1].name, "fc2");
    view->groups[0].share = 0.29;
    view->groups[1].share = 0.71;
    view->run.dropped = 7;
    view->run.lost = 3;
    view->run.damaged = 2;
    view->run.quarantined = 1;
    view->run.failing = true;
    view->n_events = 1;
    fake_event(&view->events[0], 12410, "updates 4× faster than usual");
    PRINTED(koop_print_view(out, view))
    wants(text, "grok-53  live  step 12,480  10.4 snapshots/s  lag 0.2 s\n");
    wants(text, "phase     transition: updates 4× faster than usual\n");
    wants(text, "spectrum  step 12,476: 10 modes, 6 trusted, max|λ| 1.0019");
    wants(text, "signals   speed -3.86, max_modulus 1.0019\n");
    wants(text, "scalars   loss 0.412, test_loss not finite\n");
    wants(text, "moving    fc1 29%, fc2 71%\n");
    wants(text, "trouble   7 snapshots dropped by the trainer's ring\n");
    wants(text, "trouble   3 snapshots published, but neither dropped nor in the journal\n");
    wants(text, "trouble   2 damaged ranges of the journal passed over\n");
    wants(text, "trouble   1 file in the journal's quarantine\n");
    wants(text, "trouble   the journal cannot be written: nothing is taken\n");
    wants(text, "events    3, the last: step 12,410  since 12,370  transition  updates 4×");
    free(text);
    free(view);
}

/* What is printed of a view's events. */
static char *events_of(const koop_view *view) {
    PRINTED(koop_print_events(out, view))
    return text;
}

static void events_stand_in_columns_and_end_with_the_run(void **state) {
    (void)state;
    koop_view *view = a_view();
    view->n_events = 3;
    fake_event(&view->events[0], 900, "updates are slower");
    fake_event(&view->events[1], 1500, "the trainer changed it");
    fake_event(&view->events[2], 12410, "nothing more");
    view->events[1].kind = KOOP_EVENT_SCHEDULE;
    view->events[1].onset = view->events[1].step;
    view->events[2].kind = KOOP_EVENT_SETTLED;
    char *text = events_of(view);
    assert_string_equal(text, "step    900  since    860  transition  updates are slower\n"
                              "step  1,500                schedule    the trainer changed it\n"
                              "step 12,410  since 12,370  settled     nothing more\n");
    free(text);
    view->run.state = KOOP_RUN_STALLED;
    text = events_of(view);
    wants(text, "\nstep 12,480                stalled     its trainer is not heard any more\n");
    free(text);
    view->run.state = KOOP_RUN_FINISHED;
    view->n_events = 0;
    text = events_of(view);
    assert_string_equal(text, "step 12,480  finished  its trainer said goodbye\n");
    free(text);
    free(view);
}

static void a_change_at_once_has_no_since(void **state) {
    (void)state;
    koop_event event;
    fake_event(&event, 1500, "the trainer changed it");
    event.onset = event.step;
    event.kind = KOOP_EVENT_SCHEDULE;
    PRINTED(koop_print_event(out, &event))
    assert_string_equal(text, "step 1,500  schedule  the trainer changed it\n");
    free(text);
}

static void a_spectrum_is_a_table_with_periods(void **state) {
    (void)state;
    koop_spectrum spectrum = {.rank = 2};
    spectrum.modes[0] = (koop_mode){.re = 0, .im = 1, .energy = 0.75, .frequency = 0.25};
    spectrum.modes[1] = (koop_mode){.re = 0.5, .energy = 0.25, .growth = -0.693, .residual = 0.5};
    PRINTED(koop_print_spectrum(out, &spectrum))
    wants(text,
          "  1   1.000000   +0.000000   +1.000000  +0.000e+00       4.00  7.50e-01   0.00e+00\n");
    wants(text,
          "  2   0.500000   +0.500000   +0.000000  -6.930e-01          -  2.50e-01   5.00e-01  "
          "not trusted\n");
    free(text);
}

static void the_daemons_counters_are_told_when_they_are_not_zero(void **state) {
    (void)state;
    json_t *status = json_pack("{s:s, s:i, s:f, s:s, s:i, s:i, s:{s:i}}", "version", "0.1.0", "pid",
                               123, "uptime_s", 125.0, "endpoint", "ipc:///x", "refused", 0,
                               "malformed", 4, "journal", "failed", 2);
    PRINTED(koop_print_daemon(out, status))
    wants(text, "daemon 0.1.0, pid 123, up 2 min 5 s, at ipc:///x\n");
    wants(text, "malformed: 4\n");
    wants(text, "failed: 2\n");
    assert_null(strstr(text, "refused"));
    json_decref(status);
    free(text);
}

static void alerts_are_counted_by_rule(void **state) {
    (void)state;
    json_t *status = json_pack(
        "{s:{s:b, s:b, s:i, s:[{s:s, s:i, s:i, s:i, s:i, s:b}, {s:s, s:i}]}}", "alerts", "possible",
        1, "kept", 0, "orphans", 3, "rules", "name", "slack", "sent", 5, "waiting", 2, "failed", 1,
        "suppressed", 40, "failing", 1, "name", "pager", "sent", 0);
    PRINTED(koop_print_daemon(out, status))
    wants(text,
          "  alert slack: 5 sent, 2 waiting, 1 failed, 40 suppressed; not delivered at present\n");
    wants(text, "  alert pager: 0 sent, 0 waiting, 0 failed, 0 suppressed\n");
    wants(text, "wait for a section that is gone: 3\n");
    wants(text, "alerts are not kept at present");
    json_decref(status);
    free(text);
}

static void a_name_that_is_not_utf8_still_becomes_json(void **state) {
    (void)state;
    json_t *plain = koop_print_string("größe.npy"), *raw = koop_print_string("a\xff\x80.npy");
    assert_string_equal(json_string_value(plain), "größe.npy");
    assert_string_equal(json_string_value(raw), "a\\xff\\x80.npy");
    json_decref(plain);
    json_decref(raw);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_list_is_a_table),
        cmocka_unit_test(an_empty_run_list_is_said_so),
        cmocka_unit_test(a_filling_window_says_when_the_first_spectrum_comes),
        cmocka_unit_test(a_view_is_told_in_words),
        cmocka_unit_test(events_stand_in_columns_and_end_with_the_run),
        cmocka_unit_test(a_change_at_once_has_no_since),
        cmocka_unit_test(a_spectrum_is_a_table_with_periods),
        cmocka_unit_test(the_daemons_counters_are_told_when_they_are_not_zero),
        cmocka_unit_test(alerts_are_counted_by_rule),
        cmocka_unit_test(a_name_that_is_not_utf8_still_becomes_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
