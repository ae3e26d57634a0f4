/* Growth that feeds on itself and rest are told once each, with the step at which they began, and
 * noise, steps and a burst at the beginning are neither. */
#include "outlook.h"

#include "fixture.h"

enum { STRIDE = 10 };

typedef struct run {
    koop_outlook outlook;
    uint64_t seed;
    int64_t step, onset;
    double speed, noise, modulus, rate; /* logarithms, but for the modulus */
    int diverged, settled;
} run;

static run new_run(uint64_t seed) {
    return (run){.seed = seed, .speed = -3, .noise = 0.05, .modulus = 1};
}

/* `updates` that each add `growth` to the log speed. */
static void advance(run *r, int updates, double growth) {
    for (int i = 0; i < updates; i++) {
        r->speed += growth;
        r->step += STRIDE;
        double now = r->speed + r->noise * gaussian(&r->seed);
        koop_outlook_news news =
            koop_outlook_take(&r->outlook, r->step, now - r->rate, now, r->modulus, &r->onset);
        r->diverged += news == KOOP_OUTLOOK_DIVERGES;
        r->settled += news == KOOP_OUTLOOK_SETTLES;
    }
}

static void growth_is_told_once_with_its_beginning(void **state) {
    (void)state;
    run r = new_run(1);
    advance(&r, 200, 0);
    int64_t began = r.step;
    int waited = 0;
    while (r.diverged == 0 && waited++ < 40) advance(&r, 1, 0.04);
    assert_int_equal(r.diverged, 1);
    assert_true(waited >= 18 && waited <= 33); /* not before it has doubled */
    assert_true(llabs(r.onset - began) <= 14 * STRIDE);
    advance(&r, 200, 0.04);
    assert_int_equal(r.diverged, 1);
    assert_true(r.outlook.diverging);
}

static void divergence_ends_when_a_third_of_the_growth_is_lost(void **state) {
    (void)state;
    run r = new_run(2);
    r.noise = 0;
    advance(&r, 200, 0);
    advance(&r, 60, 0.05); /* by 3 */
    assert_int_equal(r.diverged, 1);
    advance(&r, 1, -0.9);
    advance(&r, 12, 0);
    assert_true(r.outlook.diverging); /* by less than a third */
    advance(&r, 1, -0.3);
    advance(&r, 12, 0);
    assert_false(r.outlook.diverging);
    advance(&r, 100, 0);
    assert_int_equal(r.diverged, 1);
    advance(&r, 100, 0.05); /* above all that was */
    assert_int_equal(r.diverged, 2);
}

static void slow_growth_and_noise_do_not_diverge(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        run slow = new_run(seed), loud = new_run(100 + seed);
        advance(&slow, 2000, 0.015);
        loud.noise = 0.6;
        advance(&loud, 2000, 0);
        assert_int_equal(slow.diverged + loud.diverged, 0);
    }
}

static void steps_do_not_diverge(void **state) {
    (void)state;
    for (int width = 1; width <= 4; width++) {
        run r = new_run(3);
        advance(&r, 200, 0);
        for (int k = 0; k < 5; k++) {
            advance(&r, width, 2.0 / width);
            advance(&r, 80, 0);
        }
        assert_int_equal(r.diverged, 0);
    }
}

static void burst_at_the_beginning_and_growth_back_to_it_do_not_diverge(void **state) {
    (void)state;
    run r = new_run(4);
    advance(&r, 64, 0.05);
    assert_int_equal(r.diverged, 0);
    advance(&r, 60, 0);
    advance(&r, 60, -0.05);
    advance(&r, 200, 0);
    advance(&r, 58, 0.05); /* not above what was */
    assert_int_equal(r.diverged, 0);
}

/* The trainer raises its learning rate: the growth value stays as it is. */
static void told_growth_does_not_diverge(void **state) {
    (void)state;
    run r = new_run(5);
    advance(&r, 200, 0);
    for (int k = 0; k < 80; k++) {
        r.rate += 0.05;
        advance(&r, 1, 0.05);
    }
    assert_int_equal(r.diverged, 0);
}

static void learning_rate_is_remembered_where_it_is_told(void **state) {
    (void)state;
    run r = new_run(10);
    assert_true(koop_outlook_rate_since(&r.outlook, 5) == 1);
    advance(&r, 50, 0);
    assert_true(koop_outlook_rate_since(&r.outlook, 5) == 1);
    r.rate = log(0.1);
    advance(&r, 1, 0);
    assert_true(koop_outlook_rate_since(&r.outlook, 1) == 1); /* now told, then not */
    advance(&r, 50, 0);
    r.rate = log(0.4);
    advance(&r, 3, 0);
    assert_true(fabs(koop_outlook_rate_since(&r.outlook, 2) - 1) < 1e-12);
    assert_true(fabs(koop_outlook_rate_since(&r.outlook, 3) - 4) < 1e-9);
    assert_true(fabs(koop_outlook_rate_since(&r.outlook, 1000) - 4) < 1e-9);
}

static void last_update_of_a_condition_is_remembered(void **state) {
    (void)state;
    run r = new_run(2);
    r.noise = 0;
    advance(&r, 200, 0);
    assert_false(r.outlook.was_either);
    int64_t began = r.step;
    advance(&r, 60, 0.05);
    assert_true(r.outlook.was_either && r.outlook.diverging);
    assert_int_equal(r.outlook.diverging_since, r.onset);
    assert_true(llabs(r.onset - began) <= 14 * STRIDE);
    assert_int_equal(r.outlook.last_of_either, r.step);
    advance(&r, 1, -3);
    advance(&r, 20, 0);
    assert_false(r.outlook.diverging);
    int64_t over = r.outlook.last_of_either;
    assert_true(over >= r.step - 20 * STRIDE && over < r.step);
    advance(&r, 50, 0);
    assert_int_equal(r.outlook.last_of_either, over);
}

