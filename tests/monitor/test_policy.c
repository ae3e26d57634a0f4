#include "policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const int64_t start_ms = 1700000000000;

static koop_policy policy;
static uint64_t number;

static int set_up(void **state) {
    (void)state;
    memset(&policy, 0, sizeof policy);
    number = 0;
    return 0;
}

static bool raise_at(int64_t ms, koop_alert_kind kind, int64_t cooldown_ms, uint64_t *suppressed) {
    uint64_t left_out = 0;
    const bool sent =
        koop_policy_raise(&policy, kind, ++number, cooldown_ms, start_ms + ms, &left_out);
    if (suppressed) *suppressed = left_out;
    return sent;
}

static void end_at(int64_t ms, koop_alert_kind kind) {
    koop_policy_end(&policy, kind, start_ms + ms);
}

/* The number of what is resolved then; 0: nothing. */
static uint64_t resolved_at(int64_t ms, int64_t cooldown_ms) {
    koop_alert_kind kind;
    uint64_t which = 0;
    koop_policy_resolve(&policy, cooldown_ms, start_ms + ms, &kind, &which);
    return which;
}

/* Notifications of a condition that comes every `period` and is over in the middle of it, for ten
 * minutes, and of the two hours after. */
static int oscillate(koop_alert_kind kind, int64_t cooldown_ms, int64_t period_ms) {
    int told = 0;
    for (int64_t ms = 0; ms < 2 * HOUR; ms += SECOND) {
        const bool goes_on = ms < 10 * MINUTE;
        if (goes_on && ms % period_ms == 0) told += raise_at(ms, kind, cooldown_ms, NULL);
        if (ms % period_ms == period_ms / 2) end_at(ms, kind);
        told += resolved_at(ms, cooldown_ms) > 0;
    }
    return told;
}

static void a_signal_that_oscillates_for_ten_minutes_is_told_at_most_twice(void **state) {
    static const int64_t cooldowns[] = {1 * MINUTE, 5 * MINUTE, 10 * MINUTE, 1 * HOUR};
    static const int64_t periods[] = {2 * SECOND, 10 * SECOND, 58 * SECOND};
    for (size_t c = 0; c < sizeof cooldowns / sizeof *cooldowns; c++) {
        for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
            set_up(state);
            const int told = oscillate(KOOP_ALERT_TRANSITION, cooldowns[c], periods[p]);
            print_message("cooldown %4d s, period %2d s: %d notifications\n",
                          (int)(cooldowns[c] / SECOND), (int)(periods[p] / SECOND), told);
            assert_in_range(told, 1, 2);
            assert_false(policy.of[KOOP_ALERT_TRANSITION].open);
        }
    }
}

static void what_goes_to_and_fro_for_ever_is_told_once_an_hour(void **state) {
    (void)state;
    int told = 0;
    for (int64_t ms = 0; ms < 24 * HOUR; ms += 10 * SECOND)
        told += raise_at(ms, KOOP_ALERT_STALLED, MINUTE, NULL);
    assert_int_equal(told, 24);
}

static void what_comes_again_within_the_cooldown_is_counted_and_told_later(void **state) {
    (void)state;
    uint64_t suppressed = 9;
    assert_true(raise_at(0, KOOP_ALERT_TRANSITION, MINUTE, &suppressed));
    assert_int_equal(suppressed, 0);
    assert_false(raise_at(30 * SECOND, KOOP_ALERT_TRANSITION, MINUTE, NULL));
    assert_false(raise_at(80 * SECOND, KOOP_ALERT_TRANSITION, MINUTE, NULL));
    assert_true(raise_at(140 * SECOND, KOOP_ALERT_TRANSITION, MINUTE, &suppressed));
    assert_int_equal(suppressed, 2);
    assert_true(raise_at(200 * SECOND, KOOP_ALERT_TRANSITION, MINUTE, &suppressed));
    assert_int_equal(suppressed, 0);
}

static void kinds_do_not_cool_each_other_down(void **state) {
    (void)state;
    assert_true(raise_at(0, KOOP_ALERT_TRANSITION, HOUR, NULL));
    assert_true(raise_at(1, KOOP_ALERT_DIVERGING, HOUR, NULL));
    assert_false(raise_at(2, KOOP_ALERT_TRANSITION, HOUR, NULL));
}

