/* resnet: trains ResNet-20 on small colour images and publishes its weights at every step. */
#include "program.h"
#include "resnet.h"

static koop_status resnet20(kit_network **out, int batch, uint64_t seed) {
    return resnet_new(out, 3, batch, seed);
}

int main(int argc, char **argv) {
    return kit_program_run(
        &(kit_program){.name = "resnet",
                       .model = "ResNet-20",
                       .usage =
                           "usage: resnet [OPTION…]\n\n"
                           "Trains ResNet-20 on CIFAR-10 (--data DIR) or on coloured textures "
                           "and publishes its\nweights. Defaults: 10 epochs of batches of 128, "
                           "SGD at 0.1 with momentum 0.9 and weight\ndecay 1e-4, learning rate "
                           "divided by ten at half and at three quarters, images shifted\nand "
                           "mirrored.",
                       .groups = "conv1 block1 … block9 fc fc.bias, or all (fc)",
                       .data = KIT_COLORS,
                       .batch = 128,
                       .training = {.epochs = 10,
                                    .lr = 0.1,
                                    .momentum = 0.9,
                                    .weight_decay = 1e-4,
                                    .drops = true,
                                    .augment = true},
                       .record_group = "fc",
                       .make = resnet20},
        argc, argv);
}
