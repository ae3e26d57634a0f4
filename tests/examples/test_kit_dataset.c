#include "dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "close.h"
#include "data_kit.h"

/* Makes a directory in the test's own. */
static const char *directory(const char *name) {
    const char *path = data_path(name);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

/* Both IDX files of n images, with `suffix` behind their usual names; ".gz" packs them. */
static void write_mnist(const char *place, const char *part, uint32_t n, const char *suffix) {
    char names[2][100];
    snprintf(names[0], sizeof names[0], "%s/%s-images-idx3-ubyte%s", place, part, suffix);
    snprintf(names[1], sizeof names[1], "%s/%s-labels-idx1-ubyte%s", place, part, suffix);
    for (int i = 0; i < 2; i++) {
        size_t size;
        uint8_t *bytes = i ? idx_labels(n, &size) : idx_images(n, 28, &size);
        (*suffix ? data_write_gz : data_write)(names[i], bytes, size);
        free(bytes);
    }
}

static void write_cifar(const char *name, size_t n, int first) {
    size_t size;
    uint8_t *records = cifar_records(n, first, &size);
    data_write(name, records, size);
    free(records);
}

static kit_dataset load(kit_dataset_options options) {
    kit_dataset dataset;
    char why[KIT_WHY_BYTES] = "";
    if (kit_dataset_load(&dataset, &options, why) != KOOP_OK) fail_msg("%s", why);
    return dataset;
}

static kit_dataset load_from(kit_dataset_kind kind, const char *path) {
    kit_dataset_options options = kit_dataset_defaults(kind);
    options.directory = path;
    return load(options);
}

static void refused(kit_dataset_options options, koop_status expected, const char *said) {
    kit_dataset dataset = {.train = {.n = 77}};
    char why[KIT_WHY_BYTES] = "";
    assert_int_equal(kit_dataset_load(&dataset, &options, why), expected);
    assert_int_equal(dataset.train.n, 77);
    if (!strstr(why, said)) fail_msg("\"%s\" does not say \"%s\"", why, said);
}

static void refused_from(kit_dataset_kind kind, const char *path, koop_status expected,
                         const char *said) {
    kit_dataset_options options = kit_dataset_defaults(kind);
    options.directory = path;
    refused(options, expected, said);
}

static void without_a_directory_sets_are_generated(void **state) {
    (void)state;
    kit_dataset_options options = kit_dataset_defaults(KIT_DIGITS);
    options.train = 1200;
    options.test = 300;
    options.seed = 4;
    kit_dataset digits = load(options);
    assert_int_equal(digits.train.n, 1200);
    assert_int_equal(digits.test.n, 300);
    assert_int_equal(digits.test.channels, 1);
    assert_string_equal(digits.train.source, "drawn digits, 1,200 images, seed 4");
    options.kind = KIT_COLORS;
    options.test = 0;
    kit_dataset textures = load(options);
    assert_int_equal(textures.test.n, 0);
    assert_int_equal(textures.train.channels, 3);
    assert_string_equal(textures.train.source, "coloured textures, 1,200 images, seed 4");
    const kit_dataset both[] = {digits, textures};
    for (int d = 0; d < 2; d++) {
        double mean[KIT_IMAGES_MAX_CHANNELS], deviation[KIT_IMAGES_MAX_CHANNELS];
        kit_images_statistics(&both[d].train, mean, deviation);
        for (int k = 0; k < both[d].train.channels; k++) {
            assert_close(mean[k], 0, 1e-6);
            assert_close(deviation[k], 1, 1e-6);
        }
    }
    kit_dataset_free(&digits);
    kit_dataset_free(&textures);
    options.train = 0;
    refused(options, KOOP_BAD_ARGUMENT, "no generated set of 0 and 0 images");
    options.train = KIT_IMAGES_MAX_VALUES;
    refused(options, KOOP_TOO_LARGE, "268435456 generated images");
    options.test = SIZE_MAX;
    refused(options, KOOP_BAD_ARGUMENT, "no generated set");
}

static void mnist_is_found_by_its_names_in_three_places_and_normalised(void **state) {
    (void)state;
    directory("full");
    directory("full/mnist");
    directory("full/MNIST");
    directory("full/MNIST/raw");
    const char *places[] = {"full/MNIST/raw", "full/mnist", "full"};
    for (uint32_t i = 0; i < 3; i++) { /* the last written is the first looked for */
        write_mnist(places[i], "train", 1010 + i, i % 2 ? "" : ".gz");
        write_mnist(places[i], "t10k", 20 + i, i % 2 ? ".gz" : "");
        kit_dataset found = load_from(KIT_DIGITS, data_path("full"));
        assert_int_equal(found.train.n, 1010 + i);
        assert_int_equal(found.test.n, 20 + i);
        char expected[64];
        snprintf(expected, sizeof expected, "MNIST, 1,%03u images", 10 + i);
        assert_string_equal(found.train.source, expected);
        for (int p = 0; p < 2 * 784; p++) {
            const double pixel = (7 * (p / 784) + p % 784) % 256 / 255.0;
            assert_close(found.train.pixels[p], (pixel - 0.1307) / 0.3081, 1e-5);
            assert_close(found.test.pixels[p], (pixel - 0.1307) / 0.3081, 1e-5);
        }
        kit_dataset_free(&found);
    }
}

static void test_images_alone_are_divided_unless_nothing_is_to_be_held_out(void **state) {
    (void)state;
    directory("part");
    write_mnist("part", "t10k", 2000, ".gz");
    kit_dataset_options options = kit_dataset_defaults(KIT_DIGITS);
    options.directory = data_path("part");
    kit_dataset divided = load(options);
    assert_int_equal(divided.train.n, 1600);
    assert_int_equal(divided.test.n, 400);
    assert_int_equal(divided.test.labels[3], 1603 % 10);
    assert_close(divided.test.pixels[0], (7 * 1600 % 256 / 255.0 - 0.1307) / 0.3081, 1e-5);
    assert_string_equal(divided.train.source,
                        "MNIST, 1,600 of the 2,000 test images; 400 held out");
    kit_dataset_free(&divided);

    options.hold_out = false;
    kit_dataset whole = load(options);
    assert_int_equal(whole.train.n, 2000);
    assert_int_equal(whole.test.n, 0);
    assert_string_equal(whole.train.source, "MNIST, 2,000 images");
    kit_dataset_free(&whole);
}

static void cifar_batches_are_joined_in_order_and_normalised_by_the_training_part(void **state) {
    (void)state;
    directory("colors");
    directory("colors/cifar-10-batches-bin");
    write_cifar("colors/cifar-10-batches-bin/data_batch_1.bin", 2, 0);
    write_cifar("colors/cifar-10-batches-bin/data_batch_3.bin", 2, 4);
    write_cifar("colors/cifar-10-batches-bin/data_batch_2.bin", 2, 2);
    write_cifar("colors/cifar-10-batches-bin/test_batch.bin", 1, 9);
    kit_dataset found = load_from(KIT_COLORS, data_path("colors"));
    assert_int_equal(found.train.n, 6);
    assert_int_equal(found.test.n, 1);
    assert_string_equal(found.train.source, "CIFAR-10, 6 images");
    const double deviation = sqrt(35.0 / 12); /* of 0…5 */
    for (int i = 0; i < 6; i++) {
        assert_int_equal(found.train.labels[i], i);
        assert_close(found.train.pixels[3072 * i + 5], (i - 2.5) / deviation, 1e-5);
    }
    assert_close(found.test.pixels[5], (9 - 2.5) / deviation, 1e-5);
    kit_dataset_free(&found);
}

static void absent_files_are_named_with_where_they_were_looked_for(void **state) {
    (void)state;
    directory("bare");
    refused_from(KIT_DIGITS, data_path("bare"), KOOP_NOT_FOUND,
                 "/bare: neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte");
    refused_from(KIT_COLORS, data_path("bare"), KOOP_NOT_FOUND, "/bare: no data_batch_1.bin");
    refused_from(KIT_DIGITS, data_path("nowhere"), KOOP_NOT_FOUND, "/nowhere: neither");
    char endless[2 * 4096];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    refused_from(KIT_DIGITS, endless, KOOP_NOT_FOUND, "xxx: neither");

    write_mnist("bare", "train", 10, "");
    refused_from(KIT_DIGITS, data_path("bare"), KOOP_NOT_FOUND, "/bare/: no t10k-images-idx3");
    assert_int_equal(unlink(data_path("bare/train-labels-idx1-ubyte")), 0);
    refused_from(KIT_DIGITS, data_path("bare"), KOOP_NOT_FOUND, "/bare/: no train-labels-idx1");
    write_cifar("bare/data_batch_1.bin", 1, 0);
    refused_from(KIT_COLORS, data_path("bare"), KOOP_NOT_FOUND, "/bare/: no test_batch.bin");
}

static void damaged_files_and_digits_of_another_size_are_refused_by_name(void **state) {
    (void)state;
    directory("bad");
    size_t size;
    uint8_t *small = idx_images(30, 20, &size);
    write_mnist("bad", "t10k", 30, "");
    data_write("bad/t10k-images-idx3-ubyte", small, size);
    refused_from(KIT_DIGITS, data_path("bad"), KOOP_BAD_SHAPE,
                 "/bad/t10k-images-idx3-ubyte: images of 20x20 pixels instead of 28x28");
    data_write("bad/t10k-images-idx3-ubyte", small, size - 1);
    refused_from(KIT_DIGITS, data_path("bad"), KOOP_BAD_MESSAGE,
                 "/bad/t10k-images-idx3-ubyte: truncated");
    free(small);
    write_cifar("bad/data_batch_1.bin", 1, 0);
    data_write("bad/test_batch.bin", "short", 5);
    refused_from(KIT_COLORS, data_path("bad"), KOOP_BAD_MESSAGE, "/bad/test_batch.bin: not CIFAR");
}

static void real_sets_have_their_known_counts(void **state) {
    (void)state;
    char path[DATA_PATH_BYTES];
    if (!real_data(path)) skip();
    kit_dataset found = load_from(KIT_DIGITS, path);
    assert_int_equal(found.train.n, 8000);
    assert_int_equal(found.test.n, 2000);
    assert_string_equal(found.train.source,
                        "MNIST, 8,000 of the 10,000 test images; 2,000 held out");
    kit_dataset_free(&found);
    found = load_from(KIT_COLORS, path);
    assert_int_equal(found.train.n, 10000);
    assert_int_equal(found.test.n, 1000);
    assert_string_equal(found.train.source, "CIFAR-10, 10,000 images");
    kit_dataset_free(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_directory_sets_are_generated),
        cmocka_unit_test(mnist_is_found_by_its_names_in_three_places_and_normalised),
        cmocka_unit_test(test_images_alone_are_divided_unless_nothing_is_to_be_held_out),
        cmocka_unit_test(cifar_batches_are_joined_in_order_and_normalised_by_the_training_part),
        cmocka_unit_test(absent_files_are_named_with_where_they_were_looked_for),
        cmocka_unit_test(damaged_files_and_digits_of_another_size_are_refused_by_name),
        cmocka_unit_test(real_sets_have_their_known_counts),
    };
    return cmocka_run_group_tests(tests, data_set_up, data_tear_down);
}
