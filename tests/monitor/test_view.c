#include "view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static koop_view view;

static const char *name_of(koop_series series) {
    const koop_view_scalar *scalar = koop_view_scalar_of(&view, series);
    return scalar ? scalar->name : "none";
}

static void give(int n, const char *const *names) {
    view.n_scalars = n;
    for (int i = 0; i < n; i++) strcpy(view.scalars[i].name, names[i]);
}

static void loss_is_the_one_called_loss_else_the_first_that_is_no_accuracy(void **state) {
    (void)state;
    give(3, (const char *const[]){"train_accuracy", "perplexity", "loss"});
    assert_string_equal(name_of(KOOP_SERIES_LOSS), "loss");
    give(2, (const char *const[]){"train_accuracy", "perplexity"});
    assert_string_equal(name_of(KOOP_SERIES_LOSS), "perplexity");
    give(1, (const char *const[]){"acc"});
    assert_string_equal(name_of(KOOP_SERIES_LOSS), "none");
}

static void held_out_accuracy_goes_before_any_other(void **state) {
    (void)state;
    give(3, (const char *const[]){"loss", "train_accuracy", "val_acc"});
    assert_string_equal(name_of(KOOP_SERIES_ACCURACY), "val_acc");
    give(2, (const char *const[]){"loss", "train_accuracy"});
    assert_string_equal(name_of(KOOP_SERIES_ACCURACY), "train_accuracy");
    give(2, (const char *const[]){"loss", "test_loss"});
    assert_string_equal(name_of(KOOP_SERIES_ACCURACY), "none");
}

static void name_says_what_is_held_out_only_as_a_word(void **state) {
    (void)state;
    static const char *const held_out[] = {
        "test_loss",  "test",    "testAcc",   "test/loss", "val_acc",         "val2",
        "valid-loss", "valLoss", "eval.loss", "eval%20l",  "validation_loss", "evaluation"};
    static const char *const trained[] = {"value_loss", "values",    "valve", "testament",
                                          "evaluated",  "loss_test", "",      "validity"};
    for (size_t i = 0; i < sizeof held_out / sizeof *held_out; i++)
        assert_true(koop_view_is_held_out(held_out[i]));
    for (size_t i = 0; i < sizeof trained / sizeof *trained; i++)
        assert_false(koop_view_is_held_out(trained[i]));
}

static void other_series_are_no_scalars(void **state) {
    (void)state;
    give(1, (const char *const[]){"speed"});
    assert_string_equal(name_of(KOOP_SERIES_SPEED), "none");
}

static void every_series_and_state_has_a_name_of_its_own(void **state) {
    (void)state;
    for (int i = 0; i < KOOP_SERIES_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(koop_series_name((koop_series)i),
                                    koop_series_name((koop_series)j));
    for (int i = KOOP_RUN_LIVE; i <= KOOP_RUN_FINISHED; i++)
        for (int j = KOOP_RUN_LIVE; j < i; j++)
            assert_string_not_equal(koop_run_state_name((koop_run_state)i),
                                    koop_run_state_name((koop_run_state)j));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_is_the_one_called_loss_else_the_first_that_is_no_accuracy),
        cmocka_unit_test(held_out_accuracy_goes_before_any_other),
        cmocka_unit_test(name_says_what_is_held_out_only_as_a_word),
        cmocka_unit_test(other_series_are_no_scalars),
        cmocka_unit_test(every_series_and_state_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
