#include "golden.h"
#include "patience.h"

static void a_burst_may_come_and_then_so_many_a_millisecond(void **state) {
    (void)state;
    koop_patience patience = koop_patience_begin(1000);
    int taken = 0;
    while (koop_patience_take(&patience, 1000)) taken++;
    assert_int_equal(taken, KOOP_PATIENCE_BURST);
    assert_true(koop_patience_is_out(&patience, 1000));
    assert_false(koop_patience_is_out(&patience, 1010));
    for (taken = 0; koop_patience_take(&patience, 1010);) taken++;
    assert_int_equal(taken, 10 * KOOP_PATIENCE_PER_MS);
}

static void asking_changes_nothing(void **state) {
    (void)state;
    koop_patience patience = koop_patience_begin(0);
    while (koop_patience_take(&patience, 0)) continue;
    for (int i = 0; i < 100; i++) assert_false(koop_patience_is_out(&patience, 1));
    assert_true(koop_patience_take(&patience, 1));
    assert_false(koop_patience_take(&patience, 1));
}

static void what_is_saved_up_is_bounded(void **state) {
    (void)state;
    koop_patience patience = koop_patience_begin(0);
    int taken = 0;
    for (uint64_t seq = 1; seq < 100000; seq++) koop_patience_sent(&patience, seq);
    while (koop_patience_take(&patience, INT64_MAX / 2)) taken++;
    assert_int_equal(taken, KOOP_PATIENCE_BURST);
}

static void a_snapshot_may_be_answered_once_however_often_it_is_sent(void **state) {
    (void)state;
    koop_patience patience = koop_patience_begin(0);
    while (koop_patience_take(&patience, 0)) continue;
    koop_patience_sent(&patience, 7);
    koop_patience_sent(&patience, 7);
    koop_patience_sent(&patience, 3);
    int taken = 0;
    while (koop_patience_take(&patience, 0)) taken++;
    assert_int_equal(taken, KOOP_PATIENCE_PER_SNAPSHOT);
}

static void only_bad_ones_in_a_row_are_too_many(void **state) {
    (void)state;
    koop_patience patience = koop_patience_begin(0);
    for (int round = 0; round < 3; round++) {
        for (int i = 1; i < KOOP_PATIENCE_BAD; i++)
            assert_true(koop_patience_bear(&patience, false));
        assert_true(koop_patience_bear(&patience, true));
    }
    for (int i = 1; i < KOOP_PATIENCE_BAD; i++) assert_true(koop_patience_bear(&patience, false));
    assert_false(koop_patience_bear(&patience, false));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_may_come_and_then_so_many_a_millisecond),
        cmocka_unit_test(asking_changes_nothing),
        cmocka_unit_test(what_is_saved_up_is_bounded),
        cmocka_unit_test(a_snapshot_may_be_answered_once_however_often_it_is_sent),
        cmocka_unit_test(only_bad_ones_in_a_row_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