static void without_a_cooldown_all_is_sent_and_resolved_at_once(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_true(raise_at(i, KOOP_ALERT_STALLED, 0, NULL));
        end_at(i, KOOP_ALERT_STALLED);
        assert_int_equal(resolved_at(i, 0), number);
    }
}

static void the_same_number_again_is_the_same_alert(void **state) {
    (void)state;
    uint64_t suppressed;
    assert_true(koop_policy_raise(&policy, KOOP_ALERT_SETTLED, 7, 0, start_ms, &suppressed));
    for (int i = 1; i < 4; i++)
        assert_false(
            koop_policy_raise(&policy, KOOP_ALERT_SETTLED, 7, 0, start_ms + i * HOUR, &suppressed));
    assert_int_equal(policy.of[KOOP_ALERT_SETTLED].suppressed, 0);
}

static void what_has_ended_and_stays_quiet_is_resolved_once_by_its_number(void **state) {
    (void)state;
    assert_true(raise_at(0, KOOP_ALERT_STALLED, MINUTE, NULL));
    const uint64_t first = number;
    assert_int_equal(resolved_at(HOUR / 2, MINUTE), 0); /* it goes on */
    end_at(HOUR / 2, KOOP_ALERT_STALLED);
    assert_int_equal(resolved_at(HOUR / 2 + 59 * SECOND, MINUTE), 0);
    /* Again before it was quiet for long enough: the same condition still. */
    assert_false(raise_at(HOUR / 2 + 59 * SECOND, KOOP_ALERT_STALLED, MINUTE, NULL));
    assert_int_equal(resolved_at(HOUR / 2 + 3 * MINUTE, MINUTE), 0);
    end_at(HOUR / 2 + 4 * MINUTE, KOOP_ALERT_STALLED);
    end_at(HOUR / 2 + 5 * MINUTE - 1, KOOP_ALERT_STALLED);
    assert_int_equal(resolved_at(HOUR / 2 + 5 * MINUTE, MINUTE), first);
    assert_int_equal(resolved_at(HOUR / 2 + 6 * MINUTE, MINUTE), 0);
    assert_true(raise_at(HOUR / 2 + 7 * MINUTE, KOOP_ALERT_STALLED, MINUTE, NULL));
}

static void what_goes_on_after_all_is_not_resolved(void **state) {
    (void)state;
    assert_true(raise_at(0, KOOP_ALERT_TRANSITION, MINUTE, NULL));
    for (int64_t ms = MINUTE; ms < HOUR; ms += MINUTE) {
        end_at(ms - 2 * SECOND, KOOP_ALERT_TRANSITION);
        koop_policy_go_on(&policy, KOOP_ALERT_TRANSITION);
        end_at(ms - SECOND, KOOP_ALERT_TRANSITION);
        assert_int_equal(resolved_at(ms, MINUTE), 0);
    }
    assert_int_equal(resolved_at(HOUR, MINUTE), number);
}

static void what_was_not_sent_is_not_resolved(void **state) {
    (void)state;
    end_at(0, KOOP_ALERT_STALLED);
    assert_int_equal(resolved_at(HOUR, MINUTE), 0);
    assert_true(raise_at(HOUR, KOOP_ALERT_STALLED, MINUTE, NULL));
    koop_policy_lost(&policy, KOOP_ALERT_STALLED, start_ms + HOUR);
    end_at(HOUR, KOOP_ALERT_STALLED);
    assert_int_equal(resolved_at(2 * HOUR, MINUTE), 0);
    assert_false(policy.of[KOOP_ALERT_STALLED].open);
}

static void the_bucket_bounds_what_no_cooldown_does(void **state) {
    (void)state;
    int sent = 0;
    for (int64_t ms = 0; ms < HOUR; ms += SECOND)
        sent += raise_at(ms, KOOP_ALERT_TRANSITION, 0, NULL);
    assert_in_range(sent, KOOP_POLICY_BURST + KOOP_POLICY_PER_HOUR - 1,
                    KOOP_POLICY_BURST + KOOP_POLICY_PER_HOUR);
    uint64_t suppressed = 0;
    assert_true(raise_at(2 * HOUR, KOOP_ALERT_TRANSITION, 0, &suppressed));
    assert_in_range(suppressed, 1, 3600 - sent);
}

