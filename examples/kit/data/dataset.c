#include "dataset.h"

#include "cifar.h"
#include "digits.h"
#include "idx.h"
#include "textures.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BATCHES = 5, PLACES = 3, HELD_OUT_OF = 5 /* one part of as many */ };

static const double mnist_mean[KIT_IMAGES_MAX_CHANNELS] = {0.1307};
static const double mnist_deviation[KIT_IMAGES_MAX_CHANNELS] = {0.3081};

kit_dataset_options kit_dataset_defaults(kit_dataset_kind kind) {
    return (kit_dataset_options){.kind = kind,
                                 .train = kind == KIT_DIGITS ? 8000 : 10000,
                                 .test = kind == KIT_DIGITS ? 2000 : 1000,
                                 .hold_out = true};
}

void kit_dataset_free(kit_dataset *dataset) {
    if (!dataset) return;
    kit_images_free(&dataset->test);
    kit_images_free(&dataset->train);
}

/* "12,345" */
static const char *grouped(size_t n, char text[32]) {
    if (n < 1000)
        snprintf(text, 32, "%zu", n);
    else if (n < 1000000)
        snprintf(text, 32, "%zu,%03zu", n / 1000, n % 1000);
    else
        snprintf(text, 32, "%zu,%03zu,%03zu", n / 1000000, n / 1000 % 1000, n % 1000);
    return text;
}

/* Says which data it is. */
__attribute__((format(printf, 2, 3))) static void describe(kit_dataset *dataset, const char *format,
                                                           ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(dataset->train.source, sizeof dataset->train.source, format, arguments);
    va_end(arguments);
}

/* The last images, from `n` on, are tested on; the memory stays with those before. */
static void hold_out_from(kit_dataset *dataset, size_t n) {
    dataset->test = kit_images_slice(&dataset->train, n, dataset->train.n - n);
    dataset->train.n = n;
}

static void normalise_by_training(kit_dataset *dataset) {
    double mean[KIT_IMAGES_MAX_CHANNELS], deviation[KIT_IMAGES_MAX_CHANNELS];
    kit_images_statistics(&dataset->train, mean, deviation);
    kit_images_normalise(&dataset->train, mean, deviation);
    if (dataset->test.n) kit_images_normalise(&dataset->test, mean, deviation);
}

/* Generated */

static koop_status draw(kit_dataset *dataset, const kit_dataset_options *options,
                        char why[KIT_WHY_BYTES]) {
    const size_t limit = KIT_IMAGES_MAX_VALUES;
    if (options->train < 1 || options->train > limit || options->test > limit)
        return kit_why(why, KOOP_BAD_ARGUMENT, "no generated set of %zu and %zu images",
                       options->train, options->test);
    const bool digits = options->kind == KIT_DIGITS;
    const size_t n = options->train + options->test;
    koop_status status =
        (digits ? kit_digits_draw : kit_textures_draw)(&dataset->train, n, options->seed);
    if (status != KOOP_OK)
        return kit_why(why, status, "%zu generated images: %s", n, koop_strstatus(status));
    char count[32];
    describe(dataset, "%s, %s images, seed %llu", digits ? "drawn digits" : "coloured textures",
             grouped(options->train, count), (unsigned long long)options->seed);
    hold_out_from(dataset, options->train);
    normalise_by_training(dataset);
    return KOOP_OK;
}

/* Files */

typedef char path[PATH_MAX];

/* Joins the parts up to NULL; false when the path is too long or there is nothing to read there. */
static bool find(path out, ...) {
    va_list parts;
    va_start(parts, out);
    size_t used = 0;
    bool fits = true;
    for (const char *part; fits && (part = va_arg(parts, const char *));) {
        const size_t length = strlen(part);
        fits = used + length < PATH_MAX;
        if (fits) memcpy(out + used, part, length + 1);
        used += length;
    }
    va_end(parts);
    return fits && access(out, F_OK) == 0;
}

/* An IDX file, plain or else .gz. */
static bool find_idx(path out, const char *directory, const char *place, const char *name) {
    return find(out, directory, place, name, NULL) ||
           find(out, directory, place, name, ".gz", NULL);
}

static const char *const mnist_places[PLACES] = {"/", "/mnist/", "/MNIST/raw/"};

/* The place in `directory` that has the images of that name, or NULL. */
static const char *mnist_place(const char *directory, const char *images) {
    path found;
    for (int i = 0; i < PLACES; i++)
        if (find_idx(found, directory, mnist_places[i], images)) return mnist_places[i];
    return NULL;
}

