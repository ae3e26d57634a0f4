#include "idx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "data_kit.h"

enum { N = 12, SIDE = 5 };

static uint8_t *good_images, *good_labels;
static size_t images_size, labels_size;

static int set_up(void **state) {
    good_images = idx_images(N, SIDE, &images_size);
    good_labels = idx_labels(N, &labels_size);
    return data_set_up(state);
}

static int tear_down(void **state) {
    free(good_images);
    free(good_labels);
    return data_tear_down(state);
}

static void holds_what_was_written(const kit_images *images) {
    assert_int_equal(images->n, N);
    assert_int_equal(images->channels, 1);
    assert_int_equal(images->height, SIDE);
    assert_int_equal(images->width, SIDE);
    assert_int_equal(images->classes, 10);
    for (int i = 0; i < N; i++) {
        assert_int_equal(images->labels[i], i % 10);
        for (int p = 0; p < SIDE * SIDE; p++)
            assert_true(images->pixels[i * SIDE * SIDE + p] == (float)((7 * i + p) % 256) / 255);
    }
}

static void written_files_are_read_back_plain_and_gzip(void **state) {
    (void)state;
    kit_images images;
    char why[KIT_WHY_BYTES];
    assert_int_equal(kit_idx_read(data_write("images", good_images, images_size),
                                  data_write_gz("labels.gz", good_labels, labels_size), &images,
                                  why),
                     KOOP_OK);
    holds_what_was_written(&images);
    kit_images_free(&images);
    assert_int_equal(kit_idx_read(data_write_gz("images.gz", good_images, images_size),
                                  data_write("labels", good_labels, labels_size), &images, why),
                     KOOP_OK);
    holds_what_was_written(&images);
    kit_images_free(&images);
}

static void images_refused(const void *bytes, size_t size, koop_status expected, const char *said) {
    const char *labels = data_write("labels", good_labels, labels_size);
    kit_images images = {.n = 77};
    char why[KIT_WHY_BYTES] = "";
    assert_int_equal(kit_idx_read(data_write("images", bytes, size), labels, &images, why),
                     expected);
    assert_int_equal(images.n, 77);
    if (!strstr(why, "/images: ") || !strstr(why, said)) fail_msg("\"%s\": no \"%s\"", why, said);
}

static void labels_refused(const void *bytes, size_t size, koop_status expected, const char *said) {
    const char *images_path = data_write("images", good_images, images_size);
    kit_images images = {.n = 77};
    char why[KIT_WHY_BYTES] = "";
    assert_int_equal(kit_idx_read(images_path, data_write("labels", bytes, size), &images, why),
                     expected);
    assert_int_equal(images.n, 77);
    if (!strstr(why, "/labels: ") || !strstr(why, said)) fail_msg("\"%s\": no \"%s\"", why, said);
}

static void files_of_another_length_than_their_header_says_are_refused(void **state) {
    (void)state;
    for (size_t size = 0; size < images_size; size += size < 20 ? 1 : 37)
        images_refused(good_images, size, KOOP_BAD_MESSAGE,
                       size < 16 ? "bytes are no header of IDX images" : "truncated: ");
    images_refused(good_images, images_size - 1, KOOP_BAD_MESSAGE, "299 bytes of images where");
    for (size_t size = 0; size < labels_size; size++)
        labels_refused(good_labels, size, KOOP_BAD_MESSAGE,
                       size < 8 ? "bytes are no header of IDX labels" : "truncated: ");

    uint8_t longer[16 + N * SIDE * SIDE + 1] = {0};
    memcpy(longer, good_images, images_size);
    images_refused(longer, images_size + 1, KOOP_BAD_MESSAGE, "too long: 301 bytes");
    memcpy(longer, good_labels, labels_size);
    longer[labels_size] = 0;
    labels_refused(longer, labels_size + 1, KOOP_BAD_MESSAGE, "too long: 13 bytes");
}