static void what_is_resolved_waits_for_a_token(void **state) {
    (void)state;
    assert_true(raise_at(0, KOOP_ALERT_STALLED, 0, NULL));
    const uint64_t stalled = number;
    while (raise_at(0, KOOP_ALERT_TRANSITION, 0, NULL)) continue;
    end_at(1, KOOP_ALERT_STALLED);
    assert_int_equal(resolved_at(SECOND, 0), 0);
    assert_int_equal(resolved_at(2 * MINUTE, 0), stalled);
}

static void a_clock_that_is_set_back_stands_still(void **state) {
    (void)state;
    assert_true(raise_at(24 * HOUR, KOOP_ALERT_TRANSITION, MINUTE, NULL));
    assert_false(raise_at(0, KOOP_ALERT_TRANSITION, MINUTE, NULL));
    assert_true(raise_at(MINUTE, KOOP_ALERT_TRANSITION, MINUTE, NULL));
    assert_true(raise_at(3 * MINUTE, KOOP_ALERT_DIVERGING, MINUTE, NULL));
}

static size_t save(const koop_policy *from, uint8_t *bytes, size_t size) {
    koop_policy copy = *from;
    koop_state saving = koop_state_saving(bytes, size);
    koop_policy_exchange(&copy, &saving);
    assert_int_equal(saving.status, KOOP_OK);
    return saving.at;
}

static void what_was_saved_goes_on_as_it_was(void **state) {
    (void)state;
    uint8_t bytes[1024];
    raise_at(0, KOOP_ALERT_STALLED, HOUR, NULL);
    raise_at(1, KOOP_ALERT_STALLED, HOUR, NULL);
    end_at(2, KOOP_ALERT_STALLED);
    raise_at(3, KOOP_ALERT_DIVERGING, HOUR, NULL);
    const size_t size = save(&policy, bytes, sizeof bytes);
    koop_policy loaded = {0};
    koop_state loading = koop_state_loading(bytes, size);
    koop_policy_exchange(&loaded, &loading);
    assert_int_equal(loading.status, KOOP_OK);
    assert_int_equal(loading.at, size);
    uint8_t again[1024];
    assert_int_equal(save(&loaded, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    policy = loaded;
    assert_false(raise_at(4, KOOP_ALERT_STALLED, HOUR, NULL));
    assert_int_equal(policy.of[KOOP_ALERT_STALLED].suppressed, 2);
}

static void bytes_that_are_no_policy_are_refused(void **state) {
    (void)state;
    uint8_t bytes[1024];
    raise_at(0, KOOP_ALERT_STALLED, HOUR, NULL);
    const size_t size = save(&policy, bytes, sizeof bytes);
    koop_policy loaded = {0};
    for (size_t cut = 0; cut < size; cut++) {
        koop_state loading = koop_state_loading(bytes, cut);
        koop_policy_exchange(&loaded, &loading);
        assert_int_equal(loading.status, KOOP_BAD_MESSAGE);
        memset(&loaded, 0, sizeof loaded);
    }
    memset(bytes, 0xff, sizeof bytes);
    koop_state loading = koop_state_loading(bytes, sizeof bytes);
    koop_policy_exchange(&loaded, &loading);
    assert_int_equal(loading.status, KOOP_BAD_MESSAGE);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_signal_that_oscillates_for_ten_minutes_is_told_at_most_twice),
        TEST(what_goes_to_and_fro_for_ever_is_told_once_an_hour),
        TEST(what_comes_again_within_the_cooldown_is_counted_and_told_later),
        TEST(kinds_do_not_cool_each_other_down),
        TEST(without_a_cooldown_all_is_sent_and_resolved_at_once),
        TEST(the_same_number_again_is_the_same_alert),
        TEST(what_has_ended_and_stays_quiet_is_resolved_once_by_its_number),
        TEST(what_goes_on_after_all_is_not_resolved),
        TEST(what_was_not_sent_is_not_resolved),
        TEST(the_bucket_bounds_what_no_cooldown_does),
        TEST(what_is_resolved_waits_for_a_token),
        TEST(a_clock_that_is_set_back_stands_still),
        TEST(what_was_saved_goes_on_as_it_was),
        TEST(bytes_that_are_no_policy_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
