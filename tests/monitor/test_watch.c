#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char run_a[] = "000102030405060708090a0b0c0d0e0f", run_b[] = "ff";

static void an_id_is_of_run_rule_kind_and_number(void **state) {
    (void)state;
    char id[6][KOOP_ALERT_ID_BYTES];
    koop_watch_id(run_a, "a", KOOP_ALERT_STALLED, 1, id[0]);
    koop_watch_id(run_b, "a", KOOP_ALERT_STALLED, 1, id[1]);
    koop_watch_id(run_a, "b", KOOP_ALERT_STALLED, 1, id[2]);
    koop_watch_id(run_a, "a", KOOP_ALERT_SETTLED, 1, id[3]);
    koop_watch_id(run_a, "a", KOOP_ALERT_STALLED, 2, id[4]);
    koop_watch_id(run_a, "a", KOOP_ALERT_STALLED, 1, id[5]);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(strspn(id[i], "0123456789abcdef"), 32);
        for (int j = 0; j < i; j++) assert_string_not_equal(id[i], id[j]);
    }
    assert_string_equal(id[5], id[0]);
}

static void an_event_is_considered_once(void **state) {
    (void)state;
    koop_watch *watch = koop_watch_new(run_a);
    watch->seq = 10; /* watched from here on */
    assert_false(koop_watch_consider(watch, 9, KOOP_ALERT_TRANSITION));
    assert_false(koop_watch_consider(watch, 10, KOOP_ALERT_TRANSITION));
    assert_true(koop_watch_consider(watch, 12, KOOP_ALERT_TRANSITION));
    assert_false(koop_watch_consider(watch, 12, KOOP_ALERT_TRANSITION));
    assert_true(koop_watch_consider(watch, 12, KOOP_ALERT_SETTLED));
    assert_false(koop_watch_consider(watch, 12, KOOP_ALERT_SETTLED));
    assert_true(koop_watch_consider(watch, 13, KOOP_ALERT_TRANSITION));
    assert_false(koop_watch_consider(watch, 12, KOOP_ALERT_DIVERGING));
    koop_watch_free(watch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_of_run_rule_kind_and_number),
        cmocka_unit_test(an_event_is_considered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
