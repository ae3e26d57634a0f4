#include "images.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "close.h"

/* n images of 2 channels, 2×3; value v of image i is i + v, label i. */
static kit_images ramp(size_t n, size_t first) {
    kit_images images;
    assert_int_equal(kit_images_new(&images, n, 2, 2, 3, 10), KOOP_OK);
    const size_t values = kit_images_values(&images);
    assert_int_equal(values, 12);
    for (size_t i = 0; i < n; i++) {
        images.labels[i] = (uint8_t)(first + i);
        for (size_t v = 0; v < values; v++) images.pixels[i * values + v] = (float)(first + i + v);
    }
    return images;
}

static void new_sets_are_black_and_shapes_out_of_bounds_are_refused(void **state) {
    (void)state;
    kit_images images;
    assert_int_equal(kit_images_new(&images, 3, 1, 4, 5, 10), KOOP_OK);
    for (int i = 0; i < 60; i++) assert_true(images.pixels[i] == 0);
    for (int i = 0; i < 3; i++) assert_int_equal(images.labels[i], 0);
    kit_images_free(&images);
    assert_null(images.pixels);

    assert_int_equal(kit_images_new(&images, 0, 1, 4, 5, 10), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_images_new(&images, 1, 5, 4, 5, 10), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_images_new(&images, 1, 1, 0, 5, 10), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_images_new(&images, 1, 1, 4, 1025, 10), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_images_new(&images, 1, 1, 4, 5, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_images_new(&images, 1, 1, 4, 5, 257), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_images_new(&images, SIZE_MAX / 2, 1, 4, 5, 10), KOOP_TOO_LARGE);
    assert_null(images.pixels);
}

static void slices_borrow_and_freeing_them_leaves_their_owner(void **state) {
    (void)state;
    kit_images images = ramp(5, 0);
    kit_images last = kit_images_slice(&images, 3, 2);
    assert_int_equal(last.n, 2);
    assert_int_equal(last.labels[0], 3);
    assert_true(last.pixels[0] == 3);
    kit_images_free(&last);
    assert_int_equal(last.n, 0);
    assert_true(images.pixels[4 * 12] == 4);
    kit_images_free(&images);
}

static void append_puts_images_behind_and_starts_a_set_that_is_empty(void **state) {
    (void)state;
    kit_images all = {0}, first = ramp(2, 0), second = ramp(3, 2);
    snprintf(first.source, sizeof first.source, "the first");
    assert_int_equal(kit_images_append(&all, &first), KOOP_OK);
    assert_int_equal(kit_images_append(&all, &second), KOOP_OK);
    kit_images_free(&first);
    kit_images_free(&second);
    kit_images expected = ramp(5, 0);
    assert_int_equal(all.n, 5);
    assert_false(all.borrowed);
    assert_string_equal(all.source, "the first");
    assert_memory_equal(all.pixels, expected.pixels, 5 * 12 * sizeof *all.pixels);
    assert_memory_equal(all.labels, expected.labels, 5);

    kit_images other;
    assert_int_equal(kit_images_new(&other, 1, 1, 2, 3, 10), KOOP_OK);
    assert_int_equal(kit_images_append(&all, &other), KOOP_BAD_SHAPE);
    other.channels = 2;
    other.n = KIT_IMAGES_MAX_VALUES / 12; /* not looked at: 5 more are too many */
    assert_int_equal(kit_images_append(&all, &other), KOOP_TOO_LARGE);
    assert_int_equal(all.n, 5);
    kit_images_free(&other);
    kit_images_free(&expected);
    kit_images_free(&all);
}

/* 3×5 pixels y + 10x of a plane, 100 more for each plane. */
static void halved_pixels_are_means_of_four(void **state) {
    (void)state;
    kit_images images, half;
    assert_int_equal(kit_images_new(&images, 2, 2, 3, 5, 10), KOOP_OK);
    for (int i = 0; i < 4 * 15; i++)
        images.pixels[i] = (float)(100 * (i / 15) + i % 15 / 5 + 10 * (i % 5));
    images.labels[1] = 7;
    snprintf(images.source, sizeof images.source, "made up");
    assert_int_equal(kit_images_halve(&half, &images), KOOP_OK);
    assert_int_equal(half.n, 2);
    assert_int_equal(half.height, 1);
    assert_int_equal(half.width, 2);
    assert_int_equal(half.labels[1], 7);
    assert_string_equal(half.source, "made up");
    for (int i = 0; i < 8; i++)
        assert_close(half.pixels[i], 100 * (i / 2) + 0.5 + (i % 2 ? 25 : 5), 1e-5);
    kit_images_free(&half);
    images.width = 1;
    assert_int_equal(kit_images_halve(&half, &images), KOOP_BAD_ARGUMENT);
    kit_images_free(&images);
}

static void normalised_by_its_own_statistics_a_set_has_mean_0_and_deviation_1(void **state) {
    (void)state;
    kit_images images = ramp(4, 0);
    double mean[KIT_IMAGES_MAX_CHANNELS], deviation[KIT_IMAGES_MAX_CHANNELS];
    kit_images_statistics(&images, mean, deviation);
    assert_close(mean[0], 1.5 + 2.5, 1e-12); /* mean of i, and of v = 0…5 */
    assert_close(mean[1], 1.5 + 8.5, 1e-12);
    assert_close(deviation[0], sqrt(15.0 / 12 + 35.0 / 12), 1e-12); /* (m² − 1)/12 each */
    kit_images_normalise(&images, mean, deviation);
    kit_images_statistics(&images, mean, deviation);
    for (int k = 0; k < 2; k++) {
        assert_close(mean[k], 0, 1e-6);
        assert_close(deviation[k], 1, 1e-6);
    }
    kit_images_free(&images);
}

static void channel_of_one_colour_is_moved_to_0_and_not_divided_by_it(void **state) {
    (void)state;
    kit_images images;
    assert_int_equal(kit_images_new(&images, 2, 1, 2, 2, 10), KOOP_OK);
    for (int i = 0; i < 8; i++) images.pixels[i] = 0.5f;
    double mean[KIT_IMAGES_MAX_CHANNELS], deviation[KIT_IMAGES_MAX_CHANNELS];
    kit_images_statistics(&images, mean, deviation);
    kit_images_normalise(&images, mean, deviation);
    for (int i = 0; i < 8; i++) assert_true(images.pixels[i] == 0);
    kit_images_free(&images);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_sets_are_black_and_shapes_out_of_bounds_are_refused),
        cmocka_unit_test(slices_borrow_and_freeing_them_leaves_their_owner),
        cmocka_unit_test(append_puts_images_behind_and_starts_a_set_that_is_empty),
        cmocka_unit_test(halved_pixels_are_means_of_four),
        cmocka_unit_test(normalised_by_its_own_statistics_a_set_has_mean_0_and_deviation_1),
        cmocka_unit_test(channel_of_one_colour_is_moved_to_0_and_not_divided_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
