#include "batches.h"

#include "rng.h"

#include <stdlib.h>
#include <string.h>

enum { PADDING = 4 };

struct kit_batches {
    const kit_images *images;
    kit_batches_options options;
    size_t n; /* of the images that are taken */
    size_t per_epoch;
    size_t epoch;  /* whose order this is; SIZE_MAX: none's yet */
    size_t *order; /* n */
    float *pixels; /* size × values */
    uint8_t *labels;
};

static bool taken(const kit_batches *batches, size_t image) {
    const int classes = batches->options.classes;
    return !classes || batches->images->labels[image] < classes;
}

koop_status kit_batches_new(kit_batches **out, const kit_images *images,
                            const kit_batches_options *options) {
    const size_t size = options->size;
    kit_batches begun = {.images = images, .options = *options, .epoch = SIZE_MAX};
    for (size_t i = 0; i < images->n; i++) begun.n += taken(&begun, i);
    if (size < 1 || size > begun.n) return KOOP_BAD_ARGUMENT;
    kit_batches *batches = malloc(sizeof *batches);
    if (!batches) return KOOP_NO_MEMORY;
    *batches = begun;
    batches->per_epoch = (begun.n + (options->whole_only ? 0 : size - 1)) / size;
    batches->order = malloc(begun.n * sizeof *batches->order);
    batches->pixels = malloc(size * kit_images_values(images) * sizeof *batches->pixels);
    batches->labels = malloc(size);
    if (!batches->order || !batches->pixels || !batches->labels) {
        kit_batches_free(batches);
        return KOOP_NO_MEMORY;
    }
    *out = batches;
    return KOOP_OK;
}

void kit_batches_free(kit_batches *batches) {
    if (!batches) return;
    free(batches->order);
    free(batches->pixels);
    free(batches->labels);
    free(batches);
}

size_t kit_batches_per_epoch(const kit_batches *batches) {
    return batches->per_epoch;
}

/* A generator for the `which`-th of something that the seed decides. */
static kit_rng numbered(uint64_t seed, uint64_t which) {
    kit_rng first = kit_rng_seed(seed);
    return kit_rng_seed(kit_rng_next(&first) + which);
}

static void order_epoch(kit_batches *batches, size_t epoch) {
    if (epoch == batches->epoch) return;
    batches->epoch = epoch;
    size_t *order = batches->order, n = 0;
    for (size_t i = 0; i < batches->images->n; i++)
        if (taken(batches, i)) order[n++] = i;
    if (!batches->options.shuffle) return;
    kit_rng rng = numbered(batches->options.seed, epoch);
    for (size_t i = n; i-- > 1;) {
        const size_t j = kit_rng_below(&rng, i + 1), moved = order[i];
        order[i] = order[j];
        order[j] = moved;
    }
}

/* `to` is the plane `from` with its content moved by (down, right) and, before that, mirrored. */
static void copy_moved(float *to, const float *from, int height, int width, int down, int right,
                       bool mirrored) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const int row = y - down, column = x - right;
            const bool outside = row < 0 || row >= height || column < 0 || column >= width;
            to[y * width + x] =
                outside ? 0 : from[row * width + (mirrored ? width - 1 - column : column)];
        }
}

static void augment(float *to, const float *from, const kit_images *images, kit_rng *rng) {
    const int down = (int)kit_rng_below(rng, 2 * PADDING + 1) - PADDING;
    const int right = (int)kit_rng_below(rng, 2 * PADDING + 1) - PADDING;
    const bool mirrored = kit_rng_below(rng, 2);
    const size_t area = (size_t)images->height * (size_t)images->width;
    for (size_t k = 0; k < (size_t)images->channels; k++)
        copy_moved(to + k * area, from + k * area, images->height, images->width, down, right,
                   mirrored);
}

kit_batch kit_batches_get(kit_batches *batches, size_t step) {
    const kit_images *images = batches->images;
    const size_t size = batches->options.size, values = kit_images_values(images);
    order_epoch(batches, step / batches->per_epoch);
    const size_t first = step % batches->per_epoch * size;
    const size_t n = batches->n - first < size ? batches->n - first : size;
    kit_rng rng = numbered(~batches->options.seed, step);
    for (size_t i = 0; i < n; i++) {
        const size_t image = batches->order[first + i];
        const float *from = images->pixels + image * values;
        if (batches->options.augment)
            augment(batches->pixels + i * values, from, images, &rng);
        else
            memcpy(batches->pixels + i * values, from, values * sizeof *from);
        batches->labels[i] = images->labels[image];
    }
    return (kit_batch){.n = n, .pixels = batches->pixels, .labels = batches->labels};
}
