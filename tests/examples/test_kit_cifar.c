#include "cifar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "data_kit.h"

static koop_status append(const char *name, const void *bytes, size_t size, kit_images *images,
                          char why[KIT_WHY_BYTES]) {
    return kit_cifar_append(data_write(name, bytes, size), images, why);
}

static void files_are_read_one_behind_the_other(void **state) {
    (void)state;
    kit_images images = {0};
    char why[KIT_WHY_BYTES];
    size_t size;
    uint8_t *records = cifar_records(3, 0, &size);
    assert_int_equal(append("one.bin", records, size, &images, why), KOOP_OK);
    free(records);
    records = cifar_records(2, 3, &size);
    assert_int_equal(kit_cifar_append(data_write_gz("two.bin.gz", records, size), &images, why),
                     KOOP_OK);
    free(records);
    assert_int_equal(images.n, 5);
    assert_int_equal(images.channels, 3);
    assert_int_equal(images.height, 32);
    assert_int_equal(images.width, 32);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(images.labels[i], i);
        for (int p = 0; p < 3072; p++) assert_true(images.pixels[3072 * i + p] == (float)i / 255);
    }
    kit_images_free(&images);
}

static void planes_are_red_green_and_blue_rows_from_the_top(void **state) {
    (void)state;
    size_t size;
    uint8_t *record = cifar_records(1, 0, &size);
    record[1 + 1024 * 2 + 32 * 5 + 7] = 255;
    kit_images images;
    char why[KIT_WHY_BYTES];
    assert_int_equal(kit_cifar_parse(record, size, &images, why), KOOP_OK);
    free(record);
    assert_true(images.pixels[(2 * images.height + 5) * images.width + 7] == 1);
    kit_images_free(&images);
}

static void damaged_files_are_refused_and_what_was_read_before_stays(void **state) {
    (void)state;
    kit_images images = {0};
    char why[KIT_WHY_BYTES];
    size_t size;
    uint8_t *records = cifar_records(2, 0, &size);
    assert_int_equal(append("good.bin", records, size, &images, why), KOOP_OK);
    const size_t lengths[] = {0, 1, 3072, 3074, size - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_int_equal(append("bad.bin", records, lengths[i], &images, why), KOOP_BAD_MESSAGE);
        assert_non_null(strstr(why, "/bad.bin: not CIFAR-10, or truncated"));
    }
    records[3073] = 10;
    assert_int_equal(append("bad.bin", records, size, &images, why), KOOP_BAD_MESSAGE);
    assert_non_null(strstr(why, "/bad.bin: the label of record 1 is 10, not within 0..9"));
    assert_int_equal(kit_cifar_append(data_path("absent.bin"), &images, why), KOOP_NOT_FOUND);
    assert_non_null(strstr(why, "/absent.bin: No such file"));
    assert_int_equal(images.n, 2);
    free(records);
    kit_images_free(&images);
}

static void cifar_has_a_thousand_images_a_class(void **state) {
    (void)state;
    char directory[DATA_PATH_BYTES], path[2 * DATA_PATH_BYTES], why[KIT_WHY_BYTES] = "";
    if (!real_data(directory)) skip();
    kit_images images = {0};
    snprintf(path, sizeof path, "%s/cifar-10-batches-bin/data_batch_1.bin", directory);
    assert_int_equal(kit_cifar_append(path, &images, why), KOOP_OK);
    assert_int_equal(images.n, 10000);
    snprintf(path, sizeof path, "%s/cifar-10-batches-bin/test_batch.bin", directory);
    assert_int_equal(kit_cifar_append(path, &images, why), KOOP_OK);
    assert_int_equal(images.n, 11000);
    int counts[10] = {0};
    for (size_t i = 0; i < images.n; i++) counts[images.labels[i]]++;
    for (int k = 0; k < 10; k++) assert_int_equal(counts[k], 1100);
    kit_images_free(&images);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_one_behind_the_other),
        cmocka_unit_test(planes_are_red_green_and_blue_rows_from_the_top),
        cmocka_unit_test(damaged_files_are_refused_and_what_was_read_before_stays),
        cmocka_unit_test(cifar_has_a_thousand_images_a_class),
    };
    return cmocka_run_group_tests(tests, data_set_up, data_tear_down);
}
