#include "close.h"
#include "rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void same_seed_gives_the_same_numbers(void **state) {
    (void)state;
    kit_rng a = kit_rng_seed(0), b = kit_rng_seed(0), c = kit_rng_seed(1);
    int different = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t x = kit_rng_next(&a);
        assert_true(x == kit_rng_next(&b));
        different += x != kit_rng_next(&c);
    }
    assert_int_equal(different, 100);
}

/* The state after splitmix64(0), whose first outputs are published with the generator, and then
 * xoshiro256++ by hand: rotl(s0 + s3, 23) + s0. */
static void seed_zero_fills_the_state_from_splitmix64(void **state) {
    (void)state;
    kit_rng rng = kit_rng_seed(0);
    assert_true(rng.state[0] == 0xe220a8397b1dcdafu);
    assert_true(rng.state[1] == 0x6e789e6aa1b965f4u);
    assert_true(rng.state[2] == 0x06c45d188009454fu);
    assert_true(rng.state[3] == 0xf88bb8a8724c81ecu);
    uint64_t sum = rng.state[0] + rng.state[3];
    assert_true(kit_rng_next(&rng) == ((sum << 23) | (sum >> 41)) + 0xe220a8397b1dcdafu);
}

static void below_covers_its_range_evenly(void **state) {
    (void)state;
    enum { N = 7, DRAWS = 70000 };
    kit_rng rng = kit_rng_seed(2);
    int hits[N] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t k = kit_rng_below(&rng, N);
        assert_true(k < N);
        hits[k]++;
    }
    for (int k = 0; k < N; k++) assert_in_range(hits[k], 9400, 10600); /* six deviations */
    assert_true(kit_rng_below(&rng, 1) == 0);
}

static void symmetric_covers_minus_one_to_one_evenly(void **state) {
    (void)state;
    enum { N = 200000 };
    kit_rng rng = kit_rng_seed(4);
    double sum = 0, squares = 0, lowest = 0, highest = 0;
    for (int i = 0; i < N; i++) {
        double x = kit_rng_symmetric(&rng);
        sum += x;
        squares += x * x;
        lowest = fmin(lowest, x);
        highest = fmax(highest, x);
    }
    assert_true(lowest >= -1 && lowest < -0.999 && highest < 1 && highest > 0.999);
    assert_close(sum / N, 0, 0.008);
    assert_close(squares / N, 1.0 / 3, 0.005);
}

static void normals_have_the_moments_of_the_normal_distribution(void **state) {
    (void)state;
    enum { N = 200000 };
    kit_rng rng = kit_rng_seed(3);
    double sum[5] = {0};
    for (int i = 0; i < N; i++) {
        double x = kit_rng_normal(&rng), power = 1;
        for (int k = 1; k < 5; k++) sum[k] += power *= x;
    }
    assert_close(sum[1] / N, 0, 0.015);
    assert_close(sum[2] / N, 1, 0.02);
    assert_close(sum[3] / N, 0, 0.06);
    assert_close(sum[4] / N, 3, 0.15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_the_same_numbers),
        cmocka_unit_test(seed_zero_fills_the_state_from_splitmix64),
        cmocka_unit_test(below_covers_its_range_evenly),
        cmocka_unit_test(symmetric_covers_minus_one_to_one_evenly),
        cmocka_unit_test(normals_have_the_moments_of_the_normal_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
