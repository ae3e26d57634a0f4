#include "digits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "generated.h"

static kit_images draw(size_t n, uint64_t seed) {
    kit_images images;
    assert_int_equal(kit_digits_draw(&images, n, seed), KOOP_OK);
    assert_int_equal(images.n, n);
    assert_int_equal(images.channels, 1);
    assert_int_equal(images.height, 28);
    assert_int_equal(images.width, 28);
    assert_int_equal(images.classes, 10);
    return images;
}

static void digits_of_a_seed_are_equal_everywhere_and_those_of_another_differ(void **state) {
    (void)state;
    kit_images first = draw(200, 0), again = draw(200, 0), other = draw(200, 1);
    assert_true(generated_hash(&first) == generated_hash(&again));
    assert_true(generated_hash(&first) != generated_hash(&other));
    assert_true(generated_hash(&first) == 0x1d2b478deaf92844u);
    assert_string_equal(first.source, "drawn digits, seed 0");
    kit_images_free(&first);
    kit_images_free(&again);
    kit_images_free(&other);
}

static void every_digit_is_drawn_equally_often_in_a_mixed_order(void **state) {
    (void)state;
    kit_images images = draw(1003, 3);
    int counts[10], same_neighbours = 0;
    generated_counts(&images, counts);
    for (int k = 0; k < 10; k++) assert_int_equal(counts[k], k < 3 ? 101 : 100);
    for (size_t i = 1; i < images.n; i++)
        same_neighbours += images.labels[i] == images.labels[i - 1];
    assert_in_range(same_neighbours, 60, 140); /* about a tenth */
    assert_true(generated_in_levels(&images));
    kit_images_free(&images);
}

static void digits_are_ink_on_black_away_from_the_edge(void **state) {
    (void)state;
    kit_images images = draw(500, 4);
    double edge = 0, all = 0;
    for (size_t i = 0; i < images.n; i++)
        for (int y = 0; y < 28; y++)
            for (int x = 0; x < 28; x++) {
                const double ink = (double)images.pixels[(i * 28 + (size_t)y) * 28 + (size_t)x];
                all += ink / (28 * 28);
                if (x == 0 || y == 0 || x == 27 || y == 27) edge += ink / (4 * 27);
            }
    assert_true(all / 500 > 0.08 && all / 500 < 0.25);
    assert_true(edge / 500 < 0.05);
    kit_images_free(&images);
}

/* Means of pixels tell digits apart far better than chance, 0.1, and leave a network a task. */
static void nearest_mean_image_is_a_fair_but_no_good_classifier(void **state) {
    (void)state;
    kit_images images = draw(2500, 5);
    const double accuracy = generated_centroid_accuracy(&images, 2000);
    if (!(accuracy > 0.5 && accuracy < 0.75)) fail_msg("accuracy %g", accuracy);
    kit_images_free(&images);
}

static void no_digits_are_refused(void **state) {
    (void)state;
    kit_images images;
    assert_int_equal(kit_digits_draw(&images, 0, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_digits_draw(&images, SIZE_MAX, 0), KOOP_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_of_a_seed_are_equal_everywhere_and_those_of_another_differ),
        cmocka_unit_test(every_digit_is_drawn_equally_often_in_a_mixed_order),
        cmocka_unit_test(digits_are_ink_on_black_away_from_the_edge),
        cmocka_unit_test(nearest_mean_image_is_a_fair_but_no_good_classifier),
        cmocka_unit_test(no_digits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
