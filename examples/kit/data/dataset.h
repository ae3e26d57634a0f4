/* dataset: what a trainer's --data DIR means: images to train on and images to test on.
 *
 *   KIT_DIGITS   28×28 grey digits: MNIST's IDX files under their usual names, each plain or .gz, in
 *                DIR, DIR/mnist or DIR/MNIST/raw. Where the training files are absent, the 10,000 test
 *                images are divided: the first 8,000 to train on and the last 2,000 to test on.
 *   KIT_COLORS   32×32 colour images: CIFAR-10's data_batch_1.bin … data_batch_5.bin, those that are
 *                there, and test_batch.bin, in DIR or DIR/cifar-10-batches-bin.
 *
 * Without a DIR: drawn digits or coloured textures (digits.h, textures.h). Pixels are normalised: of
 * MNIST by its usual mean 0.1307 and deviation 0.3081, else by what each channel of the training
 * images has. `train.source` says in words which data it is. */
#ifndef KIT_DATASET_H
#define KIT_DATASET_H

#include "data_file.h"
#include "images.h"

typedef enum kit_dataset_kind { KIT_DIGITS, KIT_COLORS } kit_dataset_kind;

typedef struct kit_dataset {
    kit_images train;
    kit_images test; /* n = 0: nothing to test on. May borrow from `train` */
} kit_dataset;

typedef struct kit_dataset_options {
    kit_dataset_kind kind;
    const char *directory; /* NULL: generated */
    size_t train, test;    /* sizes of a generated set; test may be 0 */
    uint64_t seed;         /* of a generated set */
    bool hold_out;         /* false: train on all 10,000 where only MNIST's test images are there */
} kit_dataset_options;

/* 8,000 digits to train on and 2,000 to test on, or 10,000 and 1,000 textures; seed 0; hold_out. */
kit_dataset_options kit_dataset_defaults(kit_dataset_kind kind);

/* `why` gets one line that names the file, or what was looked for. KOOP_NOT_FOUND and what idx.h,
 * cifar.h and images.h give. */
koop_status kit_dataset_load(kit_dataset *dataset, const kit_dataset_options *options,
                             char why[KIT_WHY_BYTES]);

void kit_dataset_free(kit_dataset *dataset); /* NULL and a zeroed one are allowed */

#endif
