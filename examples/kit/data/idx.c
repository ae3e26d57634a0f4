#include "idx.h"

#include <inttypes.h>
#include <stdlib.h>

enum { IMAGES_MAGIC = 0x803, LABELS_MAGIC = 0x801, IMAGES_HEADER = 16, LABELS_HEADER = 8 };

static uint32_t number(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static koop_status check_header(const uint8_t *bytes, size_t size, size_t header, uint32_t magic,
                                const char *what, char why[KIT_WHY_BYTES]) {
    if (size < header)
        return kit_why(why, KOOP_BAD_MESSAGE, "%zu bytes are no header of IDX %s", size, what);
    if (number(bytes) != magic)
        return kit_why(why, KOOP_BAD_MESSAGE,
                       "not IDX %s: begins with 0x%08" PRIx32 " instead of 0x%08" PRIx32, what,
                       number(bytes), magic);
    if (number(bytes + 4) == 0) return kit_why(why, KOOP_BAD_MESSAGE, "no %s", what);
    return KOOP_OK;
}

static koop_status check_length(size_t size, size_t header, uint64_t expected, const char *what,
                                char why[KIT_WHY_BYTES]) {
    if (size - header == expected) return KOOP_OK;
    return kit_why(why, KOOP_BAD_MESSAGE, "%s: %zu bytes of %s where its header tells of %" PRIu64,
                   size - header < expected ? "truncated" : "too long", size - header, what,
                   expected);
}

koop_status kit_idx_parse_images(const uint8_t *bytes, size_t size, kit_images *images,
                                 char why[KIT_WHY_BYTES]) {
    koop_status status = check_header(bytes, size, IMAGES_HEADER, IMAGES_MAGIC, "images", why);
    if (status != KOOP_OK) return status;
    const uint32_t n = number(bytes + 4), height = number(bytes + 8), width = number(bytes + 12);
    if (height < 1 || height > KIT_IMAGES_MAX_SIDE || width < 1 || width > KIT_IMAGES_MAX_SIDE)
        return kit_why(why, KOOP_TOO_LARGE, "images of %" PRIu32 "x%" PRIu32 " pixels", height,
                       width);
    const uint64_t values = (uint64_t)n * height * width;
    if (values > KIT_IMAGES_MAX_VALUES)
        return kit_why(why, KOOP_TOO_LARGE, "%" PRIu32 " images of %" PRIu32 "x%" PRIu32 " pixels",
                       n, height, width);
    status = check_length(size, IMAGES_HEADER, values, "images", why);
    if (status != KOOP_OK) return status;

    kit_images new;
    status = kit_images_new(&new, n, 1, (int)height, (int)width, KIT_IDX_CLASSES);
    if (status != KOOP_OK) return kit_why(why, status, "%s", koop_strstatus(status));
    for (size_t i = 0; i < values; i++) new.pixels[i] = (float)bytes[IMAGES_HEADER + i] / 255;
    *images = new;
    return KOOP_OK;
}

koop_status kit_idx_parse_labels(const uint8_t *bytes, size_t size, kit_images *images,
                                 char why[KIT_WHY_BYTES]) {
    koop_status status = check_header(bytes, size, LABELS_HEADER, LABELS_MAGIC, "labels", why);
    if (status != KOOP_OK) return status;
    const uint32_t n = number(bytes + 4);
    status = check_length(size, LABELS_HEADER, n, "labels", why);
    if (status != KOOP_OK) return status;
    if (n != images->n)
        return kit_why(why, KOOP_BAD_SHAPE, "%" PRIu32 " labels for %zu images", n, images->n);
    for (size_t i = 0; i < n; i++) {
        images->labels[i] = bytes[LABELS_HEADER + i];
        if (images->labels[i] >= images->classes)
            return kit_why(why, KOOP_BAD_MESSAGE, "label %zu is %d, not within 0..%d", i,
                           images->labels[i], images->classes - 1);
    }
    return KOOP_OK;
}

typedef koop_status parser(const uint8_t *bytes, size_t size, kit_images *images,
                           char why[KIT_WHY_BYTES]);

static koop_status read_with(parser *parse, const char *path, kit_images *images,
                             char why[KIT_WHY_BYTES]) {
    uint8_t *bytes;
    size_t size;
    koop_status status = kit_data_file_read(path, &bytes, &size, why);
    if (status != KOOP_OK) return status;
    status = parse(bytes, size, images, why);
    free(bytes);
    return status == KOOP_OK ? KOOP_OK : kit_why_in(why, status, path);
}

koop_status kit_idx_read(const char *images_path, const char *labels_path, kit_images *images,
                         char why[KIT_WHY_BYTES]) {
    kit_images new;
    koop_status status = read_with(kit_idx_parse_images, images_path, &new, why);
    if (status != KOOP_OK) return status;
    status = read_with(kit_idx_parse_labels, labels_path, &new, why);
    if (status != KOOP_OK) {
        kit_images_free(&new);
        return status;
    }
    *images = new;
    return KOOP_OK;
}
