#include "answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void an_answer_is_found_while_it_is_young(void **state) {
    (void)state;
    koop_answers answers = {.next = 0};
    assert_null(koop_answers_find(&answers, "runs", 1000));
    const koop_answer *kept = koop_answers_keep(&answers, "runs", strdup("{\"runs\":[]}"), 1000);
    assert_int_equal(kept->size, 11);
    assert_ptr_equal(koop_answers_find(&answers, "runs", 1000 + KOOP_ANSWERS_MS - 1), kept);
    assert_null(koop_answers_find(&answers, "runs", 1000 + KOOP_ANSWERS_MS));
    assert_null(koop_answers_find(&answers, "status", 1000));
    koop_answers_clear(&answers);
    assert_null(koop_answers_find(&answers, "runs", 1000));
}

static void the_newest_are_kept(void **state) {
    (void)state;
    koop_answers answers = {.next = 0};
    char key[8];
    for (int i = 0; i <= KOOP_ANSWERS_KEPT; i++) {
        snprintf(key, sizeof key, "%d", i);
        koop_answers_keep(&answers, key, strdup(key), 1000);
    }
    assert_null(koop_answers_find(&answers, "0", 1000));
    for (int i = 1; i <= KOOP_ANSWERS_KEPT; i++) {
        snprintf(key, sizeof key, "%d", i);
        const koop_answer *kept = koop_answers_find(&answers, key, 1000);
        assert_non_null(kept);
        assert_string_equal(kept->text, key);
    }
    koop_answers_clear(&answers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_found_while_it_is_young),
        cmocka_unit_test(the_newest_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
