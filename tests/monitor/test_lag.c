#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lag.h"

enum { HOUR = 3600000, UNIX = 1700000000 };

/* Both clocks, true time in milliseconds since the test began, and how far they are set off. */
typedef struct clocks {
    int64_t trainer, daemon;
} clocks;

static int64_t unix_at(int64_t ms, int64_t set_off) {
    return (int64_t)UNIX * 1000 + ms + set_off;
}

/* Published at `from`, taken at `to`: what is shown. */
static int64_t shown(koop_lag *lag, const clocks *c, int64_t from, int64_t to) {
    koop_lag_note(lag, unix_at(from, c->trainer), unix_at(to, c->daemon), to);
    return koop_lag_ms(lag, unix_at(to, c->daemon), to);
}

static void nothing_came_is_no_lag(void **state) {
    (void)state;
    koop_lag lag = {0};
    assert_int_equal(koop_lag_ms(&lag, unix_at(0, 0), 0), 0);
}

static void agreeing_clocks_tell_the_time_under_way(void **state) {
    (void)state;
    koop_lag lag = {0};
    const clocks c = {0, 0};
    assert_int_equal(shown(&lag, &c, 0, 30), 30);
    assert_int_equal(koop_lag_ms(&lag, unix_at(530, 0), 530), 530); /* not computed yet */
    assert_int_equal(shown(&lag, &c, 1000, 61000), 60000);          /* a long one is a long one */
    assert_int_equal(shown(&lag, &c, 61100, 61110), 10);
}

static void the_daemons_clock_may_be_set(void **state) {
    (void)state;
    koop_lag lag = {0};
    clocks c = {0, 0};
    shown(&lag, &c, 0, 30);
    c.daemon = HOUR;
    assert_int_equal(shown(&lag, &c, 100, 140), 40);
    c.daemon = -HOUR;
    assert_int_equal(koop_lag_ms(&lag, unix_at(150, c.daemon), 150), 50);
    assert_int_equal(shown(&lag, &c, 200, 220), 20);
    c.daemon = 0;
    assert_int_equal(shown(&lag, &c, 300, 310), 10);
}

static void the_trainers_clock_may_be_set(void **state) {
    (void)state;
    koop_lag lag = {0};
    clocks c = {0, 0};
    shown(&lag, &c, 0, 30);
    c.trainer = -HOUR; /* this one counts for as long as the one before, whatever the pause */
    assert_int_equal(shown(&lag, &c, 600000, 600030), 30);
    assert_int_equal(shown(&lag, &c, 600100, 600150), 50);
    c.trainer = HOUR;
    assert_int_equal(shown(&lag, &c, 600200, 600220), 0);
    c.trainer = 0;
    assert_in_range(shown(&lag, &c, 600300, 600310), 0, 20);
}

static void the_machines_clock_may_be_set_for_both(void **state) {
    (void)state;
    koop_lag lag = {0};
    for (int64_t step = -2 * HOUR; step <= 2 * HOUR; step += HOUR) {
        const clocks before = {step - HOUR, step}, after = {step, step};
        lag = (koop_lag){0};
        shown(&lag, &(clocks){step - HOUR, step - HOUR}, 0, 30);
        assert_in_range(shown(&lag, &before, 40, 70), 0, 30); /* published before, taken after */
        assert_in_range(shown(&lag, &after, 140, 170), 0, 100);
    }
}

static void a_clock_that_drifts_is_left_alone(void **state) {
    (void)state;
    koop_lag lag = {0};
    clocks c = {0, 0};
    for (int i = 0; i < 1000; i++, c.daemon++)
        assert_int_equal(shown(&lag, &c, 100 * i, 100 * i + 20), 20 + c.daemon);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_came_is_no_lag),
        cmocka_unit_test(agreeing_clocks_tell_the_time_under_way),
        cmocka_unit_test(the_daemons_clock_may_be_set),
        cmocka_unit_test(the_trainers_clock_may_be_set),
        cmocka_unit_test(the_machines_clock_may_be_set_for_both),
        cmocka_unit_test(a_clock_that_drifts_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
