#include "textures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "generated.h"

static kit_images draw(size_t n, uint64_t seed) {
    kit_images images;
    assert_int_equal(kit_textures_draw(&images, n, seed), KOOP_OK);
    assert_int_equal(images.n, n);
    assert_int_equal(images.channels, 3);
    assert_int_equal(images.height, 32);
    assert_int_equal(images.width, 32);
    assert_int_equal(images.classes, 10);
    return images;
}

static void textures_of_a_seed_are_equal_everywhere_and_those_of_another_differ(void **state) {
    (void)state;
    kit_images first = draw(200, 0), again = draw(200, 0), other = draw(200, 1);
    assert_true(generated_hash(&first) == generated_hash(&again));
    assert_true(generated_hash(&first) != generated_hash(&other));
    assert_true(generated_hash(&first) == 0x9b00f1997615cc6eu);
    assert_string_equal(first.source, "coloured textures, seed 0");
    kit_images_free(&first);
    kit_images_free(&again);
    kit_images_free(&other);
}

static void every_kind_is_drawn_equally_often(void **state) {
    (void)state;
    kit_images images = draw(501, 3);
    int counts[10];
    generated_counts(&images, counts);
    for (int k = 0; k < 10; k++) assert_int_equal(counts[k], k < 1 ? 51 : 50);
    assert_true(generated_in_levels(&images));
    kit_images_free(&images);
}

static void no_pixel_and_no_colour_tells_a_kind(void **state) {
    (void)state;
    kit_images images = draw(2500, 5);
    const double accuracy = generated_centroid_accuracy(&images, 2000);
    if (!(accuracy < 0.16)) fail_msg("accuracy %g; chance is 0.1", accuracy); /* 4.5 deviations */
    kit_images_free(&images);
}

enum { STATISTICS = 4 };

/* Of the first channel, about its mean: how alike neighbours are to the right, below, and on both
 * diagonals, at a distance of about 3. */
static void correlations(const kit_images *images, size_t image, double c[STATISTICS]) {
    static const int offset[STATISTICS][2] = {{3, 0}, {0, 3}, {2, 2}, {-2, 2}};
    const float *pixel = images->pixels + image * kit_images_values(images);
    double mean = 0, power = 0;
    for (int p = 0; p < 1024; p++) mean += (double)pixel[p] / 1024;
    for (int p = 0; p < 1024; p++) power += pow((double)pixel[p] - mean, 2) / 1024;
    for (int s = 0; s < STATISTICS; s++) {
        c[s] = 0;
        int n = 0;
        for (int y = 3; y < 29; y++)
            for (int x = 3; x < 29; x++, n++)
                c[s] += ((double)pixel[32 * y + x] - mean) *
                        ((double)pixel[32 * (y + offset[s][1]) + x + offset[s][0]] - mean);
        c[s] /= n * (power > 0 ? power : 1);
    }
}

static void kinds_differ_in_how_alike_neighbours_are(void **state) {
    (void)state;
    kit_images images = draw(2000, 6);
    double mean[10][STATISTICS] = {{0}};
    for (size_t i = 0; i < images.n; i++) {
        double c[STATISTICS];
        correlations(&images, i, c);
        for (int s = 0; s < STATISTICS; s++) mean[images.labels[i]][s] += c[s] / 200;
    }
    kit_images_free(&images);
    enum { ACROSS, BELOW, FALLS, RISES };
    assert_true(mean[0][ACROSS] > mean[0][BELOW] + 0.3); /* level stripes */
    assert_true(mean[1][RISES] > mean[1][FALLS] + 0.3);
    assert_true(mean[2][BELOW] > mean[2][ACROSS] + 0.3);
    assert_true(mean[3][FALLS] > mean[3][RISES] + 0.3);
    for (int k = 4; k < 10; k++) { /* the others have no direction */
        assert_true(fabs(mean[k][ACROSS] - mean[k][BELOW]) < 0.1);
        assert_true(fabs(mean[k][RISES] - mean[k][FALLS]) < 0.1);
    }
    assert_true(mean[7][ACROSS] > mean[8][ACROSS] + 0.15); /* patches are larger than grain */
}

static void no_textures_are_refused(void **state) {
    (void)state;
    kit_images images;
    assert_int_equal(kit_textures_draw(&images, 0, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_textures_draw(&images, SIZE_MAX, 0), KOOP_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(textures_of_a_seed_are_equal_everywhere_and_those_of_another_differ),
        cmocka_unit_test(every_kind_is_drawn_equally_often),
        cmocka_unit_test(no_pixel_and_no_colour_tells_a_kind),
        cmocka_unit_test(kinds_differ_in_how_alike_neighbours_are),
        cmocka_unit_test(no_textures_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
