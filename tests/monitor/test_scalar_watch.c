/* What a trainer sends beside its weights, as the detector takes it: means over one update, of
 * logarithms where a scalar began above 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "scalar_watch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static koop_view view;

static int set_up(void **state) {
    (void)state;
    memset(&view, 0, sizeof view);
    return 0;
}

/* One more of the newest snapshot. */
static void send(const char *name, double value) {
    koop_view_scalar *scalar = &view.scalars[view.n_scalars++];
    snprintf(scalar->name, sizeof scalar->name, "%s", name);
    scalar->finite = isfinite(value);
    scalar->value = scalar->finite ? value : 0;
}

/* A snapshot with what was sent. */
static void take(koop_scalar_watch *watch) {
    koop_scalar_watch_take(watch, &view);
    view.n_scalars = 0;
}

static void take_one(koop_scalar_watch *watch, const char *name, double value) {
    send(name, value);
    take(watch);
}

static void values_are_means_since_the_last_update(void **state) {
    (void)state;
    koop_scalar_watch watch = {0};
    koop_detect_scalars out;
    for (int k = 0; k < 3; k++) {
        send("loss", exp(k));
        send("margin", k == 0 ? -1 : 4 * k); /* not above 0 at first: as it is */
        take(&watch);
    }
    koop_scalar_watch_read(&watch, &out);
    assert_int_equal(out.n, 2);
    assert_string_equal(out.name[0], "loss");
    assert_string_equal(out.name[1], "margin");
    assert_true(fabs(out.value[0] - 1) < 1e-12);
    assert_true(fabs(out.value[1] - 11.0 / 3) < 1e-12);
    take_one(&watch, "margin", 2);
    koop_scalar_watch_read(&watch, &out);
    assert_int_equal(out.n, 2); /* at one place always the same */
    assert_true(isnan(out.value[0]));
    assert_true(out.value[1] == 2);
    koop_scalar_watch_read(&watch, &out);
    assert_true(isnan(out.value[0]) && isnan(out.value[1]));
}

static void learning_rate_is_the_newest_and_no_scalar(void **state) {
    (void)state;
    static const char *const names[] = {"lr", "learning_rate"};
    for (int k = 0; k < 2; k++) {
        koop_scalar_watch watch = {0};
        koop_detect_scalars out;
        koop_scalar_watch_read(&watch, &out);
        assert_true(out.learning_rate == 0);
        take_one(&watch, names[k], 0.1);
        take_one(&watch, names[k], 0.05);
        take_one(&watch, "loss", 1);
        take_one(&watch, names[k], NAN);
        for (int again = 0; again < 2; again++) { /* it holds until another is told */
            koop_scalar_watch_read(&watch, &out);
            assert_true(out.learning_rate == 0.05);
            assert_int_equal(out.n, 1);
        }
        take_one(&watch, names[k], -1);
        koop_scalar_watch_read(&watch, &out);
        assert_true(out.learning_rate == 0);
    }
}

static void values_without_logarithm_or_not_finite_are_left_out(void **state) {
    (void)state;
    koop_scalar_watch watch = {0};
    koop_detect_scalars out;
    take_one(&watch, "other", NAN); /* before any: no place is taken */
    koop_scalar_watch_read(&watch, &out);
    assert_int_equal(out.n, 0);
    take_one(&watch, "loss", exp(2));
    take_one(&watch, "loss", 0);
    take_one(&watch, "loss", -3);
    take_one(&watch, "loss", INFINITY);
    take_one(&watch, "loss", exp(4));
    koop_scalar_watch_read(&watch, &out);
    assert_true(fabs(out.value[0] - 3) < 1e-12);
    take_one(&watch, "loss", 0);
    koop_scalar_watch_read(&watch, &out);
    assert_true(isnan(out.value[0]));
}

