#include "data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

enum { P = 11 };

static grok_data make(double frac, bool random_labels, uint64_t seed) {
    grok_data data;
    assert_int_equal(grok_data_new(&data, P, frac, random_labels, kit_rng_seed(seed)), KOOP_OK);
    return data;
}

static void every_pair_is_on_exactly_one_side(void **state) {
    (void)state;
    grok_data data = make(0.3, false, 1);
    assert_int_equal(data.n_train, 36); /* floor(0.3·121) */
    assert_int_equal(data.n_train + data.n_test, P * P);
    int seen[P][P] = {{0}};
    for (int i = 0; i < data.n_train; i++) seen[data.train[i].a][data.train[i].b]++;
    for (int i = 0; i < data.n_test; i++) seen[data.test[i].a][data.test[i].b]++;
    for (int a = 0; a < P; a++)
        for (int b = 0; b < P; b++) assert_int_equal(seen[a][b], 1);
    grok_data_free(&data);
}

static void answers_are_sums_modulo_p(void **state) {
    (void)state;
    grok_data data = make(0.5, false, 2);
    for (int i = 0; i < P * P; i++)
        assert_int_equal(data.train[i].answer, (data.train[i].a + data.train[i].b) % P);
    grok_data_free(&data);
}

static void another_seed_gives_another_split_and_the_same_seed_the_same(void **state) {
    (void)state;
    grok_data first = make(0.5, false, 3), again = make(0.5, false, 3), other = make(0.5, false, 4);
    size_t bytes = (size_t)first.n_train * sizeof *first.train;
    assert_memory_equal(first.train, again.train, bytes);
    assert_memory_not_equal(first.train, other.train, bytes);
    grok_data_free(&first);
    grok_data_free(&again);
    grok_data_free(&other);
}

static void random_labels_keep_the_split_and_lose_the_sums(void **state) {
    (void)state;
    grok_data sums = make(0.5, false, 5), random = make(0.5, true, 5);
    int right = 0;
    for (int i = 0; i < P * P; i++) {
        assert_int_equal(random.train[i].a, sums.train[i].a);
        assert_int_equal(random.train[i].b, sums.train[i].b);
        assert_in_range(random.train[i].answer, 0, P - 1);
        right += random.train[i].answer == sums.train[i].answer;
    }
    assert_in_range(right, 0, 30); /* 11 expected; 30 is six standard deviations away */
    grok_data_free(&sums);
    grok_data_free(&random);
}

static void split_without_training_or_test_pairs_is_refused(void **state) {
    (void)state;
    grok_data data;
    const double bad[] = {0, 1, -0.5, 1.5, 1e-9};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(grok_data_new(&data, P, bad[i], false, kit_rng_seed(0)),
                         KOOP_BAD_ARGUMENT);
    assert_int_equal(grok_data_new(&data, 1, 0.5, false, kit_rng_seed(0)), KOOP_BAD_ARGUMENT);
    assert_int_equal(grok_data_new(&data, GROK_MAX_P + 1, 0.5, false, kit_rng_seed(0)),
                     KOOP_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_is_on_exactly_one_side),
        cmocka_unit_test(answers_are_sums_modulo_p),
        cmocka_unit_test(another_seed_gives_another_split_and_the_same_seed_the_same),
        cmocka_unit_test(random_labels_keep_the_split_and_lose_the_sums),
        cmocka_unit_test(split_without_training_or_test_pairs_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