static void headers_of_another_kind_are_refused(void **state) {
    (void)state;
    images_refused(good_labels, 8, KOOP_BAD_MESSAGE, "no header");
    for (int i = 0; i < 4; i++) {
        good_images[i] ^= 4;
        images_refused(good_images, images_size, KOOP_BAD_MESSAGE, "instead of 0x00000803");
        good_images[i] ^= 4;
        good_labels[i] ^= 4;
        labels_refused(good_labels, labels_size, KOOP_BAD_MESSAGE, "instead of 0x00000801");
        good_labels[i] ^= 4;
    }
    labels_refused(good_images, images_size, KOOP_BAD_MESSAGE, "begins with 0x00000803");
}

static void empty_and_huge_sets_are_refused_before_anything_is_allocated(void **state) {
    (void)state;
    static const struct {
        uint32_t header[4];
        koop_status status;
        const char *said;
    } cases[] = {
        {{0x803, 0, 28, 28}, KOOP_BAD_MESSAGE, "no images"},
        {{0x803, 1, 0, 28}, KOOP_TOO_LARGE, "0x28 pixels"},
        {{0x803, 1, 28, 0}, KOOP_TOO_LARGE, "28x0 pixels"},
        {{0x803, 1, 28, 1025}, KOOP_TOO_LARGE, "28x1025 pixels"},
        {{0x803, 1, UINT32_MAX, 1}, KOOP_TOO_LARGE, "4294967295x1 pixels"},
        {{0x803, UINT32_MAX, 1024, 1024}, KOOP_TOO_LARGE, "4294967295 images"},
        {{0x803, 60000, 28, 28}, KOOP_BAD_MESSAGE, "truncated: 0 bytes of images where"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[16];
        images_refused(bytes, idx_numbers(bytes, cases[i].header, 4), cases[i].status,
                       cases[i].said);
    }
    uint8_t none[8];
    labels_refused(none, idx_numbers(none, (uint32_t[]){0x801, 0}, 2), KOOP_BAD_MESSAGE,
                   "no labels");
}

static void labels_that_do_not_match_the_images_are_refused(void **state) {
    (void)state;
    size_t size;
    uint8_t *fewer = idx_labels(N - 1, &size);
    labels_refused(fewer, size, KOOP_BAD_SHAPE, "11 labels for 12 images");
    free(fewer);
    good_labels[8 + 7] = 10;
    labels_refused(good_labels, labels_size, KOOP_BAD_MESSAGE, "label 7 is 10, not within 0..9");
    good_labels[8 + 7] = 7;
}

static void absent_file_is_named(void **state) {
    (void)state;
    const char *images_path = data_write("images", good_images, images_size);
    kit_images images;
    char why[KIT_WHY_BYTES];
    assert_int_equal(kit_idx_read(images_path, data_path("absent"), &images, why), KOOP_NOT_FOUND);
    assert_non_null(strstr(why, "/absent: No such file"));
}

static void mnist_has_its_ten_thousand_test_images(void **state) {
    (void)state;
    char directory[DATA_PATH_BYTES], paths[2][2 * DATA_PATH_BYTES], why[KIT_WHY_BYTES] = "";
    if (!real_data(directory)) skip();
    snprintf(paths[0], sizeof paths[0], "%s/mnist/t10k-images-idx3-ubyte.gz", directory);
    snprintf(paths[1], sizeof paths[1], "%s/mnist/t10k-labels-idx1-ubyte.gz", directory);
    kit_images images;
    assert_int_equal(kit_idx_read(paths[0], paths[1], &images, why), KOOP_OK);
    assert_int_equal(images.n, 10000);
    assert_int_equal(images.height, 28);
    /* as published: the first labels, and how many there are of each */
    const uint8_t first[] = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
    assert_memory_equal(images.labels, first, sizeof first);
    const int published[10] = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};
    int counts[10] = {0};
    for (size_t i = 0; i < images.n; i++) counts[images.labels[i]]++;
    assert_memory_equal(counts, published, sizeof counts);
    kit_images_free(&images);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_files_are_read_back_plain_and_gzip),
        cmocka_unit_test(files_of_another_length_than_their_header_says_are_refused),
        cmocka_unit_test(headers_of_another_kind_are_refused),
        cmocka_unit_test(empty_and_huge_sets_are_refused_before_anything_is_allocated),
        cmocka_unit_test(labels_that_do_not_match_the_images_are_refused),
        cmocka_unit_test(absent_file_is_named),
        cmocka_unit_test(mnist_has_its_ten_thousand_test_images),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