static void rest_is_told_once_and_ends_at_a_thirtieth(void **state) {
    (void)state;
    run r = new_run(6);
    r.noise = 0.01;
    advance(&r, 100, 0);
    advance(&r, 1, -4.5); /* to e^−4.5 = 1/90: not yet */
    advance(&r, 100, 0);
    assert_int_equal(r.settled, 0);
    advance(&r, 1, -0.3);
    int64_t began = r.step;
    int waited = 0;
    while (r.settled == 0 && waited++ < 50) advance(&r, 1, 0);
    assert_int_equal(r.settled, 1);
    assert_true(waited >= 15 && waited <= 24);
    assert_true(r.onset >= began && r.onset <= began + 8 * STRIDE);
    advance(&r, 1, 0.8); /* 1/55: still */
    advance(&r, 30, 0);
    assert_true(r.outlook.settled);
    advance(&r, 1, -0.8);
    advance(&r, 50, 0);
    assert_int_equal(r.settled, 1);
    advance(&r, 1, 1.8); /* 1/20 */
    advance(&r, 10, 0);
    assert_false(r.outlook.settled);
    advance(&r, 1, -1.8);
    advance(&r, 50, 0);
    assert_int_equal(r.settled, 2);
}

static void rest_needs_sixteen_updates_in_a_row_and_a_spectrum_near_one(void **state) {
    (void)state;
    run r = new_run(7);
    r.noise = 0;
    advance(&r, 100, 0);
    advance(&r, 1, -6);
    r.modulus = 0.85;
    advance(&r, 100, 0);
    assert_int_equal(r.settled, 0);
    for (int k = 0; k < 10; k++) {
        r.modulus = 0.99;
        advance(&r, 15, 0);
        assert_int_equal(r.settled, 0);
        r.modulus = 1.15;
        advance(&r, 1, 0);
    }
    r.modulus = 1.01;
    advance(&r, 16, 0);
    assert_int_equal(r.settled, 1);
    assert_int_equal(r.onset, r.step - 15 * STRIDE);
}

static size_t save(koop_outlook *o, uint8_t *bytes, size_t size) {
    koop_state s = koop_state_saving(bytes, size);
    koop_outlook_exchange(o, &s);
    assert_int_equal(s.status, KOOP_OK);
    return s.at;
}

static void loaded_outlook_goes_on_as_the_saved_one(void **state) {
    (void)state;
    static uint8_t bytes[4096], again[4096];
    for (int stop = 0; stop < 400; stop += stop < 10 ? 1 : 23) {
        run a = new_run(8);
        for (int k = 0; k < stop; k++) advance(&a, 1, k < 150 ? 0 : k < 250 ? 0.05 : -0.2);
        size_t size = save(&a.outlook, bytes, sizeof bytes);
        run b = a;
        b.outlook = (koop_outlook){0};
        koop_state s = koop_state_loading(bytes, size);
        koop_outlook_exchange(&b.outlook, &s);
        assert_int_equal(s.status, KOOP_OK);
        assert_int_equal(s.at, size);
        for (int k = 0; k < 100; k++) {
            advance(&a, 1, k < 60 ? -0.02 : 0.05);
            advance(&b, 1, k < 60 ? -0.02 : 0.05);
            assert_int_equal(a.diverged + 10 * a.settled, b.diverged + 10 * b.settled);
            assert_int_equal(a.onset, b.onset);
            assert_int_equal(a.outlook.diverging, b.outlook.diverging);
            assert_int_equal(a.outlook.settled, b.outlook.settled);
        }
        assert_int_equal(save(&a.outlook, bytes, sizeof bytes),
                         save(&b.outlook, again, sizeof again));
        assert_memory_equal(bytes, again, size);
    }
}

static void what_no_outlook_holds_is_refused(void **state) {
    (void)state;
    uint8_t bytes[4096];
    for (int k = 0; k < 5; k++) {
        run r = new_run(9);
        advance(&r, 50, 0);
        if (k == 0) r.outlook.held = KOOP_OUTLOOK_UPDATES + 1;
        if (k == 1) r.outlook.growth[31] = NAN;
        if (k == 2) r.outlook.updates = -1;
        if (k == 3) r.outlook.resting = 17;
        if (k == 4) r.outlook.recent[0] = INFINITY;
        koop_state s = koop_state_saving(bytes, sizeof bytes);
        koop_outlook_exchange(&r.outlook, &s);
        assert_int_equal(s.status, KOOP_BAD_MESSAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_is_told_once_with_its_beginning),
        cmocka_unit_test(divergence_ends_when_a_third_of_the_growth_is_lost),
        cmocka_unit_test(slow_growth_and_noise_do_not_diverge),
        cmocka_unit_test(steps_do_not_diverge),
        cmocka_unit_test(burst_at_the_beginning_and_growth_back_to_it_do_not_diverge),
        cmocka_unit_test(told_growth_does_not_diverge),
        cmocka_unit_test(learning_rate_is_remembered_where_it_is_told),
        cmocka_unit_test(last_update_of_a_condition_is_remembered),
        cmocka_unit_test(rest_is_told_once_and_ends_at_a_thirtieth),
        cmocka_unit_test(rest_needs_sixteen_updates_in_a_row_and_a_spectrum_near_one),
        cmocka_unit_test(loaded_outlook_goes_on_as_the_saved_one),
        cmocka_unit_test(what_no_outlook_holds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