static void what_is_measured_on_held_out_data_is_left_out(void **state) {
    (void)state;
    koop_scalar_watch watch = {0};
    koop_detect_scalars out;
    send("test_loss", 1);
    send("val_acc", 1);
    send("eval.loss", 1);
    send("loss", 1);
    send("value_loss", 1); /* of reinforcement learning */
    take(&watch);
    koop_scalar_watch_read(&watch, &out);
    assert_int_equal(out.n, 2);
    assert_string_equal(out.name[0], "loss");
    assert_string_equal(out.name[1], "value_loss");
}

static void first_few_are_watched_in_any_order(void **state) {
    (void)state;
    koop_scalar_watch watch = {0};
    koop_detect_scalars out;
    char name[32];
    for (int k = 0; k < KOOP_VIEW_SCALARS; k++) {
        snprintf(name, sizeof name, "scalar.%d", k);
        send(name, exp(k));
    }
    take(&watch);
    for (int k = KOOP_VIEW_SCALARS - 1; k >= 0; k--) {
        snprintf(name, sizeof name, "scalar.%d", k);
        send(name, exp(k + 2));
    }
    take(&watch);
    koop_scalar_watch_read(&watch, &out);
    assert_int_equal(out.n, KOOP_DETECT_SCALARS);
    for (int k = 0; k < out.n; k++) {
        snprintf(name, sizeof name, "scalar.%d", k);
        assert_string_equal(out.name[k], name);
        assert_true(fabs(out.value[k] - (k + 1)) < 1e-12);
    }
}

static void loaded_watch_goes_on_as_the_saved_one(void **state) {
    (void)state;
    uint8_t bytes[1024];
    koop_scalar_watch a = {0}, b = {0};
    koop_detect_scalars x, y;
    send("lr", 0.1);
    send("loss", 2);
    send("margin", -2);
    take(&a);
    koop_state saving = koop_state_saving(bytes, sizeof bytes);
    koop_scalar_watch_exchange(&a, &saving);
    assert_int_equal(saving.status, KOOP_OK);
    koop_state loading = koop_state_loading(bytes, saving.at);
    koop_scalar_watch_exchange(&b, &loading);
    assert_int_equal(loading.status, KOOP_OK);
    assert_int_equal(loading.at, saving.at);
    koop_scalar_watch *const both[] = {&a, &b};
    for (int k = 0; k < 2; k++) { /* in the middle of an update */
        take_one(both[k], "loss", 3);
        take_one(both[k], "margin", 1);
        koop_scalar_watch_read(both[k], k ? &y : &x);
    }
    assert_true(x.learning_rate == y.learning_rate);
    assert_int_equal(x.n, y.n);
    for (int k = 0; k < x.n; k++) {
        assert_string_equal(x.name[k], y.name[k]);
        assert_true(x.value[k] == y.value[k]);
    }
    assert_true(fabs(x.value[0] - log(6) / 2) < 1e-12);
}

static void what_no_watch_holds_is_refused(void **state) {
    (void)state;
    uint8_t bytes[1024];
    for (int k = 0; k < 6; k++) {
        koop_scalar_watch watch = {0};
        take_one(&watch, "loss", 2);
        if (k == 0) watch.n = KOOP_DETECT_SCALARS + 1;
        if (k == 1) watch.n = -1;
        if (k == 2) watch.scalar[0].count = -1;
        if (k == 3) watch.scalar[0].sum = NAN;
        if (k == 4) watch.learning_rate = NAN;
        if (k == 5) watch.scalar[0].name[1] = '\x1b';
        koop_state s = koop_state_saving(bytes, sizeof bytes);
        koop_scalar_watch_exchange(&watch, &s);
        assert_int_equal(s.status, KOOP_BAD_MESSAGE);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(values_are_means_since_the_last_update),
        TEST(learning_rate_is_the_newest_and_no_scalar),
        TEST(values_without_logarithm_or_not_finite_are_left_out),
        TEST(what_is_measured_on_held_out_data_is_left_out),
        TEST(first_few_are_watched_in_any_order),
        TEST(loaded_watch_goes_on_as_the_saved_one),
        TEST(what_no_watch_holds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
