#!/bin/sh
# The early phase of LeNet's training, as its intervals tell it and as the monitor sees it live, after
# Redman et al. (NeurIPS 2024). experiment.sh BUILD_DIR [OPTION…]; see --help.
program=lenet
. "$(dirname "$0")/../intervals.sh"
