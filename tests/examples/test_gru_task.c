#include "task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

enum { N = 200, K = 5, LENGTH = 7 };

static gru_strings draw(bool random_answers, uint64_t seed) {
    const gru_task task = {.symbols = K, .length = LENGTH, .random_answers = random_answers};
    gru_strings strings;
    assert_int_equal(gru_strings_new(&strings, &task, N), KOOP_OK);
    kit_rng rng = kit_rng_seed(seed);
    gru_strings_draw(&strings, &task, &rng);
    return strings;
}

static void answers_are_the_first_symbols(void **state) {
    (void)state;
    gru_strings strings = draw(false, 1);
    for (int i = 0; i < N; i++) assert_int_equal(strings.answers[i], strings.symbols[i]);
    gru_strings_free(&strings);
}

static void every_symbol_stands_at_every_place(void **state) {
    (void)state;
    gru_strings strings = draw(false, 2);
    for (int t = 0; t < LENGTH; t++) {
        int count[K] = {0};
        for (int i = 0; i < N; i++) {
            assert_in_range(strings.symbols[t * N + i], 0, K - 1);
            count[strings.symbols[t * N + i]]++;
        }
        /* 40 expected; 6 standard deviations of sqrt(200·0.2·0.8) */
        for (int k = 0; k < K; k++) assert_in_range(count[k], 6, 74);
    }
    gru_strings_free(&strings);
}

static void random_answers_keep_the_strings_and_lose_the_first_symbol(void **state) {
    (void)state;
    gru_strings first = draw(false, 3), random = draw(true, 3);
    assert_memory_equal(first.symbols, random.symbols, (size_t)N * LENGTH);
    int right = 0;
    for (int i = 0; i < N; i++) {
        assert_in_range(random.answers[i], 0, K - 1);
        right += random.answers[i] == first.answers[i];
    }
    assert_in_range(right, 6, 74);
    gru_strings_free(&first);
    gru_strings_free(&random);
}

static void every_draw_is_another_one_and_the_same_seed_gives_the_same(void **state) {
    (void)state;
    gru_strings first = draw(false, 4), again = draw(false, 4), other = draw(false, 5);
    const size_t size = (size_t)N * LENGTH;
    assert_memory_equal(first.symbols, again.symbols, size);
    assert_memory_not_equal(first.symbols, other.symbols, size);
    const gru_task task = {.symbols = K, .length = LENGTH};
    kit_rng rng = kit_rng_seed(4);
    gru_strings_draw(&again, &task, &rng);
    assert_memory_equal(first.symbols, again.symbols, size);
    gru_strings_draw(&again, &task, &rng);
    assert_memory_not_equal(first.symbols, again.symbols, size);
    gru_strings_free(&first);
    gru_strings_free(&again);
    gru_strings_free(&other);
}

static void strings_that_cannot_be_are_refused(void **state) {
    (void)state;
    gru_strings strings;
    const gru_task bad[] = {{1, 4, false},
                            {GRU_MAX_SYMBOLS + 1, 4, false},
                            {4, 0, false},
                            {4, GRU_MAX_LENGTH + 1, false}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(gru_strings_new(&strings, &bad[i], N), KOOP_BAD_ARGUMENT);
    const gru_task good = {4, 4, false};
    assert_int_equal(gru_strings_new(&strings, &good, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(gru_strings_new(&strings, &good, GRU_MAX_STRINGS + 1), KOOP_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_the_first_symbols),
        cmocka_unit_test(every_symbol_stands_at_every_place),
        cmocka_unit_test(random_answers_keep_the_strings_and_lose_the_first_symbol),
        cmocka_unit_test(every_draw_is_another_one_and_the_same_seed_gives_the_same),
        cmocka_unit_test(strings_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
