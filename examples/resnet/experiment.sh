#!/bin/sh
# ResNet-20's early phase and the drops of its learning rate, as the intervals of its training tell
# them and as the monitor sees them live, after Redman et al. (NeurIPS 2024).
# experiment.sh BUILD_DIR [OPTION…]; see --help.
program=resnet
. "$(dirname "$0")/../intervals.sh"
