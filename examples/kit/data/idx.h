/* idx: images and labels in the IDX format of MNIST (LeCun, Cortes & Burges, "The MNIST database").
 *
 * Big-endian 32-bit numbers, then bytes:
 *   images  0x00000803, n, height, width, then n·height·width pixels, 0 black to 255 white
 *   labels  0x00000801, n, then n labels
 * A file is taken whole or refused: exact in its length, neither empty nor above the limits of
 * images.h. Does not: other element types or numbers of dimensions. */
#ifndef KIT_IDX_H
#define KIT_IDX_H

#include "data_file.h"
#include "images.h"

enum { KIT_IDX_CLASSES = 10 };

/* Bytes in, new images out, of one channel and label 0 each. KOOP_BAD_MESSAGE (no such file,
 * truncated, too long), KOOP_TOO_LARGE, KOOP_NO_MEMORY; `why` gets one line. */
koop_status kit_idx_parse_images(const uint8_t *bytes, size_t size, kit_images *images,
                                 char why[KIT_WHY_BYTES]);

/* Bytes in, the labels of `images` out; on failure they may have been written in part. As above, and
 * KOOP_BAD_SHAPE: another number of labels than of images. */
koop_status kit_idx_parse_labels(const uint8_t *bytes, size_t size, kit_images *images,
                                 char why[KIT_WHY_BYTES]);

/* Both files, each plain or gzip. `why` names the file. As above, and what
 * kit_data_file_read gives. */
koop_status kit_idx_read(const char *images_path, const char *labels_path, kit_images *images,
                         char why[KIT_WHY_BYTES]);

#endif
