#include "batches.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { N = 47, SIDE = 12, AREA = SIDE * SIDE };

static kit_images images; /* 2 channels; pixel p of image i, channel k is 1000i + 500k + p + 1 */

static int set_up(void **state) {
    (void)state;
    if (kit_images_new(&images, N, 2, SIDE, SIDE, N) != KOOP_OK) return -1;
    for (int i = 0; i < N; i++) {
        images.labels[i] = (uint8_t)i;
        for (int k = 0; k < 2; k++)
            for (int p = 0; p < AREA; p++)
                images.pixels[(2 * i + k) * AREA + p] = (float)(1000 * i + 500 * k + p + 1);
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    kit_images_free(&images);
    return 0;
}

static kit_batches *batches(kit_batches_options options) {
    kit_batches *made;
    assert_int_equal(kit_batches_new(&made, &images, &options), KOOP_OK);
    return made;
}

/* The labels of an epoch, which are its order; gives back how many images it had. */
static size_t order(kit_batches *from, size_t epoch, uint8_t labels[N]) {
    size_t n = 0;
    for (size_t b = 0; b < kit_batches_per_epoch(from); b++) {
        kit_batch batch = kit_batches_get(from, epoch * kit_batches_per_epoch(from) + b);
        assert_true(n + batch.n <= N);
        memcpy(labels + n, batch.labels, batch.n);
        n += batch.n;
    }
    return n;
}

static void every_epoch_has_every_image_once_and_an_order_of_its_own(void **state) {
    (void)state;
    kit_batches *from = batches((kit_batches_options){.size = 10, .shuffle = true, .seed = 3});
    assert_int_equal(kit_batches_per_epoch(from), 5);
    uint8_t labels[2][N];
    for (size_t epoch = 0; epoch < 20; epoch++) {
        assert_int_equal(order(from, epoch, labels[epoch % 2]), N);
        int seen[N] = {0};
        for (int i = 0; i < N; i++) seen[labels[epoch % 2][i]]++;
        for (int i = 0; i < N; i++) assert_int_equal(seen[i], 1);
        if (epoch) assert_memory_not_equal(labels[0], labels[1], N);
    }
    kit_batches_free(from);
}

static void shuffles_put_every_image_anywhere(void **state) {
    (void)state;
    kit_batches *from = batches((kit_batches_options){.size = N, .shuffle = true, .seed = 0});
    enum { EPOCHS = 2000 };
    double sum[N] = {0};
    int at_home = 0;
    for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
        kit_batch batch = kit_batches_get(from, epoch);
        for (int i = 0; i < N; i++) {
            sum[batch.labels[i]] += (double)i / EPOCHS;
            at_home += batch.labels[i] == i;
        }
    }
    assert_in_range(at_home, 1775, 2225); /* one an epoch, deviation √2000 = 45 */
    /* mean 23, deviation √((47² − 1)/12 / 2000) = 0.30: within five of them */
    for (int i = 0; i < N; i++) assert_true(sum[i] > 21.5 && sum[i] < 24.5);
    kit_batches_free(from);
}

static void pixels_come_with_their_labels(void **state) {
    (void)state;
    kit_batches *from = batches((kit_batches_options){.size = 9, .shuffle = true, .seed = 1});
    for (size_t step = 0; step < 12; step++) {
        kit_batch batch = kit_batches_get(from, step);
        for (size_t i = 0; i < batch.n; i++)
            assert_memory_equal(batch.pixels + i * 2 * AREA,
                                images.pixels + batch.labels[i] * 2 * AREA,
                                2 * AREA * sizeof *images.pixels);
    }
    kit_batches_free(from);
}

static void batches_depend_on_seed_and_step_alone(void **state) {
    (void)state;
    const kit_batches_options options = {.size = 10, .shuffle = true, .augment = true, .seed = 8};
    kit_batches_options reseeded = options;
    reseeded.seed = 9;
    kit_batches *one = batches(options), *two = batches(options), *other = batches(reseeded);
    uint8_t labels[2][N];
    for (size_t step = 12; step-- > 0;)
        kit_batches_get(two, step); /* one asks for nothing before */
    for (size_t step = 3; step < 30; step += 4) {
        kit_batch a = kit_batches_get(one, step), b = kit_batches_get(two, step);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.labels, b.labels, a.n);
        assert_memory_equal(a.pixels, b.pixels, a.n * 2 * AREA * sizeof *a.pixels);
    }
    order(one, 0, labels[0]);
    order(other, 0, labels[1]);
    assert_memory_not_equal(labels[0], labels[1], N);
    kit_batches_free(one);
    kit_batches_free(two);
    kit_batches_free(other);
}

