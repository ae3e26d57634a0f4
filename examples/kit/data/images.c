#include "images.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

koop_status kit_images_new(kit_images *images, size_t n, int channels, int height, int width,
                           int classes) {
    if (n < 1 || channels < 1 || channels > KIT_IMAGES_MAX_CHANNELS) return KOOP_BAD_ARGUMENT;
    if (height < 1 || height > KIT_IMAGES_MAX_SIDE) return KOOP_BAD_ARGUMENT;
    if (width < 1 || width > KIT_IMAGES_MAX_SIDE) return KOOP_BAD_ARGUMENT;
    if (classes < 1 || classes > UINT8_MAX + 1) return KOOP_BAD_ARGUMENT;
    kit_images new = {
        .n = n, .channels = channels, .height = height, .width = width, .classes = classes};
    if (n > KIT_IMAGES_MAX_VALUES / kit_images_values(&new)) return KOOP_TOO_LARGE;
    new.pixels = calloc(n * kit_images_values(&new), sizeof *new.pixels);
    new.labels = calloc(n, 1);
    if (!new.pixels || !new.labels) {
        kit_images_free(&new);
        return KOOP_NO_MEMORY;
    }
    *images = new;
    return KOOP_OK;
}

void kit_images_free(kit_images *images) {
    if (!images) return;
    if (!images->borrowed) {
        free(images->pixels);
        free(images->labels);
    }
    memset(images, 0, sizeof *images);
}

size_t kit_images_values(const kit_images *images) {
    return (size_t)images->channels * (size_t)images->height * (size_t)images->width;
}

static bool same_shape(const kit_images *a, const kit_images *b) {
    return a->channels == b->channels && a->height == b->height && a->width == b->width &&
           a->classes == b->classes;
}

koop_status kit_images_append(kit_images *images, const kit_images *more) {
    kit_images sum = *images;
    if (!images->n) {
        sum = *more;
        sum.n = 0;
        sum.pixels = NULL;
        sum.labels = NULL;
        sum.borrowed = false;
    }
    if (!same_shape(&sum, more)) return KOOP_BAD_SHAPE;
    const size_t values = kit_images_values(more);
    if (more->n > KIT_IMAGES_MAX_VALUES / values - sum.n) return KOOP_TOO_LARGE;

    float *pixels = realloc(sum.pixels, (sum.n + more->n) * values * sizeof *pixels);
    if (!pixels) return KOOP_NO_MEMORY;
    sum.pixels = pixels;
    if (images->n) images->pixels = pixels;
    uint8_t *labels = realloc(sum.labels, sum.n + more->n);
    if (!labels) {
        if (!images->n) free(pixels);
        return KOOP_NO_MEMORY;
    }
    sum.labels = labels;
    memcpy(pixels + sum.n * values, more->pixels, more->n * values * sizeof *pixels);
    memcpy(labels + sum.n, more->labels, more->n);
    sum.n += more->n;
    *images = sum;
    return KOOP_OK;
}

koop_status kit_images_halve(kit_images *half, const kit_images *images) {
    const int height = images->height / 2, width = images->width / 2;
    koop_status status =
        kit_images_new(half, images->n, images->channels, height, width, images->classes);
    if (status != KOOP_OK) return status;
    memcpy(half->labels, images->labels, images->n);
    memcpy(half->source, images->source, sizeof half->source);
    const size_t area = (size_t)images->height * (size_t)images->width, row = (size_t)images->width;
    float *to = half->pixels;
    for (size_t plane = 0; plane < images->n * (size_t)images->channels; plane++)
        for (int y = 0; y < height; y++) {
            const float *from = images->pixels + plane * area + 2 * (size_t)y * row;
            for (int x = 0; x < width; x++, from += 2)
                *to++ = (from[0] + from[1] + from[row] + from[row + 1]) / 4;
        }
    return KOOP_OK;
}

kit_images kit_images_slice(const kit_images *images, size_t first, size_t n) {
    kit_images slice = *images;
    slice.n = n;
    slice.pixels += first * kit_images_values(images);
    slice.labels += first;
    slice.borrowed = true;
    return slice;
}

/* Mean of (value − from)^power over a channel. */
static double moment(const kit_images *images, int channel, double from, int power) {
    const size_t area = (size_t)images->height * (size_t)images->width;
    double sum = 0;
    for (size_t i = 0; i < images->n; i++) {
        const size_t plane = i * (size_t)images->channels + (size_t)channel;
        const float *pixels = images->pixels + plane * area;
        for (size_t p = 0; p < area; p++) {
            double value = (double)pixels[p] - from;
            sum += power == 1 ? value : value * value;
        }
    }
    return sum / (double)(images->n * area);
}

void kit_images_statistics(const kit_images *images, double mean[KIT_IMAGES_MAX_CHANNELS],
                           double deviation[KIT_IMAGES_MAX_CHANNELS]) {
    for (int k = 0; k < images->channels; k++) {
        mean[k] = moment(images, k, 0, 1);
        deviation[k] = sqrt(moment(images, k, mean[k], 2));
    }
}

void kit_images_normalise(kit_images *images, const double mean[KIT_IMAGES_MAX_CHANNELS],
                          const double deviation[KIT_IMAGES_MAX_CHANNELS]) {
    const size_t area = (size_t)images->height * (size_t)images->width;
    const size_t planes = images->n * (size_t)images->channels;
    for (size_t plane = 0; plane < planes; plane++) {
        const size_t k = plane % (size_t)images->channels;
        const double unit = deviation[k] > 0 ? deviation[k] : 1;
        float *pixels = images->pixels + plane * area;
        for (size_t p = 0; p < area; p++) pixels[p] = (float)(((double)pixels[p] - mean[k]) / unit);
    }
}
