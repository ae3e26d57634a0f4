#!/bin/sh
# Two systems whose Koopman spectra are known, and what may be trusted of them. demo.sh BUILD_DIR
. "$(dirname "$0")/../demo.sh"
start_daemon --center none --pca 0 --rank 5 --delays 0

if on_terminal; then
    start_trainer linear "$build/examples/systems" --delay-ms 50 --observation-noise 1e-3
    "$build/koopmon"
fi

# record NAME OPTION...
record() {
    name=$1
    shift
    "$build/examples/systems" --no-publish --quiet --record "$home/$name" "$@"
}

# trusted FILE OPTION...: of one spectrum of the whole file
trusted() {
    file=$1
    shift
    "$build/koopmon" analyze --batch --plain "$@" "$home/$file" |
        awk '$6 <= 0.1 { n++ } END { print n + 0 " of " NR " trusted" }'
}

record noisy --steps 64 --observation-noise 1e-3
echo "A linear system with the eigenvalues 0.995 e^(+-0.3i), 0.97 e^(+-0.9i) and 0.9, seen under noise"
echo "of 1e-3: the spectrum finds them, and trusts them."
"$build/koopmon" analyze --batch --rank 5 "$home/noisy/linear.npy" | tail -n +2

record shaken --steps 1024 --skip 500 --process-noise 0.1
printf '\nThe same system shaken at every step, without noise on what is seen, and five modes of it\n'
echo "  as it is:       $(trusted shaken/linear.npy --rank 5)"
echo "  with 16 delays: $(trusted shaken/linear.npy --rank 5 --delays 16)"
echo "With delays and no more modes the residuals fall, but the moduli move to 1. 0.9 has become:"
"$build/koopmon" analyze --batch --rank 5 --delays 16 "$home/shaken/linear.npy" | sed -n '2p;$p'

record coarse --steps 1024 --dt 0.2
record fine --steps 1024 --dt 0.01
record cosines --steps 4096 --observables 200
printf "\nLorenz's attractor mixes: it has no eigenvalue but that of the constants, 1.\n"
echo "  x, y, z every 0.2:                            $(trusted coarse/lorenz.npy)"
echo "  x, y, z every 0.01 with 48 delays, 8 modes:   $(trusted fine/lorenz.npy --delays 48 --rank 8)"
echo "  200 cosines of x, y, z every 0.05, 64 modes:  $(trusted cosines/lorenz.npy --rank 64)"
echo "A residual is of one step: where steps are small, so is it. experiment.sh beside this file has"
echo "the figures over many seeds."