/* Images and labels of one part, "train" or "t10k". */
static koop_status read_mnist(kit_images *images, const char *directory, const char *place,
                              const char *part, char why[KIT_WHY_BYTES]) {
    char names[2][32];
    path paths[2];
    snprintf(names[0], sizeof names[0], "%s-images-idx3-ubyte", part);
    snprintf(names[1], sizeof names[1], "%s-labels-idx1-ubyte", part);
    for (int i = 0; i < 2; i++)
        if (!find_idx(paths[i], directory, place, names[i]))
            return kit_why(why, KOOP_NOT_FOUND, "%s%s: no %s, plain or .gz", directory, place,
                           names[i]);
    koop_status status = kit_idx_read(paths[0], paths[1], images, why);
    if (status != KOOP_OK) return status;
    if (images->height == KIT_DIGITS_SIDE && images->width == KIT_DIGITS_SIDE) return KOOP_OK;
    kit_why(why, KOOP_BAD_SHAPE, "images of %dx%d pixels instead of %dx%d", images->height,
            images->width, KIT_DIGITS_SIDE, KIT_DIGITS_SIDE);
    return kit_why_in(why, KOOP_BAD_SHAPE, paths[0]);
}

static void divide_test_images(kit_dataset *dataset) {
    char train[32], test[32], all[32];
    const size_t n = dataset->train.n;
    hold_out_from(dataset, n - n / HELD_OUT_OF);
    describe(dataset, "MNIST, %s of the %s test images; %s held out",
             grouped(dataset->train.n, train), grouped(n, all), grouped(dataset->test.n, test));
}

static koop_status load_mnist(kit_dataset *dataset, const kit_dataset_options *options,
                              char why[KIT_WHY_BYTES]) {
    const char *directory = options->directory;
    const char *full = mnist_place(directory, "train-images-idx3-ubyte");
    const char *place = full ? full : mnist_place(directory, "t10k-images-idx3-ubyte");
    if (!place) {
        kit_why(
            why, KOOP_NOT_FOUND,
            "neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte, plain or .gz, here, in "
            "mnist/ or in MNIST/raw/");
        return kit_why_in(why, KOOP_NOT_FOUND, directory);
    }
    koop_status status =
        read_mnist(&dataset->train, directory, place, full ? "train" : "t10k", why);
    if (status == KOOP_OK && full)
        status = read_mnist(&dataset->test, directory, place, "t10k", why);
    if (status != KOOP_OK) return status;

    char count[32];
    describe(dataset, "MNIST, %s images", grouped(dataset->train.n, count));
    if (!full && options->hold_out) divide_test_images(dataset);
    kit_images_normalise(&dataset->train, mnist_mean, mnist_deviation);
    if (dataset->test.n) kit_images_normalise(&dataset->test, mnist_mean, mnist_deviation);
    return KOOP_OK;
}

static bool has_cifar(const char *directory, const char *place) {
    path found;
    return find(found, directory, place, "data_batch_1.bin", NULL);
}

static koop_status load_cifar(kit_dataset *dataset, const kit_dataset_options *options,
                              char why[KIT_WHY_BYTES]) {
    static const char inner[] = "/cifar-10-batches-bin/";
    const char *directory = options->directory, *place = has_cifar(directory, "/") ? "/" : inner;
    if (!has_cifar(directory, place)) {
        kit_why(why, KOOP_NOT_FOUND, "no data_batch_1.bin, here or in cifar-10-batches-bin/");
        return kit_why_in(why, KOOP_NOT_FOUND, directory);
    }
    path file;
    for (int i = 1; i <= MOST_BATCHES; i++) {
        char name[32];
        snprintf(name, sizeof name, "data_batch_%d.bin", i);
        if (!find(file, directory, place, name, NULL)) continue;
        koop_status status = kit_cifar_append(file, &dataset->train, why);
        if (status != KOOP_OK) return status;
    }
    if (!find(file, directory, place, "test_batch.bin", NULL))
        return kit_why(why, KOOP_NOT_FOUND, "%s%s: no test_batch.bin", directory, place);
    koop_status status = kit_cifar_append(file, &dataset->test, why);
    if (status != KOOP_OK) return status;
    char count[32];
    describe(dataset, "CIFAR-10, %s images", grouped(dataset->train.n, count));
    normalise_by_training(dataset);
    return KOOP_OK;
}

koop_status kit_dataset_load(kit_dataset *dataset, const kit_dataset_options *options,
                             char why[KIT_WHY_BYTES]) {
    kit_dataset loaded;
    memset(&loaded, 0, sizeof loaded);
    koop_status status = !options->directory           ? draw(&loaded, options, why)
                         : options->kind == KIT_DIGITS ? load_mnist(&loaded, options, why)
                                                       : load_cifar(&loaded, options, why);
    if (status != KOOP_OK) {
        kit_dataset_free(&loaded);
        return status;
    }
    *dataset = loaded;
    return KOOP_OK;
}
