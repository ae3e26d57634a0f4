#include "names.h"

#include <string.h>

const char *const planted_models[PLANTED_MODELS] = {"mlp", "lenet"};
const char *const planted_optimizers[PLANTED_OPTIMIZERS] = {"sgd", "momentum", "adam"};
const char *const planted_schedules[PLANTED_SCHEDULES] = {"constant", "cosine", "warm-up"};
const char *const planted_changes[PLANTED_CHANGES] = {
    [PLANTED_NONE] = "none",
    [PLANTED_LR_DROP] = "lr-drop",
    [PLANTED_LR_RAMP] = "lr-ramp",
    [PLANTED_TO_ADAM] = "to-adam",
    [PLANTED_BATCH_UP] = "batch-up",
    [PLANTED_BATCH_DOWN] = "batch-down",
    [PLANTED_LABEL_NOISE] = "label-noise",
    [PLANTED_WEIGHT_DECAY] = "weight-decay",
    [PLANTED_DYING_RELUS] = "dying-relus",
    [PLANTED_CLASS_SUBSET] = "class-subset",
};

int planted_find(const char *const *names, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], name)) return i;
    return -1;
}