static void without_shuffle_the_order_is_that_of_the_set(void **state) {
    (void)state;
    kit_batches *from = batches((kit_batches_options){.size = 10});
    uint8_t labels[N];
    for (size_t epoch = 0; epoch < 3; epoch++) {
        assert_int_equal(order(from, epoch, labels), N);
        for (int i = 0; i < N; i++) assert_int_equal(labels[i], i);
    }
    assert_int_equal(kit_batches_get(from, 4).n, 7);
    kit_batches_free(from);
}

static void whole_batches_only_leave_the_rest_out(void **state) {
    (void)state;
    kit_batches *from = batches((kit_batches_options){.size = 10, .whole_only = true});
    assert_int_equal(kit_batches_per_epoch(from), 4);
    uint8_t labels[N];
    assert_int_equal(order(from, 0, labels), 40);
    assert_int_equal(kit_batches_get(from, 4).labels[0], 0);
    kit_batches_free(from);
}

/* Whether `to` is image `i` moved by (down, right) after mirroring, 0 outside. */
static bool is_moved(const float *to, int i, int down, int right, bool mirrored) {
    for (int k = 0; k < 2; k++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                const int row = y - down, from_left = x - right;
                const int column = mirrored ? SIDE - 1 - from_left : from_left;
                float expected = 0;
                if (row >= 0 && row < SIDE && column >= 0 && column < SIDE)
                    expected = (float)(1000 * i + 500 * k + SIDE * row + column + 1);
                if (to[k * AREA + y * SIDE + x] != expected) return false;
            }
    return true;
}

static void augmented_images_are_moved_by_up_to_4_pixels_and_mirrored_half_the_time(void **state) {
    (void)state;
    kit_batches *from = batches((kit_batches_options){.size = N, .augment = true, .seed = 2});
    int seen[9][9] = {{0}}, mirrored = 0, found = 0;
    for (size_t step = 0; step < 40; step++) {
        kit_batch batch = kit_batches_get(from, step);
        for (int i = 0; i < N; i++)
            for (int move = 0; move < 2 * 81; move++) {
                const int down = move / 2 / 9 - 4, right = move / 2 % 9 - 4;
                if (!is_moved(batch.pixels + i * 2 * AREA, i, down, right, move % 2)) continue;
                seen[down + 4][right + 4]++;
                mirrored += move % 2;
                found++;
            }
    }
    assert_int_equal(found, 40 * N);
    for (int m = 0; m < 81; m++) assert_in_range(seen[m / 9][m % 9], 5, 50); /* 1880/81 = 23 */
    assert_in_range(mirrored, 840, 1040);
    kit_batches_free(from);
}

/* Image i has label i. */
static void of_a_set_only_the_first_classes_are_taken(void **state) {
    (void)state;
    const kit_batches_options options = {
        .size = 10, .classes = 23, .shuffle = true, .whole_only = true, .seed = 1};
    kit_batches *from = batches(options);
    assert_int_equal(kit_batches_per_epoch(from), 2);
    int seen[N] = {0};
    for (size_t step = 0; step < 60; step++) {
        const kit_batch batch = kit_batches_get(from, step);
        assert_int_equal(batch.n, 10);
        for (size_t i = 0; i < batch.n; i++) seen[batch.labels[i]]++;
    }
    for (int i = 0; i < N; i++) assert_int_equal(seen[i] > 0, i < 23);
    kit_batches_free(from);
}

static void batches_larger_than_the_set_or_empty_are_refused(void **state) {
    (void)state;
    kit_batches *made = NULL;
    kit_batches_options options = {.size = N + 1};
    assert_int_equal(kit_batches_new(&made, &images, &options), KOOP_BAD_ARGUMENT);
    options.size = 0;
    assert_int_equal(kit_batches_new(&made, &images, &options), KOOP_BAD_ARGUMENT);
    options = (kit_batches_options){.size = 10, .classes = 9};
    assert_int_equal(kit_batches_new(&made, &images, &options), KOOP_BAD_ARGUMENT);
    assert_null(made);
    kit_batches_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_epoch_has_every_image_once_and_an_order_of_its_own),
        cmocka_unit_test(shuffles_put_every_image_anywhere),
        cmocka_unit_test(pixels_come_with_their_labels),
        cmocka_unit_test(batches_depend_on_seed_and_step_alone),
        cmocka_unit_test(without_shuffle_the_order_is_that_of_the_set),
        cmocka_unit_test(whole_batches_only_leave_the_rest_out),
        cmocka_unit_test(augmented_images_are_moved_by_up_to_4_pixels_and_mirrored_half_the_time),
        cmocka_unit_test(of_a_set_only_the_first_classes_are_taken),
        cmocka_unit_test(batches_larger_than_the_set_or_empty_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
