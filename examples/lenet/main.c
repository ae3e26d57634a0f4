/* lenet: trains LeNet on handwritten digits and publishes its weights at every step. */
#include "lenet.h"
#include "program.h"

int main(int argc, char **argv) {
    return kit_program_run(
        &(kit_program){
            .name = "lenet",
            .model = "LeNet",
            .usage = "usage: lenet [OPTION…]\n\n"
                     "Trains LeNet on MNIST (--data DIR) or on drawn digits and publishes "
                     "its weights.\nDefaults: 10 epochs of batches of 60, SGD at 0.1, one thread.",
            .groups = "conv1 conv2 fc1 fc2 fc3, each also with .bias, or all (fc3)",
            .data = KIT_DIGITS,
            .batch = 60,
            .training = {.epochs = 10, .lr = 0.1},
            .threads = 1, /* layers so small lose more than they gain by sharing */
            .record_group = "fc3",
            .make = lenet_new},
        argc, argv);
}
