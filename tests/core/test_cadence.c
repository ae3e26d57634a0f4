/* At which steps snapshots come: regular, some of them early or late, or another usual gap. */
#include "cadence.h"

#include "fixture.h"

enum { UPDATE = 4 };

/* `count` snapshots, `gap` apart. */
static void take(koop_cadence *c, int count, int64_t gap) {
    for (int i = 0; i < count; i++) koop_cadence_take(c, c->begun ? c->last + gap : 1000);
}

static koop_cadence regular(int64_t gap) {
    koop_cadence c = {0};
    take(&c, 100, gap);
    assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_REGULAR);
    assert_true(c.usual == (double)gap);
    return c;
}

static void nothing_and_one_snapshot_are_regular(void **state) {
    (void)state;
    koop_cadence c = {0};
    assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_REGULAR);
    take(&c, 1, 1);
    assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_REGULAR);
    take(&c, 1, 10);
    assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_REGULAR);
}

static void dropped_and_late_snapshots_are_irregular_for_their_update_only(void **state) {
    (void)state;
    static const int64_t odd[] = {20, 16, 6, 1, 160};
    for (int k = 0; k < 5; k++) {
        koop_cadence c = regular(10);
        take(&c, 1, odd[k]);
        assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_IRREGULAR);
        take(&c, UPDATE - 1, 10); /* still among the newest four */
        assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_IRREGULAR);
        take(&c, 1, 10);
        assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_REGULAR);
        assert_true(c.usual == 10);
    }
}

static void gaps_may_vary_by_half(void **state) {
    (void)state;
    koop_cadence c = regular(30);
    for (int k = 0; k < 50; k++) {
        take(&c, 1, k % 3 == 0 ? 45 : k % 3 == 1 ? 20 : 30);
        assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_REGULAR);
    }
}

/* When half of the 64 gaps are new: at once, or by way of the mean of old and new. */
static void another_interval_is_irregular_until_it_is_the_usual_one(void **state) {
    (void)state;
    static const int64_t other[] = {2, 20, 50};
    for (int k = 0; k < 3; k++) {
        koop_cadence c = regular(10);
        koop_cadence_state met[20];
        for (int i = 0; i < 20; i++) {
            take(&c, UPDATE, other[k]);
            met[i] = koop_cadence_judge(&c, UPDATE);
        }
        for (int i = 0; i < 7; i++) assert_int_equal(met[i], KOOP_CADENCE_IRREGULAR);
        assert_true(met[7] == KOOP_CADENCE_BROKEN || met[8] == KOOP_CADENCE_BROKEN);
        for (int i = 9; i < 20; i++) assert_int_equal(met[i], KOOP_CADENCE_REGULAR);
        assert_true(c.usual == (double)other[k]);
    }
}

static void trainer_that_begins_anew_or_pauses_long_breaks_the_cadence(void **state) {
    (void)state;
    static const int64_t jump[] = {-900, 0, 161};
    for (int k = 0; k < 3; k++) {
        koop_cadence c = regular(10);
        take(&c, 1, jump[k]);
        assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_BROKEN);
        assert_true(c.usual == 10);
        take(&c, UPDATE, 10);
        assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_REGULAR);
    }
}

static void steps_that_stand_still_are_never_regular(void **state) {
    (void)state;
    koop_cadence c = {0};
    for (int k = 0; k < 40; k++) {
        take(&c, UPDATE, 0);
        assert_int_equal(koop_cadence_judge(&c, UPDATE), KOOP_CADENCE_BROKEN);
    }
}

static koop_status exchange(koop_cadence *from, koop_cadence *to) {
    uint8_t bytes[1024];
    koop_state s = koop_state_saving(bytes, sizeof bytes);
    koop_cadence_exchange(from, &s);
    if (s.status != KOOP_OK) return s.status;
    koop_state loading = koop_state_loading(bytes, s.at);
    koop_cadence_exchange(to, &loading);
    assert_int_equal(loading.at, s.at);
    return loading.status;
}

static void loaded_cadence_goes_on_as_the_saved_one(void **state) {
    (void)state;
    for (int stop = 0; stop < 90; stop += 7) {
        koop_cadence a = {0}, b = {0};
        take(&a, stop, 10);
        koop_cadence_judge(&a, UPDATE);
        assert_int_equal(exchange(&a, &b), KOOP_OK);
        for (int k = 0; k < 40; k++) {
            take(&a, UPDATE, k < 20 ? 10 : 30);
            take(&b, UPDATE, k < 20 ? 10 : 30);
            assert_int_equal(koop_cadence_judge(&a, UPDATE), koop_cadence_judge(&b, UPDATE));
        }
        assert_memory_equal(&a, &b, sizeof a);
    }
}

/* From one end of the steps to the other and back. */
static void any_steps_can_be_saved(void **state) {
    (void)state;
    koop_cadence a = {0}, b = {0};
    for (int k = 0; k < 100; k++) {
        koop_cadence_take(&a, k % 2 ? INT64_MAX : INT64_MIN);
        koop_cadence_judge(&a, UPDATE);
        assert_int_equal(exchange(&a, &b), KOOP_OK);
    }
}

static void what_no_cadence_holds_is_refused(void **state) {
    (void)state;
    for (int k = 0; k < 4; k++) {
        koop_cadence a = regular(10), b = {0};
        if (k == 0) a.held = KOOP_CADENCE_GAPS + 1;
        if (k == 1) a.gap[5] = NAN;
        if (k == 2) a.usual = -1;
        if (k == 3) a.held = -1;
        assert_int_equal(exchange(&a, &b), KOOP_BAD_MESSAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_one_snapshot_are_regular),
        cmocka_unit_test(dropped_and_late_snapshots_are_irregular_for_their_update_only),
        cmocka_unit_test(gaps_may_vary_by_half),
        cmocka_unit_test(another_interval_is_irregular_until_it_is_the_usual_one),
        cmocka_unit_test(trainer_that_begins_anew_or_pauses_long_breaks_the_cadence),
        cmocka_unit_test(steps_that_stand_still_are_never_regular),
        cmocka_unit_test(loaded_cadence_goes_on_as_the_saved_one),
        cmocka_unit_test(any_steps_can_be_saved),
        cmocka_unit_test(what_no_cadence_holds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
