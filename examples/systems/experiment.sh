#!/bin/sh
# What the spectrum and its residuals say where the theory strains.
usage() {
    cat <<'END'
usage: experiment.sh BUILD_DIR [OPTION…]

Prints six tables on Lorenz's system and a noisy linear one; takes minutes.

  --seeds N  that every figure is over (20)
END
}

program=systems seeds=20 options=seeds flags=''
. "$(dirname "$0")/../experiment.sh"
whole seeds
export OPENBLAS_NUM_THREADS=1
here=$(cd "$(dirname "$0")" && pwd)
make_work

koopmon() { "$build/koopmon" "$@"; }

# record NAME FIRST_SEED OPTION...: $work/NAME.SEED/{lorenz,linear}.npy of all seeds.
record() {
    name=$1
    first=$2
    shift 2
    for seed in $(seq 1 "$seeds"); do
        "$build/examples/systems" --no-publish --quiet --record "$work/$name.$seed" \
            --seed $((first + seed)) "$@"
    done
}

# each SYSTEM NAME SCRIPT OPTION...: over the seeds' spectra by `analyze OPTION...`, the median of
# each column that SCRIPT (of spectra.awk) prints; a column that a seed lacks is "-".
each() {
    system=$1
    name=$2
    script=$3
    shift 3
    for seed in $(seq 1 "$seeds"); do
        koopmon analyze --plain "$@" "$work/$name.$seed/$system.npy" |
            awk -v what="$script" -f "$here/spectra.awk"
    done | awk -v what=median -f "$here/spectra.awk"
}

# linear_rows PROCESS_NOISE OBSERVATION_NOISE
linear_rows() {
    for choice in '0 5' '4 5' '16 5' '4 25'; do
        delays=${choice% *}
        rank=${choice#* }
        printf '%8s %8s %6s %4s  ' "$1" "$2" "$delays" "$rank"
        each linear linear known --batch --rank "$rank" --delays "$delays"
    done
}

linear_title() {
    printf '\n%s\n' "$1"
    echo "                               |        0.995 e^0.3i         |         0.97 e^0.9i         |             0.9             |"
    echo " process  observ. delays rank  |    error      bias  residual|    error      bias  residual|    error      bias  residual|  trusted"
}

linear_title "1. Linear system that dies out, 64 snapshots: distance from the true eigenvalue, modulus minus the true one, residual"
for noise in 0 1e-3 1e-2 1e-1; do
    record linear 0 --steps 64 --observation-noise $noise
    linear_rows 0 $noise
done

linear_title "2. Linear system kept going by process noise, 1,024 snapshots"
for noise in 0 0.1 0.3; do
    record linear 0 --steps 1024 --skip 500 --process-noise 0.1 --observation-noise $noise
    linear_rows 0.1 $noise
done

echo
echo "3. Spectra of rank 8 of windows of 256: residual; how far it is from sqrt(1 - |l|^2); modes trusted;"
echo "   how far a trusted eigenvalue is from the nearest of the next window, over that of its own window"
echo "system               delays    residual   formula   trusted     moved"
window_rows() {
    for delays in 0 4 16 48; do
        printf '%-20s %6s  ' "$2" "$delays"
        each "$1" windows again --window 256 --stride 256 --pca 0 --center none --rank 8 \
            --delays "$delays"
    done
}
for dt in 0.2 0.05 0.01; do
    record windows 0 --steps 1280 --dt $dt
    window_rows lorenz "lorenz, dt $dt"
done
record windows 0 --steps 1280 --skip 500 --process-noise 0.1
window_rows linear "linear, process 0.1"

echo
echo "4. Lorenz through 200 cosines (extended DMD), 4,096 snapshots, 64 modes: trusted, modulus and residual of the first two"
for dt in 0.2 0.05 0.01; do
    record cosines 0 --steps 4096 --dt $dt --observables 200
    printf 'dt %-5s ' $dt
    each lorenz cosines first --batch --rank 64
done

# verdicts WHAT SYSTEM A B: `compare` of the windows of both, seed by seed.
verdicts() {
    printf '%-50s ' "$1"
    for seed in $(seq 1 "$seeds"); do
        koopmon compare "$work/$3.$seed/$2.npy" "$work/$4.$seed/$2.npy" | head -n 1 || true
    done | awk -v what=verdicts -f "$here/spectra.awk"
}

# sides WHAT A B: all runs of A against all of B, each by one spectrum of the whole.
sides() {
    printf '%-50s ' "$1"
    koopmon compare --batch --delays 16 --rank 16 "$work/$2".*/lorenz.npy \
        --vs "$work/$3".*/lorenz.npy | head -n 1
}

echo
echo "5. koopmon compare, 2,048 snapshots, windows of 64, everything else by default"
record a 0 --steps 2048
record b 1000 --steps 2048
record later 0 --steps 2048 --skip 2048
record edge 0 --steps 2048 --rho 24.4
record fixed 0 --steps 2048 --rho 20
record noisy 0 --steps 2048 --process-noise 0.1 --skip 500
record noisy2 1000 --steps 2048 --process-noise 0.1 --skip 500
verdicts "lorenz rho 28, two halves of one trajectory" lorenz a later
verdicts "lorenz rho 28, two starts" lorenz a b
verdicts "linear, process noise 0.1, two seeds" linear noisy noisy2
verdicts "lorenz rho 28 and 24.4" lorenz a edge
verdicts "lorenz rho 28 and 20" lorenz a fixed
verdicts "lorenz rho 28, without and with process noise 0.1" lorenz a noisy
echo "all runs of one side against all of the other:"
sides "lorenz rho 28, other starts" a b
sides "lorenz rho 28 and 24.4" a edge

# alarms WHAT SYSTEM
alarms() {
    printf '%-50s ' "$1"
    for seed in $(seq 1 "$seeds"); do
        koopmon analyze "$work/alarms.$seed/$2.npy" | grep -c '^step' || true
    done | awk '{ sum += $1 } END { printf "%.1f events\n", sum / NR }'
}

echo
echo "6. Alarms where nothing changes: 10,000 snapshots from one end to the other of the same dynamics"
for dt in 0.2 0.05 0.01; do
    record alarms 0 --steps 10000 --dt $dt
    alarms "lorenz, dt $dt" lorenz
done
record alarms 0 --steps 10000 --skip 500 --process-noise 0.1
alarms "linear, process noise 0.1" linear
