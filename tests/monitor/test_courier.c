#include "courier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void delays_double_up_to_five_minutes_and_heed_the_server(void **state) {
    (void)state;
    int64_t base_ms = 1000;
    for (int tries = 1; tries < 40; tries++) {
        for (uint64_t number = 1; number < 200; number++)
            assert_in_range(koop_courier_delay_ms(number, tries, 0), base_ms * 3 / 4,
                            base_ms * 5 / 4);
        base_ms = base_ms * 2 > KOOP_COURIER_LONGEST_MS ? KOOP_COURIER_LONGEST_MS : base_ms * 2;
    }
    assert_int_equal(koop_courier_delay_ms(1, 1, 77), 77000);
    assert_int_equal(koop_courier_delay_ms(3, 4, 0), koop_courier_delay_ms(3, 4, 0));
    int different = 0;
    for (uint64_t number = 1; number < 100; number++)
        different += koop_courier_delay_ms(number, 9, 0) != koop_courier_delay_ms(number + 1, 9, 0);
    assert_true(different > 90);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_five_minutes_and_heed_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
